"""Replies held to a form: what a server is asked, and what is left of that where it refuses."""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest

from agent_brain.core.answer_type import ReplyForm
from agent_brain.core.chat import Again, Delta
from agent_brain.core.errors import ModelError
from agent_brain.core.form_model import FormModel
from agent_brain.models.chaos import ChaosModel, Faults
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.scripted import ScriptedModel
from call_shapes import ENDS
from chat_steps import HELLO, join_text
from sse_server import Server, delta, in_turn, response, send_events, send_raw

ChatMaker = Callable[..., OpenAIChat]

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
STRICT = {**SCHEMA, "additionalProperties": False}
FORM = ReplyForm("count", SCHEMA, STRICT)
LAX = ReplyForm("count", {"type": "object", "additionalProperties": {"type": "integer"}})
TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}]

HELD = {"type": "json_schema", "json_schema": {"name": "count", "schema": STRICT, "strict": True}}
TOLD = {"type": "json_schema", "json_schema": {"name": "count", "schema": SCHEMA}}
OBJECT = {"type": "json_object"}
SAYS = send_events(delta('{"n": 3}'), *ENDS["stop"])


def refuse(words: str, status: int = 400) -> Any:
    return send_raw(response(status, {"error": {"message": words}}), keep=True)


async def ask(model: FormModel, form: ReplyForm = FORM, tools: list[dict[str, Any]] | None = None) -> str:
    async with aclosing(model.stream_form(HELLO, form, tools or ())) as stream:
        steps: list[Delta | Again] = [step async for step in stream]
    return join_text(steps)


def list_fields(server: Server, name: str = "response_format") -> list[Any]:
    return [request.json().get(name) for request in server.requests]


async def test_the_strict_form_is_asked_for_first(make_chat: ChatMaker) -> None:
    async with Server(SAYS) as server:
        assert await ask(make_chat(server.base_url)) == '{"n": 3}'
    assert list_fields(server) == [HELD]


async def test_a_form_without_a_strict_one_is_told_as_it_is(make_chat: ChatMaker) -> None:
    async with Server(SAYS) as server:
        await ask(make_chat(server.base_url), LAX)
    assert list_fields(server) == [{"type": "json_schema", "json_schema": {"name": "count", "schema": LAX.schema}}]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Invalid schema for response_format 'count': In context=(), 'x' is not permitted.", 400),
        ("Unable to generate parser for this template. Automatic parser generation failed: JSON schema error", 400),
        ("This response_format type is unavailable now", 400),
        ("[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type')}]", 422),
        ("failed to parse grammar", 500),
    ],
)
async def test_what_is_refused_is_asked_for_less_tightly_and_that_is_remembered(
    make_chat: ChatMaker, words: str, status: int
) -> None:
    refusal = refuse(words, status)
    async with Server(in_turn(refusal, refusal, refusal, SAYS, SAYS)) as server:
        chat = make_chat(server.base_url)
        assert [await ask(chat), await ask(chat)] == ['{"n": 3}'] * 2
    assert list_fields(server) == [HELD, TOLD, OBJECT, None, None]


async def test_a_server_that_takes_objects_alone_is_asked_for_one(make_chat: ChatMaker) -> None:
    refusal = refuse("response_format.type: wanted text or json_object")
    async with Server(in_turn(refusal, SAYS, SAYS)) as server:
        chat = make_chat(server.base_url)
        await ask(chat, LAX)
        await ask(chat, LAX)
    assert list_fields(server)[1:] == [OBJECT, OBJECT]


async def test_another_form_is_not_taken_for_the_one_that_was_refused(make_chat: ChatMaker) -> None:
    async with Server(in_turn(refuse("bad response_format"), SAYS, SAYS)) as server:
        chat = make_chat(server.base_url)
        await ask(chat)
        await ask(chat, ReplyForm("other", SCHEMA, STRICT))
    assert [field["json_schema"].get("strict") for field in list_fields(server) if field] == [True, None, True]


async def test_another_fault_is_no_refusal_of_the_form(make_chat: ChatMaker) -> None:
    async with Server(refuse("temperature is too high")) as server:
        with pytest.raises(ModelError, match="temperature is too high"):
            await ask(make_chat(server.base_url))
    assert len(server.requests) == 1


async def test_tools_are_told_of_and_none_may_be_called(make_chat: ChatMaker) -> None:
    async with Server(SAYS) as server:
        await ask(make_chat(server.base_url), tools=TOOLS)
    assert list_fields(server, "tool_choice") == ["none"]
    assert list_fields(server, "tools") == [TOOLS]


async def test_a_format_that_the_options_name_stays(make_chat: ChatMaker) -> None:
    async with Server(SAYS) as server:
        await ask(make_chat(server.base_url, options={"response_format": OBJECT}))
    assert list_fields(server) == [OBJECT]


async def test_the_twins_hand_the_form_on() -> None:
    scripted = ScriptedModel(["{}", "{}"])
    assert await ask(FallbackModel([ChaosModel(scripted, Faults())])) == "{}"
    assert await ask(scripted, tools=TOOLS) == "{}"
    assert (scripted.forms, scripted.tools) == ([FORM, FORM], [TOOLS])
    assert isinstance(OpenAIChat("m"), FormModel)
