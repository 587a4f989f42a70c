"""Servers by others, from npm: over their pipes, and over HTTP where they offer it."""

import asyncio
import subprocess
import sys
from asyncio.subprocess import DEVNULL
from pathlib import Path

from agent_brain.tools.mcp.server import McpServer
from counterparts.mcp_npm_servers import CALLS, PACKAGES, Checks, check_calls, check_course
from counterparts.npm import find_node, make_env, require_programs
from tools.mcp.serving import find_free_port, opened, wait_for_port

TESTS = Path(__file__).parents[2]
ONLY_LOOPBACK = """
const { Server } = require("net"), listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, { port: Number(port), host: "127.0.0.1" }, ...rest.filter((one) => one.call));
};
"""
"""The server listens at all addresses otherwise, and cannot be told not to."""


def test_they_do_over_pipes_what_they_should() -> None:
    programs = require_programs(*PACKAGES)

    done = subprocess.run(
        [sys.executable, "-m", "counterparts.mcp_npm_servers", str(programs)],
        cwd=TESTS, env=make_env(), capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == len(CALLS) + 6


async def test_everything_over_http(tmp_path: Path) -> None:
    program, port = require_programs(*PACKAGES) / "mcp-server-everything", find_free_port()
    (tmp_path / "loopback.cjs").write_text(ONLY_LOOPBACK)
    command = [find_node(), "--require", str(tmp_path / "loopback.cjs"), str(program), "streamableHttp"]
    process = await asyncio.create_subprocess_exec(
        *command, env=make_env(PORT=str(port)), stdout=DEVNULL, stderr=DEVNULL
    )
    checks = Checks()
    try:
        await wait_for_port(port, process)
        async with opened(McpServer(url=f"http://127.0.0.1:{port}/mcp")) as box:
            known = {spec.name for spec in box.specs}
            await check_calls(
                box, checks, str(tmp_path), [call for call in CALLS if call[0] in {*known, "nothing-like-it"}]
            )
            await check_course(box, checks)
    finally:
        process.kill()
        await process.wait()

    assert checks.is_met
