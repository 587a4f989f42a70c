"""Ctrl-C and SIGTERM end a command with all that it has started, within a second."""

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from cancelling.endless import FETCHER, SECONDS, TESTS, Endless

pytestmark = pytest.mark.asyncio(loop_scope="session")

TOOLS = """\
import os
from cancelling.endless import make_tools
hold, tell, start = make_tools(os.environ["ENDLESS"])
"""


def write_servers(place: Path, endless: Endless) -> str:
    env = {"TOLD": str(place / "told"), "FETCHED": f"{endless.url}/bytes/pipes"}
    servers = {"pipes": {"command": sys.executable, "args": [str(FETCHER)], "env": env}}
    (place / "servers.json").write_text(json.dumps({"mcpServers": servers}))
    return "servers.json"


@pytest.mark.parametrize(
    ("part", "streams", "number"),
    [("think", 1, signal.SIGINT), ("call-hold-tell-start", 3, signal.SIGTERM), ("call-fetch-hold", 2, signal.SIGINT)],
)
async def test_a_signal_ends_a_command_and_all_that_it_has_started(
    endless: Endless, tmp_path: Path, part: str, streams: int, number: signal.Signals
) -> None:
    (tmp_path / "downloads.py").write_text(TOOLS)
    servers = [write_servers(tmp_path, endless)] if "fetch" in part else []
    tools = [word for file in ("downloads.py", *servers) for word in ("--tools", file)]
    model = ["--base-url", f"{endless.url}/{part}/v1", "--model", "m", "--wire", "native"]
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "ENDLESS": endless.url, "PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "agent_brain", "ask", "Go.", *model, *tools]
    process = await asyncio.create_subprocess_exec(*command, cwd=tmp_path, env=env, stdout=PIPE, stderr=PIPE)
    reading = asyncio.create_task(process.communicate())
    marking = asyncio.create_task(endless.mark(streams))
    await asyncio.wait([reading, marking], return_when=asyncio.FIRST_COMPLETED)
    assert not reading.done(), reading.result()
    await marking

    began = time.monotonic()
    process.send_signal(number)
    _, errors = await reading

    assert time.monotonic() - began < SECONDS or servers  # a server of MCP has its own time to end
    assert process.returncode == 130
    assert b"Traceback" not in errors
    report = await endless.report()
    assert all(seconds < SECONDS for seconds in report.seconds)
    assert (report.late, report.requests) == (0, [])
