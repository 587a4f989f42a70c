"""Leaving a stream anywhere, in any way, says nothing and leaves nothing: no task, socket, file, process, warning."""

import asyncio
import gc
import itertools
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.events import Ended
from agent_brain.core.records import Status
from agent_brain.core.tooling import Tool
from agent_brain.tools.function_tool import tool
from agent_brain.tools.mcp.server import McpServer
from cancelling.endless import Endless
from cancelling.leaving import WAYS
from cancelling.quiet import list_suspended, listening, look, settle
from soak import size
from tools.mcp.serving import Told, bare, serving_http

pytestmark = pytest.mark.asyncio(loop_scope="session")

TIMES = size(500, 200)
LOOKS_EVERY = 50


def make_tools() -> list[Tool]:
    @tool(read_only=True)
    async def quick() -> str:
        """Do nothing much."""
        await asyncio.sleep(0)
        return "done"

    @tool(read_only=True)
    async def tell() -> AsyncGenerator[str, None]:
        """Do it in steps."""
        for step in range(3):
            yield f"step {step}"

    @tool(read_only=True)
    def block() -> str:
        """Do it in a thread."""
        return "done"

    return [quick, tell, block]


@asynccontextmanager
async def open_brains(endless: Endless, url: str, folder: Path) -> AsyncIterator[Sequence[Brain]]:
    """Over either wire, with either store; with and without MCP servers; with runs inside, of brains and of a net."""
    async with AsyncExitStack() as stack:
        brains = []
        wires, stores = ("text", "native"), (None, folder / "journal.db")
        for wire, store, servers in itertools.product(wires, stores, ([], [bare(), McpServer(url=url, name="web")])):
            names = "quick-tell-block" + ("-bare_pid-web_pid" if servers else "")
            tools: list[Tool | McpServer] = [*make_tools(), *servers]
            brain = Brain(model=endless.model(f"work-{names}"), tools=tools, wire=wire, store=store)
            brains.append(await stack.enter_async_context(brain))
        for wire, store in itertools.product(wires, stores):
            make = make_boss if (wire == "text") == (store is None) else make_reflexion
            brains.append(await stack.enter_async_context(make(endless, wire=wire, store=store)))
        yield brains


def make_boss(endless: Endless, **options: Any) -> Brain:
    """One that has two others work at the same time, one of which has another one work."""
    worker = Brain(model=endless.model("work-quick-tell-block"), tools=make_tools(), wire="native")
    foreman = Brain(model=endless.model("work-brain_worker"), tools=[worker.as_tool("brain_worker", "Works.")])
    tools = [worker.as_tool("brain_worker", "Works."), foreman.as_tool("brain_foreman", "Has it done.")]
    return Brain(model=endless.model("work-brain_worker-brain_foreman"), tools=tools, **options)


def make_reflexion(endless: Endless, **options: Any) -> Brain:
    """One whose every attempt is a run inside, and none is good enough."""
    net = "reflexion(react_brief, trials=2)"
    model = endless.model("work-quick-tell")
    return Brain(net, model=model, tools=make_tools(), evaluator=lambda question, answer: False, **options)


async def count_events(brain: Brain) -> int:
    """How many events a whole run has, from its beginning to its end."""
    async with aclosing(brain.stream("Go.")) as stream:
        events = [event async for event in stream]
    assert isinstance(events[-1], Ended)
    assert events[-1].status is Status.ANSWERED, events[-1].error
    return len(events)


async def test_hundreds_of_streams_left_anywhere_leave_nothing(
    endless: Endless, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    chooser = random.Random(4)
    async with serving_http(Told(tmp_path / "told")) as (url, _):
        with listening() as said:
            before, suspended = look(), list_suspended()
            async with open_brains(endless, url, tmp_path) as brains:
                runs = [(brain, await count_events(brain)) for brain in brains]
                working, warm = look(), list_suspended()
                for number in range(TIMES):
                    way = list(WAYS)[number % len(WAYS)]
                    brain, length = chooser.choice(runs)
                    await WAYS[way](brain.stream("Go."), chooser.randrange(length + 1))
                    await settle(working.tasks)
                    if number % LOOKS_EVERY == 0:
                        gc.collect()  # a reader that is cancelled again and again leaves the rest to the collector
                        await settle(working.tasks)
                        assert not Counter(list_suspended()) - Counter(warm), way
                        assert look().children == working.children
                assert look().sockets <= working.sockets
            assert look() == before
            assert not Counter(list_suspended()) - Counter(suspended)
        assert said == []
    assert capfd.readouterr() == ("", "")
