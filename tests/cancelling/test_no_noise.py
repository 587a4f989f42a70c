"""Leaving a stream anywhere, in any way, says nothing and leaves nothing: no task, socket, file, process, warning."""

import asyncio
import gc
import itertools
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from agent_brain.brain import Brain
from agent_brain.core.tooling import Tool
from agent_brain.tools.function_tool import tool
from agent_brain.tools.mcp.server import McpServer
from cancelling.endless import Endless
from cancelling.leaving import WAYS
from cancelling.quiet import list_suspended, listening, look, settle
from tools.mcp.serving import Told, bare, serving_http

pytestmark = pytest.mark.asyncio(loop_scope="session")

TIMES = 500
EVENTS_MAX = 45
"""More than the longest of these runs has."""
LOOKS_EVERY = 50


def make_tools() -> list[Tool]:
    @tool
    async def quick() -> str:
        """Do nothing much."""
        await asyncio.sleep(0)
        return "done"

    @tool
    async def tell() -> AsyncGenerator[str, None]:
        """Do it in steps."""
        for step in range(3):
            yield f"step {step}"

    @tool
    def block() -> str:
        """Do it in a thread."""
        return "done"

    return [quick, tell, block]


@asynccontextmanager
async def open_brains(endless: Endless, url: str, folder: Path) -> AsyncIterator[Sequence[Brain]]:
    """Over either wire, with either store, with and without MCP servers."""
    async with AsyncExitStack() as stack:
        brains = []
        for wire, store, servers in itertools.product(
            ("text", "native"), (None, folder / "journal.db"), ([], [bare(), McpServer(url=url, name="web")])
        ):
            names = "quick-tell-block" + ("-bare_pid-web_pid" if servers else "")
            tools: list[Tool | McpServer] = [*make_tools(), *servers]
            brain = Brain(model=endless.model(f"work-{names}"), tools=tools, wire=wire, store=store)
            brains.append(await stack.enter_async_context(brain))
        yield brains


async def test_five_hundred_streams_left_anywhere_leave_nothing(
    endless: Endless, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    chooser = random.Random(4)
    async with serving_http(Told(tmp_path / "told")) as (url, _):
        with listening() as said:
            before, suspended = look(), list_suspended()
            async with open_brains(endless, url, tmp_path) as brains:
                for brain in brains:
                    result = await brain.run("Go.")
                    assert result.answer == "Stopped.", result.error
                working, warm = look(), list_suspended()
                for number in range(TIMES):
                    way = list(WAYS)[number % len(WAYS)]
                    await WAYS[way](chooser.choice(brains).stream("Go."), chooser.randrange(EVENTS_MAX))
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
