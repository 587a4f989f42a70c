"""A run that is cancelled, left or out of time closes all that it has open within a second, by the servers' clock."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import ChatModel
from agent_brain.core.records import Status
from agent_brain.core.tooling import Tool
from agent_brain.engine.limits import Limits
from agent_brain.models.retry import RetryPolicy
from agent_brain.tools.mcp.server import McpServer
from cancelling.endless import BUFFER_BYTES, SECONDS, Endless, make_tools, over_pipes

pytestmark = pytest.mark.asyncio(loop_scope="session")

LIMIT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Work:
    """What a run is in the middle of: what its models do, the streams that flow then, the MCP server that it has."""

    models: Sequence[str]
    streams: int = 1
    server: str = ""
    requests: int = 1
    is_loud: bool = False
    """Events come all the time, so that a reader can leave at any."""


WORKS: Mapping[str, Work] = {
    "a text": Work(["think"], is_loud=True),
    "a flood of text": Work(["flood"], is_loud=True),
    "the arguments of a call": Work(["args"], is_loud=True),
    "a coroutine": Work(["call-hold"]),
    "an async generator": Work(["call-tell"], is_loud=True),
    "a child process": Work(["call-start"]),
    "an MCP server over its pipes": Work(["call-fetch"], server="pipes"),
    "an MCP server over its pipes with a handshake": Work(["call-fetch"], server="pipes, legacy"),
    "an MCP server over HTTP": Work(["call-fetch"], server="http"),
    "an MCP server over HTTP with a handshake": Work(["call-fetch"], server="http, legacy"),
    "all of them at once": Work(["call-hold-tell-start-hold-fetch"], 5, "pipes", is_loud=True),
    "brains inside of brains": Work(["call-brain_child-brain_boss"], 2, is_loud=True),
    "a model that was fallen back to": Work(["broken", "think"], requests=2, is_loud=True),
    "the wait before a retry": Work(["busy"], 0),
}


@asynccontextmanager
async def open_brain(
    work: Work, endless: Endless, mcp_url: str, told: Path, limits: Limits | None = None
) -> AsyncIterator[Brain]:
    """A brain whose servers have been reached."""
    once = RetryPolicy(attempts_max=1)
    models: list[ChatModel] = [
        endless.model(part, **({"retry": once} if part == "broken" else {})) for part in work.models
    ]
    kind, _, mode = work.server.partition(", ")
    if kind == "pipes":
        servers = [over_pipes(endless, told, mode=mode or "auto")]
    else:
        servers = [McpServer(url=mcp_url, mode=mode or "auto")] if kind else []  # type: ignore[arg-type]  # one of both
    tools: list[Tool | McpServer] = [*make_tools(endless.url), *servers, *make_brains(endless)]
    async with Brain(model=models, tools=tools, wire="native", limits=limits) as brain:
        await brain.open()
        yield brain


def make_brains(endless: Endless) -> list[Tool]:
    """A brain whose model streams for ever, and one whose own brain has a tool that downloads for ever."""
    child = Brain(model=endless.model("think"))
    worker = Brain(model=endless.model("call-hold"), tools=make_tools(endless.url), wire="native")
    boss = Brain(
        model=endless.model("call-brain_worker"), tools=[worker.as_tool("brain_worker", "Works.")], wire="native"
    )
    return [child.as_tool("brain_child", "Thinks."), boss.as_tool("brain_boss", "Has it done.")]


async def check(endless: Endless, *, at: float = 0.0, requests: int = 0) -> None:
    """Look at what the server saw, where the run was cancelled so long after its mark."""
    report = await endless.report()
    assert all(seconds < at + SECONDS for seconds in report.seconds), report
    assert all(count <= BUFFER_BYTES for count in report.bytes) or at, report
    assert report.late == 0
    assert sum(seconds > at for seconds in report.requests) == requests, report


@pytest.mark.parametrize("name", WORKS)
async def test_a_task_that_is_cancelled(endless: Endless, mcp_url: str, tmp_path: Path, name: str) -> None:
    work = WORKS[name]
    async with open_brain(work, endless, mcp_url, tmp_path / "told") as brain:
        task = asyncio.create_task(brain.run("Go."))
        await endless.mark(work.streams, work.requests)

        task.cancel()
        done, _ = await asyncio.wait([task], timeout=SECONDS)

        assert done
        assert task.cancelled()
        await check(endless)
    if work.server.startswith("pipes"):
        assert (tmp_path / "told").read_text() == "cancelled\n"


@pytest.mark.parametrize("name", [name for name, work in WORKS.items() if work.is_loud])
async def test_a_stream_that_is_left(endless: Endless, mcp_url: str, tmp_path: Path, name: str) -> None:
    work = WORKS[name]
    async with open_brain(work, endless, mcp_url, tmp_path / "told") as brain:
        async with aclosing(brain.stream("Go.")) as events:
            marking = asyncio.create_task(endless.mark(work.streams, work.requests))
            async for _ in events:
                if marking.done():
                    break
            await marking
        await check(endless)


@pytest.mark.parametrize("name", [name for name in WORKS if "handshake" not in name])
async def test_a_run_that_is_out_of_time(endless: Endless, mcp_url: str, tmp_path: Path, name: str) -> None:
    work = WORKS[name]
    limits = Limits(seconds=LIMIT_SECONDS)
    async with open_brain(work, endless, mcp_url, tmp_path / "told", limits) as brain:
        await endless.mark()
        result = await brain.run("Go.")

        assert (result.status, result.answer) == (Status.LIMITED, "Stopped.")
        await check(endless, at=LIMIT_SECONDS, requests=1)  # for the answer
