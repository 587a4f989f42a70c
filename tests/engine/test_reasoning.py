"""What a model thinks for itself: streamed as such, kept, never an answer, and nobody else's to read."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Reply
from agent_brain.core.env_json import decode_env, encode_env
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.events import Chunk, ChunkKind, Retracted
from agent_brain.core.items import ItemKind, ReplyCall
from agent_brain.core.record_json import encode_records
from agent_brain.core.records import Called, Status
from agent_brain.engine.replay import replay
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.retry import RetryPolicy
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore
from counterparts.reasoning_server import FAMILIES, ReasoningServer
from engine.test_reasoning_families import look
from engine.test_resume import read
from sse_server import Server, response, send_raw

SECRET = "sk-hidden-value-1"


async def watch(text: str | Reply) -> tuple[str, str, list[str]]:
    """What a watcher is shown of a direct answer of this text: words, reasoning, what was taken back."""
    words, thought, taken = "", "", []
    brain = Brain("react_brief", model=ScriptedModel([text, "Never."], chunk_size=3))
    async for event in brain.stream("Go."):
        if isinstance(event, Retracted):
            words, thought = "", ""
            taken.append(event.reason)
        elif isinstance(event, Chunk) and event.state == "reasoning":
            words += event.text if event.kind is ChunkKind.THOUGHT else ""
            thought += event.text if event.kind is ChunkKind.REASONING else ""
    return words, thought, taken


async def test_inline_thinking_is_streamed_as_reasoning() -> None:
    assert await watch("<think>\nIt may be 5.\n</think>\n\nIt is 5.") == ("It is 5.", "\nIt may be 5.\n", [])


async def test_thinking_that_only_a_closing_tag_tells_of_is_taken_back_and_shown_as_reasoning() -> None:
    said = await watch("It may be 5.\n</think>\n\nIt is 5.")
    assert said == ("It is 5.", "It may be 5.\n", ["what it had said was its thinking"])


async def test_a_text_that_speaks_of_the_tags_is_streamed_as_it_is() -> None:
    text = "Put it between `<think>` and </think> tags: <b>so</b> <"
    assert await watch(text) == (text, "", [])


@pytest.mark.parametrize("text", ["<think>Two and three: 5.", "Two and three: 5.\n</think>", ""])
async def test_reasoning_alone_is_a_thought_and_no_answer(text: str) -> None:
    thought = Reply(text, "" if text else "Two and three: 5.")
    result = await Brain(model=ScriptedModel([thought, "It is 5."])).run("2 + 3?")
    assert [(item.kind, item.text, item.reasoning.strip()) for item in result.env.log[1:]] == [
        (ItemKind.THOUGHT, "", "Two and three: 5."),
        (ItemKind.ANSWER, "It is 5.", ""),
    ]
    failed = await Brain(model=ScriptedModel([thought, thought])).run("2 + 3?")
    assert isinstance(failed.error, ModelError)
    assert (failed.status, failed.error.kind) == (Status.FAILED, ModelErrorKind.EMPTY)


async def test_reasoning_that_comes_apart_and_inline_is_shown_and_kept_once() -> None:
    twice = Reply("<think>\nhm, well\n</think>\n\nIt is 5.", "hm, well")
    assert await watch(twice) == ("It is 5.", "hm, well", [])
    result = await Brain("react_brief", model=ScriptedModel([twice])).run("2 + 3?")
    assert [(item.text, item.reasoning) for item in result.env.log[1:]] == [("It is 5.", "hm, well"), ("It is 5.", "")]


def details(**fields: Any) -> Mapping[str, Any]:
    return {"by": "openrouter/m", "fields": {"reasoning_details": [{"data": "gA", "signature": "s"}]}, **fields}


async def test_details_alone_are_kept_on_a_thought_and_come_back_from_a_snapshot_and_a_replay() -> None:
    signed = details(calls=[{"extra_content": {"google": {"thought_signature": "s0"}}}, {}])
    calls = (ReplyCall("look", '{"at": 1}'), ReplyCall("look", "]"))
    store = MemoryStore()

    def build(replies: list[str | Reply]) -> Brain:
        return Brain(model=ScriptedModel(replies), tools=[look], wire="native", store=store)

    result = await build([Reply("", "", "tool_calls", calls, signed), "Enough.", "Seen."]).run("Look.", run_id="r")
    thought = result.env.log[1]
    assert (thought.kind, thought.text) == (ItemKind.THOUGHT, "")
    assert thought.details == details(calls=signed["calls"][:1])
    assert decode_env(encode_env(result.env)) == result.env
    commits = await read(store, "r")
    called = [record for commit in commits for record in commit.records if isinstance(record, Called)]
    assert [record.details for record in called] == [signed, None, None]
    found = await replay(commits, build([]))
    assert found.is_same, found.text()


async def test_a_secret_is_hidden_in_details_and_the_run_can_be_played() -> None:
    store = MemoryStore()
    told = details(fields={"reasoning_details": [{"text": f"the key is {SECRET}", "signature": "s"}]})
    calls = (ReplyCall("look", '{"at": 1}'),)
    replies: list[str | Reply] = [Reply("", f"I know {SECRET}.", "tool_calls", calls, told), "Enough.", "Seen."]

    def build(model: ScriptedModel) -> Brain:
        return Brain(model=model, tools=[look], wire="native", store=store, secrets=[SECRET])

    result = await build(ScriptedModel(replies)).run("Look.", run_id="r")
    assert result.answer == "Seen."
    commits = await read(store, "r")
    kept = encode_records([record for commit in commits for record in commit.records])
    assert (SECRET in kept, "the key is [secret]" in kept, '"signature":"s"' in kept) == (False, True, True)
    found = await replay(commits, build(ScriptedModel([])))
    assert found.is_same, found.text()


async def test_another_family_that_takes_over_is_sent_no_details_of_the_first() -> None:
    down = send_raw(response(503, {"error": {"message": "out of order"}}))
    first, second = ReasoningServer(FAMILIES["openrouter"]), ReasoningServer(FAMILIES["deepseek"])
    retry = RetryPolicy(attempts_max=1)
    async with Server(first.get_handler()) as one, Server(second.get_handler()) as other, Server(down) as dead:

        def make(server: Server, profile: str) -> OpenAIChat:
            return OpenAIChat("thinker", base_url=server.base_url, api_key="none", retry=retry, profile=profile)

        async with Brain(model=make(one, "openrouter"), tools=[look], wire="native") as brain:
            begun = await brain.run("Look.")
        several = FallbackModel([make(dead, "openrouter"), make(other, "deepseek")])
        async with Brain(model=several, tools=[look], wire="native") as brain:
            gone_on = await brain.run("Look again.", after=begun.env)
    assert gone_on.answer == "The end."
    assert any(item.details for item in gone_on.env.log)
    assert (first.refused, second.refused) == ([], [])
    assert "gAAA" not in json.dumps(second.asked)
