"""Leaving or cancelling a run closes the model's stream and its tools at once, without a word."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Delta
from agent_brain.core.events import Chunk, ChunkKind, Event
from agent_brain.core.items import Message
from agent_brain.tools.function_tool import tool

SECONDS = 1.0


class Endless:
    """Streams for ever and says when it was closed."""

    name = "endless"

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta, None]:
        try:
            while True:
                yield Delta("on and ")
                await asyncio.sleep(0.001)
        finally:
            self.closed.set()


class Asking:
    """Asks for the tools `hold` twice at once."""

    name = "asking"

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta, None]:
        yield Delta('[{"name": "hold", "args": {}}, {"name": "hold", "args": {}}]')


def is_thought(event: Event) -> bool:
    return isinstance(event, Chunk) and event.kind is ChunkKind.THOUGHT


async def leave_when(brain: Brain, is_enough: Callable[[Event], bool]) -> None:
    async with aclosing(brain.stream("Go!")) as events:
        async for event in events:
            if is_enough(event):
                return


async def test_leaving_the_stream_closes_the_model() -> None:
    model = Endless()
    await leave_when(Brain(model=model), is_thought)

    assert model.closed.is_set()


async def test_cancelling_a_run_closes_the_model() -> None:
    model = Endless()
    task = asyncio.create_task(Brain(model=model).run("Go!"))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, SECONDS)

    assert model.closed.is_set()


async def test_cancelling_a_run_cancels_all_its_tools() -> None:
    held, let_go = asyncio.Barrier(3), []

    @tool
    async def hold() -> str:
        """Hold on."""
        try:
            await held.wait()
            await asyncio.sleep(30)
        finally:
            let_go.append(1)
        return "held"

    task = asyncio.create_task(Brain(model=Asking(), tools=[hold]).run("Go!"))
    await asyncio.wait_for(held.wait(), SECONDS)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, SECONDS)

    assert let_go == [1, 1]


async def test_a_tool_that_swallows_its_cancellation_cannot_hold_the_run() -> None:
    running, release = asyncio.Event(), asyncio.Event()

    @tool
    async def hold() -> str:
        """Hold on, whatever happens."""
        running.set()
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return "held"

    task = asyncio.create_task(Brain(model=Asking(), tools=[hold]).run("Go!"))
    await asyncio.wait_for(running.wait(), SECONDS)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 2 * SECONDS)
    release.set()
    await asyncio.sleep(0.01)


async def test_leaving_five_hundred_streams_at_any_event_leaks_no_task() -> None:
    @tool
    async def hold() -> str:
        """Hold on a little."""
        await asyncio.sleep(0.0005)
        return "held"

    brain = Brain(model=Asking(), tools=[hold])
    for count in range(500):
        left = count % 40
        async with aclosing(brain.stream("Go!")) as events:
            async for _ in events:
                left -= 1
                if left < 0:
                    break

    assert asyncio.all_tasks() == {asyncio.current_task()}
