"""Whole runs with MCP servers: killed under them, played back, and left alone by a killed driver."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL
from contextlib import aclosing
from pathlib import Path

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Reply
from agent_brain.core.items import OutcomeStatus, ReplyCall
from agent_brain.core.records import Status, Worded
from agent_brain.core.tooling import FOUND_TOOLS
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.mcp.server import McpServer
from tools.mcp.serving import POLL_SECONDS, SMALL, WAIT_SECONDS, Told, bare, small

DIE, ADD = '{"name": "die", "args": {}}', '{"name": "add", "args": {"a": 2, "b": 3}}'
BUY = '{"name": "purchase", "args": {"thing": "shirt"}}'
DRIVER = """
import asyncio, sys
from agent_brain import Brain, ScriptedModel
brain = Brain(tools=["mcp:" + sys.argv[1]], model=ScriptedModel(['{"name": "wait", "args": {}}']))
asyncio.run(brain.run("Go."))
"""


async def test_a_server_killed_under_a_run_is_started_again_for_the_next_call(told: Told) -> None:
    async with Brain(model=ScriptedModel([DIE, ADD, "I know.", "5."]), tools=[small(told)]) as brain:
        result = await brain.run("Go.")

    assert result.answer == "5."
    outcomes = [item.outcome for item in result.env.log if item.outcome]
    assert [outcome.status for outcome in outcomes] == [OutcomeStatus.UNKNOWN, OutcomeStatus.FINISHED]
    assert told.count("started") == 2


async def test_a_person_is_asked_before_each_call_of_a_server_that_needs_it(told: Told) -> None:
    async with Brain(model=ScriptedModel([ADD]), tools=[small(told, needs_approval=True)]) as brain:
        waiting = await brain.run("Go.")

    assert [pause.text for pause in waiting.pauses] == ["May it run add(a=2, b=3)?"]


async def test_several_calls_of_a_turn_run_at_once_and_each_has_its_own_outcome(told: Told) -> None:
    calls = ", ".join(f'{{"name": "add", "args": {{"a": {n}, "b": 0}}}}' for n in range(20))
    async with Brain(model=ScriptedModel([f"[{calls}]", "Ok.", "Done."]), tools=[small(told)]) as brain:
        result = await brain.run("Go.")

    assert [item.outcome.text for item in result.env.log if item.outcome] == [str(n) for n in range(20)]


async def test_a_run_with_a_servers_question_is_played_back_without_calling_anything(told: Told) -> None:
    store = MemoryStore()
    async with Brain(model=ScriptedModel([BUY, "Ok.", "Done."]), tools=[small(told)], store=store) as brain:
        waiting = await brain.run("Buy.", run_id="r")
        done = await brain.go_on("r", {waiting.pauses[0].pause_id: {"size": 4}})
        replay = await brain.replay("r")

    assert done.status is Status.ANSWERED
    assert replay.is_same, replay.text()
    assert told.count("bought") == 1


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_a_run_is_played_back_while_its_servers_are_down(told: Told, wire: str) -> None:
    store = MemoryStore()
    asked = Reply("", "", "tool_calls", (ReplyCall("add", '{"a": 2, "b": 3}'),)) if wire == "native" else ADD
    async with Brain(model=ScriptedModel([asked, "Ok.", "5."]), tools=[small(told)], store=store, wire=wire) as brain:
        await brain.run("Go.", run_id="r")
    gone = McpServer(command=str(told.file / "nothing"), name="small")

    replay = await Brain(model=ScriptedModel([]), tools=[gone], store=store, wire=wire).replay("r")

    replay.check()
    assert replay.notes == ("not reached: small; the tools there are those that the journal tells of",)


async def test_what_servers_can_do_is_kept_once_and_again_where_it_has_changed() -> None:
    store = MemoryStore()
    async with Brain(model=ScriptedModel(["Ok.", "1."] * 2), tools=[bare()], store=store) as brain:
        first = await brain.run("Go.", run_id="r")
        await brain.run("Go on.", after=first.env, run_id="s")
    async with aclosing(store.read("s")) as commits:
        records = [record async for commit in commits for record in commit.records]

    [kept] = [record for record in records if isinstance(record, Worded) and record.digest == FOUND_TOOLS]
    assert [tool["name"] for tool in json.loads(kept.text)[0][1]] == ["pid", "grow"]


async def test_a_server_does_not_outlive_a_driver_that_was_killed(told: Told, tmp_path: Path) -> None:
    file = tmp_path / "server.py"  # the small one, that writes where this test reads
    start = f"import os, runpy\nos.environ['TOLD'] = {str(told.file)!r}\n"
    file.write_text(f"{start}runpy.run_path({str(SMALL)!r}, run_name='__main__')")
    driver = await asyncio.create_subprocess_exec(sys.executable, "-c", DRIVER, str(file), stderr=DEVNULL)
    await told.wait_for("waiting")
    server = int(told.lines[0].split()[1])

    driver.send_signal(signal.SIGKILL)
    await driver.wait()

    async with asyncio.timeout(WAIT_SECONDS):
        while is_alive(server):  # noqa: ASYNC110  # another process ends
            await asyncio.sleep(POLL_SECONDS)


def is_alive(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    return "Z" not in status.split("State:")[1].split()[0]
