"""Which profile a server has, what is sent back by it, and what is learnt from a refusal."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from agent_brain.core.errors import ModelError, SetupError, UnknownName
from agent_brain.core.items import Details, Message
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.profiles import ANY, PROFILES, ROWS, Profile, When, find_profile, name_maker
from agent_brain.models.sent_back import SentBack
from chat_steps import collect, join_text
from sse_server import Connection, Handler, Request, Server, get_events, response, send_events

ChatMaker = Callable[..., OpenAIChat]

KNOWN = {
    "https://api.openai.com/v1": "openai",
    "https://house.openai.azure.com/openai/v1": "openai",
    "https://api.deepseek.com": "deepseek",
    "https://user:word@api.deepseek.com:443/v1": "deepseek",
    "https://api.moonshot.cn/v1": "moonshot",
    "https://api.z.ai/api/paas/v4": "zai",
    "https://dashscope-intl.aliyuncs.com/compatible-mode/v1": "qwen",
    "https://api.minimax.io/v1": "minimax",
    "https://api.mistral.ai/v1": "mistral",
    "https://generativelanguage.googleapis.com/v1beta/openai/": "gemini",
    "https://openrouter.ai/api/v1": "openrouter",
    "https://api.groq.com/openai/v1": "groq",
    "https://api.x.ai/v1": "xai",
    "http://localhost:11434/v1": "ollama",
    "http://127.0.0.1:8000/v1": "any",
    "https://notdeepseek.com/v1": "any",
    "": "any",
}
CALL = {"id": "c00000002", "type": "function", "function": {"name": "look", "arguments": "{}"}}


def asked(by: str = "openrouter/m", reasoning: str = "hm", **more: Any) -> list[Message]:
    """A question, a call that was thought of, and its result."""
    details: Details = {"by": by, "fields": {"reasoning_details": [{"type": "reasoning.encrypted", "data": "gA"}]}}
    said: Message = {"role": "assistant", "content": "", "tool_calls": [CALL], "reasoning": reasoning}
    result: Message = {"role": "tool", "tool_call_id": "c00000002", "content": "seen"}
    return [{"role": "user", "content": "Look."}, {**said, "details": [{**details, **more}]}, result]


def refuse_unless(is_right: Callable[[Sequence[dict[str, Any]]], str]) -> Handler:
    """A server that answers where nothing is wrong with the messages, and says what is otherwise."""

    async def handle(request: Request, connection: Connection) -> bool:
        wrong = is_right(request.json()["messages"])
        if wrong:
            await connection.send(response(400, {"error": {"message": wrong}}))
            return True
        return await send_events(*get_events(["Hi"]))(request, connection)

    return handle


@pytest.mark.parametrize(("server", "name"), KNOWN.items())
def test_a_server_is_known_by_its_host(server: str, name: str) -> None:
    assert find_profile(None, server, "some-model").name == name


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("deepseek-ai/DeepSeek-V4", "deepseek"),
        ("kimi-k2.5", "moonshot"),
        ("google/gemini-3-pro", "gemini"),
        ("qwen3", "any"),
    ],
)
def test_where_no_host_is_known_the_models_name_may_be(model: str, name: str) -> None:
    assert find_profile(None, "http://10.0.0.1:8000/v1", model).name == name
    assert find_profile(None, "https://openrouter.ai/api/v1", model).name == "openrouter"


def test_a_profile_that_is_given_overrules_what_is_known() -> None:
    own = Profile("own", "a test", sends=("thoughts",), when=When.ALWAYS)
    assert find_profile("vllm", "https://api.deepseek.com", "m") is PROFILES["vllm"]
    assert find_profile(own, "https://api.deepseek.com", "m") is own
    assert OpenAIChat("m", base_url="https://api.deepseek.com", profile=own).profile is own


def test_a_name_that_no_profile_has_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownName, match=r"no profile called 'deepsek'; did you mean 'deepseek'"):
        find_profile("deepsek", "", "m")
    with pytest.raises(SetupError, match=r"profile is 7; wanted the name of one, a Profile, or None"):
        find_profile(7, "", "m")  # type: ignore[arg-type]  # what is tested


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_says_where_it_is_from_and_sends_something_wherever_it_sends(row: Profile) -> None:
    assert row.source
    assert (row.when is When.NEVER) == (not row.sends and not row.details)


def test_messages_that_hold_nothing_of_the_kind_are_the_very_same() -> None:
    messages: list[Message] = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hi"}]
    assert SentBack(ANY, "any/m").show(messages) is messages


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_one_has_made_is_sent_to_no_other(row: Profile) -> None:
    for maker in ("elsewhere/m", f"{row.name}/another"):
        shown = SentBack(row, f"{row.name}/m").show(asked(maker, calls=[{"extra_content": {"google": {"s": "gA"}}}]))
        assert "gA" not in json.dumps(shown)
        assert "details" not in json.dumps(shown)


def test_a_maker_is_a_family_and_a_model_or_a_host_that_nobody_knows() -> None:
    assert name_maker(PROFILES["gemini"], "https://x/v1", "m") == "gemini/m"
    assert name_maker(ANY, "http://user:word@10.0.0.1:8000/v1", "m") == "10.0.0.1:8000/m"


def test_details_from_which_a_secret_was_taken_are_not_sent_for_no_signature_fits_them() -> None:
    messages = asked(fields={"reasoning_details": [{"text": "the key is [secret]", "signature": "s"}]})
    [_, said, _] = SentBack(PROFILES["openrouter"], "openrouter/m").show(messages)
    assert ("reasoning_details" in said, said["reasoning"]) == (False, "hm")


def test_a_call_of_another_servers_history_gets_the_value_that_stands_for_a_signature() -> None:
    messages = asked("openrouter/m")
    messages[1]["tool_calls"] = [CALL, CALL]
    [_, said, _] = SentBack(PROFILES["gemini"], "gemini/m").show(messages)
    signed = [call.get("extra_content") for call in said["tool_calls"]]
    assert signed == [{"google": {"thought_signature": "skip_thought_signature_validator"}}, None]


@pytest.mark.parametrize("name", ["deepseek", "moonshot"])
def test_a_call_that_was_thought_of_without_a_word_has_an_empty_field(name: str) -> None:
    [_, said, _] = SentBack(PROFILES[name], f"{name}/m").show(asked("x/y", ""))
    assert said["reasoning_content"] == ""


async def test_a_field_that_a_server_refuses_by_name_is_left_out_for_good(make_chat: ChatMaker) -> None:
    def check(messages: Sequence[dict[str, Any]]) -> str:
        extra = {"reasoning", "reasoning_content"} & set(messages[1])
        place = "'messages.1' : for 'role:assistant' the following must be satisfied"
        return f"{place}[('messages.1' : property '{max(extra)}' is unsupported)]" if extra else ""

    async with Server(refuse_unless(check)) as server:
        model = make_chat(server.base_url)
        assert [join_text(await collect(model, asked())) for _ in range(2)] == ["Hi", "Hi"]
    assert len(server.requests) == 4
    assert model.profile == replace(ANY, sends=(), details=("reasoning_details",))


async def test_a_field_that_a_server_misses_is_sent_from_then_on(make_chat: ChatMaker) -> None:
    def check(messages: Sequence[dict[str, Any]]) -> str:
        wanted = "The reasoning_content in the thinking mode must be passed back to the API."
        return "" if "reasoning_content" in messages[1] else wanted

    async with Server(refuse_unless(check)) as server:
        model = make_chat(server.base_url)
        assert [join_text(await collect(model, asked(reasoning=""))) for _ in range(2)] == ["Hi", "Hi"]
    assert [request.json()["messages"][1].get("reasoning_content") for request in server.requests] == [None, "", ""]


async def test_a_refusal_of_something_else_is_raised_at_once(make_chat: ChatMaker) -> None:
    async with Server(refuse_unless(lambda _: "temperature is out of range")) as server:
        with pytest.raises(ModelError, match="temperature is out of range"):
            await collect(make_chat(server.base_url), asked())
    assert len(server.requests) == 1
