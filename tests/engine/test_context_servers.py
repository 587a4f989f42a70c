"""Servers that refuse a prompt, each in its own words and way: before the reply, or in the middle of its stream."""

import json
import random
from contextlib import aclosing
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.events import Chunk, Ended, Event, Retracted
from agent_brain.core.records import Fitted, Refused, Status
from agent_brain.engine.replay import replay_stored
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.function_tool import tool
from sse_server import (
    DONE,
    Connection,
    Handler,
    Request,
    Server,
    delta,
    event,
    get_events,
    response,
    send_events,
    usage,
)

WINDOW = 3000
CHARACTERS_A_TOKEN = 3
PAGES = 9


@tool(read_only=True)
def read_page(number: int) -> str:
    """Read one page of the book."""
    return f"Page {number}. " + "The harbour lies to the north of the old town, behind the mill. " * 20


def refuse_with_sizes(tokens: int) -> dict[str, Any]:
    return {
        "message": f"This model's maximum context length is {WINDOW} tokens. However, you requested {tokens + 100} "
        f"tokens ({tokens} in the messages, 100 in the completion). Please reduce the length of either.",
        "type": "invalid_request_error",
        "code": "context_length_exceeded",
    }


def refuse_at_least(tokens: int) -> dict[str, Any]:
    return {
        "message": f"This model's maximum context length is {WINDOW} tokens. However, you requested 100 output tokens "
        f"and your prompt contains at least {WINDOW - 99} input tokens, for a total of at least {WINDOW + 1} tokens."
    }


def refuse_without_a_number(_: int) -> dict[str, Any]:
    return {"message": "Please reduce the length of the messages.", "code": "context_length_exceeded"}


def serve(refuse: Any, *, is_streamed: bool) -> Handler:
    """A server that counts letters, and reads one page after the other."""

    async def handle(request: Request, connection: Connection) -> bool:
        asked = request.json()
        tokens = len(json.dumps([asked["messages"], asked.get("tools")])) // CHARACTERS_A_TOKEN
        if tokens > WINDOW and is_streamed:
            parts = delta("I beg"), event({"error": refuse(tokens)}), DONE
            return await send_events(*parts, pause_seconds=0.02)(request, connection)
        if tokens > WINDOW:
            await connection.send(response(400, {"error": refuse(tokens)}))
            return True
        return await send_events(*_reply(asked, tokens))(request, connection)

    return handle


def _reply(asked: Any, tokens: int) -> list[bytes]:
    read = json.dumps(asked["messages"]).rpartition("Page ")[2].partition(".")[0]
    number = int(read) + 1 if read.isdigit() else 1
    is_last = number > PAGES or "Now give the final answer" in asked["messages"][-1]["content"]
    if is_last:
        return [*get_events(["It lies ", "to the north."])[:-2], usage(tokens), DONE]
    if "tools" not in asked:
        text = json.dumps({"name": "read_page", "args": {"number": number}})
        return [*get_events([text])[:-2], usage(tokens), DONE]
    call = {"name": "read_page", "arguments": json.dumps({"number": number})}
    calls = [{"index": 0, "id": "c1", "type": "function", "function": call}]
    return [delta(tool_calls=calls), delta(finish="tool_calls"), usage(tokens), DONE]


async def watch(brain: Brain) -> list[Event]:
    async with brain, aclosing(brain.stream("What do the pages say of the harbour?")) as stream:
        return [event async for event in stream]


@pytest.mark.parametrize("wire", ["text", "native"])
@pytest.mark.parametrize("is_streamed", [False, True], ids=["at once", "in the stream"])
@pytest.mark.parametrize("refuse", [refuse_with_sizes, refuse_at_least, refuse_without_a_number])
async def test_a_refused_prompt_is_sent_again_shorter_and_the_run_goes_on(
    refuse: Any, is_streamed: bool, wire: str
) -> None:
    async with Server(serve(refuse, is_streamed=is_streamed)) as server:
        model = OpenAIChat("m", base_url=server.base_url, api_key="none")
        brain = Brain(model=model, tools=[read_page], wire=wire)
        events = await watch(brain)

    end = events[-1]
    assert isinstance(end, Ended)
    assert end.status is Status.ANSWERED, end.error
    refused = [event for event in events if isinstance(event, Refused)]
    assert 1 <= len(refused) <= 3
    assert any(isinstance(event, Fitted) for event in events)
    assert len([event for event in events if isinstance(event, Retracted)]) == len(refused)
    assert end.env.usage.model_calls == PAGES + 2 + (len(refused) if is_streamed else 0)
    silent = Brain(model=ScriptedModel([], name="m"), tools=[read_page], wire=wire)
    (await replay_stored(brain.store, end.run_id, silent)).check()


async def test_what_was_streamed_before_the_refusal_is_taken_back() -> None:
    async with Server(serve(refuse_with_sizes, is_streamed=True)) as server:
        brain = Brain(model=OpenAIChat("m", base_url=server.base_url, api_key="none"), tools=[read_page])
        events = await watch(brain)

    begged = next(place for place, event in enumerate(events) if isinstance(event, Chunk) and event.text == "I beg")
    assert isinstance(events[begged + 1], Retracted)
    assert "I beg" not in str([item.text for item in events[-1].env.log])  # type: ignore[union-attr]


def serve_lies(chance: random.Random) -> Handler:
    """A server that refuses prompts at random, and tells any size of its context, of a prompt and of a reply."""
    rate, is_streamed = chance.choice([0.1, 0.3, 0.6]), chance.random() < 0.5

    async def handle(request: Request, connection: Connection) -> bool:
        asked = request.json()
        tokens = len(json.dumps(asked["messages"])) // CHARACTERS_A_TOKEN
        if chance.random() >= rate:
            return await send_events(*_reply(asked, int(tokens * chance.choice([0.1, 1, 20]))))(request, connection)
        lie = _lie(chance, tokens)
        if is_streamed:
            return await send_events(delta("I beg"), event({"error": lie}), DONE)(request, connection)
        await connection.send(response(400, {"error": lie}))
        return True

    return handle


def _lie(chance: random.Random, tokens: int) -> dict[str, Any]:
    window = chance.choice([1, 100, 1000, WINDOW, 100_000, 10**12])
    prompt = chance.choice([1, tokens // 3 + 1, tokens, 10 * tokens, 10**9])
    fields = {"message": "exceeds", "type": "exceed_context_size_error", "n_ctx": window, "n_prompt_tokens": prompt}
    parts = {
        "message": f"This model's maximum context length is {window} tokens. However, you requested {prompt + 100} "
        f"tokens ({prompt} in the messages, {chance.choice([0, 100, window])} in the completion).",
        "code": "context_length_exceeded",
    }
    return chance.choice([refuse_without_a_number(0), fields, parts])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("memory", ["messages", "summary(0.5)"])
async def test_a_run_with_a_server_that_tells_any_size_ends_and_plays_back_the_same(seed: int, memory: str) -> None:
    chance = random.Random(seed)
    wire, tokens = chance.choice(["text", "native"]), chance.choice([None, 2 * WINDOW])
    parts: dict[str, Any] = {"memory": memory, "tools": [read_page], "wire": wire, "context_tokens": tokens}
    async with Server(serve_lies(chance)) as server:
        brain = Brain(model=OpenAIChat("m", base_url=server.base_url, api_key="none"), **parts)
        events = await watch(brain)
    end = events[-1]
    assert isinstance(end, Ended)
    assert end.status in (Status.ANSWERED, Status.FAILED)
    (await replay_stored(brain.store, end.run_id, Brain(model=ScriptedModel([], name="m"), **parts))).check()
