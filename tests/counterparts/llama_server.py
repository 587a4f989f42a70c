"""llama.cpp's own HTTP server as a child process; run as a file it is that process: MODEL PORT [no-jinja]."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SLOTS = 4
SLOT_TOKENS = 4096
"""Context of each of them."""
START_SECONDS = 30.0
POLL_SECONDS = 0.05
NO_JINJA = "no-jinja"
ESTABLISHED = "01"
"""In the state column of /proc/net/tcp."""


@contextmanager
def run_server(model: Path, log: Path, *, takes_tools: bool = True) -> Iterator[str]:
    """Its address while it runs, such as `http://127.0.0.1:8080`; it is killed at the end, whatever happened.

    Without jinja templates it takes no tools.
    """
    with open(log, "wb") as said:
        address = f"http://127.0.0.1:{_find_free_port()}"
        command = [sys.executable, __file__, str(model), address.rpartition(":")[2]]
        command += [] if takes_tools else [NO_JINJA]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        try:
            _wait_until_ready(process, address, log)
            yield address
        finally:
            process.kill()
            process.wait()


def read_json(url: str) -> Any:
    """What the server answers to a plain GET."""
    with urllib.request.urlopen(url, timeout=5) as reply:
        return json.load(reply)


def count_busy_slots(address: str) -> int:
    """How many of the server's slots still write for somebody."""
    return sum(slot["is_processing"] for slot in read_json(f"{address}/slots"))


def count_connections(address: str) -> int:
    """How many clients hold a connection, as the operating system's own table says (Linux; elsewhere 0)."""
    table = Path("/proc/net/tcp")
    if not table.exists():
        return 0
    port = f"{int(address.rpartition(':')[2]):04X}"
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    return sum(row[2].endswith(f":{port}") and row[3] == ESTABLISHED for row in rows)


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if read_json(f"{address}/health")["status"] == "ok":
                return
        except (OSError, ValueError):
            time.sleep(POLL_SECONDS)
    raise RuntimeError(f"llama.cpp's server did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _serve(model: str, port: int, *, has_jinja: bool) -> None:
    import xllamacpp  # in the child alone: its libraries are heavy

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_ctx = SLOTS * SLOT_TOKENS
    params.n_parallel = SLOTS
    params.cpuparams.n_threads = 1
    params.warmup = False
    params.use_jinja = has_jinja
    params.endpoint_slots = True
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), has_jinja=NO_JINJA not in sys.argv)
