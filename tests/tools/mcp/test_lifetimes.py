"""Connections begin and end with what uses them: nothing is left behind, and nothing is said."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import RunError
from agent_brain.core.items import Observation
from agent_brain.core.records import Status
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.function_tool import tool
from agent_brain.tools.mcp.server import McpServer
from tools.mcp.serving import Told, bare, collect, find_free_port, observe, opened, small

CALL = '{"name": "pid", "args": {}}'


def children() -> set[str]:
    """The processes that this one has started and that are not gone, as the operating system says (Linux)."""
    found = set()
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines() if ":" in line)
            if int(status["PPid"]) == os.getpid():
                found.add(place.name)
    return found


async def test_twenty_servers_leave_no_task_and_no_process() -> None:
    before, tasks, files = children(), asyncio.all_tasks(), os.listdir("/proc/self/fd")

    async with opened(*(bare(f"s{number}") for number in range(20))) as box:
        seen = await asyncio.gather(*(observe(box, f"s{number}_pid") for number in range(20)))
        assert {one.text for one in seen} == children() - before

    assert (children(), asyncio.all_tasks()) == (before, tasks)
    assert len(os.listdir("/proc/self/fd")) <= len(files)


def test_a_loop_that_ends_without_closing_leaves_no_process() -> None:
    before = children()
    brain = Brain(model=ScriptedModel([CALL, "Ok.", "Done."] * 2), tools=[bare()])

    pids = {next(item.outcome.text for item in asyncio.run(brain.run("Go.")).env.log if item.outcome) for _ in "ab"}

    assert len(pids) == 2
    assert children() == before


async def test_leaving_a_run_early_ends_its_call_and_closing_ends_its_server(told: Told) -> None:
    before = children()
    async with Brain(model=ScriptedModel(['{"name": "wait", "args": {}}']), tools=[small(told)]) as brain:
        run = asyncio.create_task(brain.run("Go."))
        await told.wait_for("waiting")
        run.cancel()
        await asyncio.wait({run})
        await told.wait_for("cancelled")
    assert children() == before


async def test_what_a_server_can_do_is_asked_anew_when_a_run_begins() -> None:
    async with opened(bare()) as box:
        await observe(box, "grow")
        assert [spec.name for spec in box.specs] == ["pid", "grow"]

        await box.open()

        assert [spec.name for spec in box.specs] == ["pid", "grow", "grown2"]
        assert (await observe(box, "grown2")).text.isdigit()


async def test_runs_that_begin_meanwhile_find_equal_specs_to_be_the_same_ones() -> None:
    async with opened(bare()) as box:
        before = box.specs
        await box.open()
        assert box.specs is before


async def test_a_tool_gets_its_servers_name_only_where_two_have_one_name() -> None:
    @tool
    def grow() -> str:
        """Grow."""
        return "mine"

    async with opened(bare("one"), own=[grow]) as box:
        assert [spec.name for spec in box.specs] == ["grow", "pid", "one_grow"]
        assert (await collect(box, "grow"))[-1] == Observation("mine")
        assert (await observe(box, "one_grow")).text.isdigit()


async def test_a_server_that_never_was_there_fails_the_run_with_its_name() -> None:
    url = f"http://127.0.0.1:{find_free_port()}/mcp"
    brain = Brain(model=ScriptedModel([]), tools=[url])

    result = await brain.run("Go.", run_id="r")

    assert result.status is Status.FAILED
    with pytest.raises(RunError, match=f"MCP server '127_0_0_1' .{url}. cannot be reached: ConnectError"):
        _ = result.answer


async def test_a_command_that_ends_at_once_is_told_with_its_last_words() -> None:
    server = McpServer(command=sys.executable, args=["-c", "import sys; sys.exit('no licence')"], name="sad")

    with pytest.raises(RunError, match=r"MCP server 'sad' .* cannot be reached: .*it said: no licence"):
        async with opened(server):
            pass


async def test_a_server_that_does_not_speak_is_given_up() -> None:
    server = McpServer(
        command=sys.executable, args=["-c", "import time; time.sleep(60)"], name="mute", connect_seconds=0.5
    )

    with pytest.raises(RunError, match=r"it was not ready within 0\.5 s"):
        async with opened(server):
            pass
