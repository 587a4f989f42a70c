"""Over tool calls, whatever cuts a run and wherever, the next request is one that a strict server takes."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Reply
from agent_brain.core.items import Message, ReplyCall
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Status
from agent_brain.engine.limits import Limits
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.retry import RetryPolicy
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool
from call_shapes import standard
from durability.pairing import check_calls
from sse_server import Connection, Request, Server, delta, get_events, send_events, usage

TURNS_MAX = 600
CALLS = [("look", {"at": 1}), ("pay", {"eur": 2}), ("look", {"at": 3})]
CUT_BYTES = 40
"""Of the event that it breaks off in."""
ANSWERING = "Now give the final answer"


def speak(messages: Sequence[Message]) -> str | Reply:
    """Calls once for each question, several tools at a time; refuses what a strict server would."""
    check_calls(messages)
    if ANSWERING in messages[-1]["content"]:
        return "The end."
    asked = max(place for place, message in enumerate(messages) if message["role"] == "user")
    if any("tool_calls" in message for message in messages[asked:]):
        return "Enough."
    return Reply("I look.", "", "tool_calls", tuple(ReplyCall(name, json.dumps(args)) for name, args in CALLS))


def make_tools(seconds: float = 0.0) -> list[Any]:
    @tool(read_only=True)
    async def look(at: int) -> str:
        await asyncio.sleep(seconds)
        return f"saw {at}"

    @tool
    async def pay(eur: int) -> str:
        await asyncio.sleep(0)
        await asyncio.sleep(2 * seconds)
        return f"paid {eur}"

    return [look, pay]


def build(store: MemoryStore, **options: Any) -> Brain:
    return Brain(model=ScriptedModel(speak), tools=make_tools(), wire="native", store=store, **options)


async def ask_on(brain: Brain, env: MemoryEnv) -> None:
    """A further question in the same conversation."""
    further = await brain.run("And now?", after=env)
    assert further.status is Status.ANSWERED, further.error
    assert all(item.outcome for item in further.env.log if item.action)


async def test_a_run_cancelled_at_any_await_goes_on_and_so_does_the_conversation() -> None:
    for turns in range(TURNS_MAX):
        store = MemoryStore()
        task = asyncio.create_task(build(store).run("Do it.", run_id="r"))
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        await asyncio.wait([task])
        if await store.list_runs():
            await ask_on(build(store), await build(store).load("r"))
            done = await build(store).go_on("r")
            assert (done.status, done.answer) == (Status.ANSWERED, "The end.")
            await ask_on(build(store), done.env)
    else:
        raise AssertionError("the run did not come to its end")


async def test_a_run_out_of_time_at_any_moment_answers_and_the_conversation_goes_on() -> None:
    met = set()
    for millis in range(0, 30, 1):
        store, limits = MemoryStore(), Limits(seconds=millis / 1000)
        tools = make_tools(seconds=0.005)
        brain = Brain(model=ScriptedModel(speak), tools=tools, wire="native", store=store, limits=limits)
        result = await brain.run("Do it.")
        assert result.answer == "The end."
        met.add(result.status)
        await ask_on(build(store), result.env)
    assert Status.LIMITED in met


EVENTS = [delta("I look."), *standard(CALLS), delta(finish="tool_calls"), usage()]


@pytest.mark.parametrize("is_second", [False, True])
async def test_a_model_cut_anywhere_in_its_calls_is_followed_by_another_that_takes_the_conversation(
    *, is_second: bool
) -> None:
    """It breaks in its first reply, or in its second one, after calls that were carried out."""
    broken: list[str] = []
    for kept in range(is_second, len(EVENTS) - 1, 2):
        cut = Cut(kept, is_second, broken)
        async with Server(cut.handle) as server:
            first = OpenAIChat("cut", base_url=server.base_url, api_key="none", retry=RetryPolicy(attempts_max=1))
            model = FallbackModel([first, ScriptedModel(speak)])
            async with Brain(model=model, tools=make_tools(), wire="native", store=MemoryStore()) as brain:
                result = await brain.run("Do it.")
                assert (result.status, result.answer) == (Status.ANSWERED, "The end."), result.error
                assert all(item.outcome for item in result.env.log if item.action)
                await ask_on(brain, result.env)
    assert broken == []


class Cut:
    """A strict server that closes the connection in the middle of a reply that calls tools, after so many events."""

    def __init__(self, kept: int, is_second: bool, broken: list[str]) -> None:
        self._kept = kept
        self._is_second = is_second
        self._broken = broken

    async def handle(self, request: Request, connection: Connection) -> bool:
        messages = request.json()["messages"]
        try:
            check_calls(messages)
        except AssertionError as error:
            self._broken.append(f"{error!r}: {messages}")
        has_called = any("tool_calls" in message for message in messages)
        if ANSWERING in messages[-1]["content"]:
            return await send_events(*get_events(["The end."]))(request, connection)
        if self._is_second and not has_called:
            return await send_events(*EVENTS)(request, connection)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        await connection.send(head + b"".join(EVENTS[: self._kept]) + EVENTS[self._kept][:CUT_BYTES])
        return False


async def test_a_stream_left_after_any_event_can_be_gone_on_with() -> None:
    for count in range(TURNS_MAX):
        store = MemoryStore()
        seen = 0
        async with aclosing(build(store).stream("Do it.", run_id="r")) as events:
            async for _ in events:
                seen += 1
                if seen > count:
                    break
            else:
                return
        await ask_on(build(store), await build(store).load("r"))
        assert (await build(store).go_on("r")).answer == "The end."
    raise AssertionError("the run did not come to its end")
