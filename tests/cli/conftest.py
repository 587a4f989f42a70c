"""A command line in this process, one in a process of its own, and servers beside both."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from agent_brain.cli.main import run
from agent_brain.cli.terminal import prepare_streams
from cli.processes import Invoke, Outcome, Serve, Start, serving
from sse_server import Handler, Server


@pytest.fixture(autouse=True)
def clean_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home and a current folder without settings, and an environment that configures nothing."""
    others = ("NO_COLOR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "COLUMNS")
    for name in list(os.environ):
        if name.startswith(("AGENT_BRAIN_", "OPENAI_")) or name in others:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session", autouse=True)
def heard_ctrl_c() -> Iterator[None]:
    """Let commands hear Ctrl-C, which a job in the background ignores and would have its children ignore too."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Run a command line in this process, on streams of its own."""

    def call(*arguments: str, stdin: str | bytes = b"") -> Outcome:
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        out, err = io.BytesIO(), io.BytesIO()
        with monkeypatch.context() as streams:
            streams.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
            streams.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8"))
            streams.setattr(sys, "stderr", io.TextIOWrapper(err, encoding="utf-8"))
            prepare_streams()
            code = run(list(arguments))
            sys.stdout.flush()
            sys.stderr.flush()
            return Outcome(int(code), out.getvalue().decode(), err.getvalue().decode())

    return call


@pytest.fixture
def start() -> Iterator[Start]:
    """Start `python -m agent_brain` in a process of its own; what is left of it at the end is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def call(*arguments: str | bytes, env: dict[str, str] | None = None, **options: Any) -> "subprocess.Popen[bytes]":
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command: Sequence[str | bytes] = [sys.executable, "-m", "agent_brain", *arguments]
        process = subprocess.Popen(command, env=os.environ | (env or {}), **(streams | options))
        started.append(process)
        return process

    yield call
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server in a thread of its own."""
    with ExitStack() as stack:

        def call(handler: Handler) -> Server:
            server = Server(handler)
            stack.enter_context(serving(server))
            return server

        yield call
