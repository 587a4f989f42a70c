"""aimock, a fake of many model providers by others, as a child process that tests set up and read the journal of."""

import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI

from counterparts.npm import find_node, make_env, require_programs

PACKAGE = "@copilotkit/aimock"
START_SECONDS = 30.0
POLL_SECONDS = 0.05
TEST_ID = "X-Test-Id"
"""The header by which its counts, its chaos and its journal are kept apart."""
MCP_TOOL = {
    "name": "search",
    "description": "Search the web",
    "inputSchema": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    "result": "No results found.",
}


@dataclass(frozen=True, slots=True)
class Aimock:
    """A running server."""

    address: str

    def make_client(self, test_id: str, path: str = "/v1") -> AsyncOpenAI:
        """A client whose requests are kept apart from those of others."""
        return AsyncOpenAI(base_url=f"{self.address}{path}", api_key="sk-mock", default_headers={TEST_ID: test_id})

    def set_chaos(self, test_id: str, **rates: float) -> None:
        """As its flags `--chaos-...`, for these requests alone: `dropRate=1`, `latencyMs=50` and so on."""
        self._send("/__aimock/chaos", test_id, json.dumps(rates).encode())

    def read_requests(self, test_id: str) -> Sequence[Mapping[str, Any]]:
        """What its journal has of these requests, in order."""
        entries = json.loads(self._send("/__aimock/journal", test_id))
        return [entry for entry in entries if entry["headers"].get(TEST_ID.lower()) == test_id]

    def _send(self, path: str, test_id: str, body: bytes | None = None) -> bytes:
        headers = {TEST_ID: test_id, "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}{path}", body, headers)
        with urllib.request.urlopen(request, timeout=5) as reply:
            found: bytes = reply.read()
        return found


@contextmanager
def run_aimock(folder: Path, fixtures: Sequence[Mapping[str, Any]]) -> Iterator[Aimock]:
    """The server with these fixtures and an MCP server at /mcp; it is ended at the end, whatever happened."""
    program = require_programs(PACKAGE) / "aimock"
    (folder / "fixtures.json").write_text(json.dumps({"fixtures": list(fixtures)}))
    llm = {"fixtures": str(folder / "fixtures.json"), "logLevel": "silent"}
    (folder / "config.json").write_text(json.dumps({"llm": llm, "mcp": {"path": "/mcp", "tools": [MCP_TOOL]}}))
    port = _find_free_port()
    command = [find_node(), str(program), "--config", str(folder / "config.json"), "--port", str(port)]
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=make_env())
    try:
        _wait_until_ready(process, port, folder / "said")
        yield Aimock(f"http://127.0.0.1:{port}")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, said: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(POLL_SECONDS)
    raise RuntimeError(f"aimock did not start:\n{said.read_text(errors='replace')[-2000:]}")
