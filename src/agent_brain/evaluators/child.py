"""A child process that judges: bounded in time and in what is read of it, and told nothing of this process."""

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent_brain.core.errors import SetupError

OUTPUT_BYTES_MAX = 200_000
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
"""The variables that a child gets: no keys are among them."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child came to its end."""

    code: int | None
    """Its exit status, negative for a signal; None: it was ended because its time was over."""
    output: str
    """What it wrote, both to stdout and stderr where nothing else was said, as far as it is read."""


async def run_child(
    command: Sequence[str],
    said: str,
    seconds: float,
    *,
    variables: Mapping[str, str] | None = None,
    folder: str | None = None,
    is_stderr_read: bool = True,
) -> Ended:
    """Run a command in a session of its own, in an empty folder unless one is named, with this text as its input.

    Whatever it has started is ended with it. Raises: SetupError where it cannot be started.
    """
    with contextlib.ExitStack() as stack:
        place = folder or stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        try:
            child = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT if is_stderr_read else asyncio.subprocess.DEVNULL,
                cwd=place,
                env={name: os.environ[name] for name in KEPT if name in os.environ} | dict(variables or {}),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise SetupError(f"{command[0]} cannot be started: {error}") from error
        try:
            output = await asyncio.wait_for(_talk(child, said), seconds)
            code: int | None = child.returncode
        except TimeoutError:
            code, output = None, ""
        finally:
            _end(child)
            await child.wait()
        return Ended(code, output)


async def _talk(child: asyncio.subprocess.Process, said: str) -> str:
    assert child.stdin is not None  # both were asked for
    assert child.stdout is not None
    writing = asyncio.ensure_future(_write(child.stdin, said))
    try:
        output = await _read(child.stdout)
        await child.wait()
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    return output.decode(errors="replace")


async def _write(stdin: asyncio.StreamWriter, said: str) -> None:
    with contextlib.suppress(ConnectionError):  # it need not read what it is told
        stdin.write(said.encode(errors="replace"))
        await stdin.drain()
        stdin.close()


async def _read(stdout: asyncio.StreamReader) -> bytes:
    """What it says, as far as it is read; the rest is thrown away."""
    kept = bytearray()
    while piece := await stdout.read(65_536):
        kept += piece[: max(0, OUTPUT_BYTES_MAX - len(kept))]
    return bytes(kept)


def _end(child: asyncio.subprocess.Process) -> None:
    """End it and all that it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
