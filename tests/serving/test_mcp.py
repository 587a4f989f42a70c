"""A brain served over MCP, asked by our own client: over pipes, over HTTP, and in between two calls."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pytest
from mcp import Client

from agent_brain.brain import Brain
from agent_brain.core.items import OutcomeStatus
from agent_brain.core.records import Status
from agent_brain.models.scripted import ScriptedModel
from agent_brain.serving.mcp import make_server
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.mcp.toolbox import McpToolbox
from tools.mcp.serving import collect, find_free_port, observe, opened, until, wait_for_port

COMMAND = str(Path(sys.executable).with_name("agent-brain"))
OFFLINE = ("mcp", "--model", "offline", "--no-journal")
SEND = '{"name": "send", "args": {}}'


@tool(needs_approval=True)
async def send() -> str:
    """Send it."""
    return "sent"


@tool
async def wait() -> str:
    """Wait for very long."""
    await asyncio.sleep(3600)
    return "done"


@pytest.fixture(params=["pipes", "http"])
async def box(request: pytest.FixtureRequest) -> AsyncGenerator[McpToolbox, None]:
    if request.param == "pipes":
        async with opened(McpServer(command=COMMAND, args=OFFLINE)) as made:
            yield made
        return
    async with serving() as url, opened(McpServer(url=url)) as made:
        yield made


@asynccontextmanager
async def serving() -> AsyncGenerator[str, None]:
    port = find_free_port()
    process = await asyncio.create_subprocess_exec(
        COMMAND, *OFFLINE, "--port", str(port), env=os.environ, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def test_it_answers_and_tells_what_it_does(box: McpToolbox) -> None:
    pieces = await collect(box, "ask", question="What is 2 + 3?")

    assert [spec.name for spec in box.specs] == ["ask", "reply"]
    assert "5" in str(pieces[-1])
    assert any("reasoning -> action" in str(piece) for piece in pieces[:-1])


async def test_what_cannot_be_is_an_outcome(box: McpToolbox) -> None:
    empty = await observe(box, "ask", question=" ")
    unknown = await observe(box, "reply", run_id="nobody", replies={})

    assert (empty.status, unknown.status) == (OutcomeStatus.FAILED, OutcomeStatus.FAILED)
    assert "wanted some text" in empty.text
    assert "nobody" in unknown.text


async def test_a_run_that_waits_says_for_what_and_takes_the_reply() -> None:
    model = ScriptedModel([SEND, "It is sent.", "Sent."])
    async with Brain(model=model, tools=[send]) as brain, Client(make_server(brain)) as client:
        waiting = await client.call_tool("ask", {"question": "Send it."})
        told = waiting.structured_content
        assert told is not None
        assert (told["status"], [asked["id"] for asked in told["questions"]]) == ("waiting", ["q1"])

        done = await client.call_tool("reply", {"run_id": told["run_id"], "replies": {"q1": True}})

    assert [block.text for block in done.content if block.type == "text"] == ["Sent."]
    assert done.structured_content == {"run_id": told["run_id"], "status": "answered", "answer": "Sent."}


async def test_its_runs_are_kept_with_labels_and_it_says_its_version() -> None:
    store = MemoryStore()
    brain = Brain(model=ScriptedModel(["I know it.", "Blue."]), store=store)
    async with brain, Client(make_server(brain, labels={"from": "a client"})) as client:
        done = await client.call_tool("ask", {"question": "Which colour?"})

    [run] = await store.list_runs()
    assert run.labels == {"from": "a client"}
    assert done.meta is not None
    assert done.meta["io.modelcontextprotocol/serverInfo"]["version"] == version("agent-brain")


async def test_a_client_that_leaves_stops_the_run() -> None:
    store = MemoryStore()
    model = ScriptedModel(['{"name": "wait", "args": {}}'])
    async with Brain(model=model, tools=[wait], store=store) as brain, Client(make_server(brain)) as client:
        asking = asyncio.create_task(client.call_tool("ask", {"question": "Wait."}))
        await until(partial(has_run, store, Status.RUNNING))
        asking.cancel()
        await asyncio.wait({asking})

        await until(partial(has_run, store, Status.STOPPED))


async def has_run(store: MemoryStore, status: Status) -> bool:
    return [run.status for run in await store.list_runs()] == [status]
