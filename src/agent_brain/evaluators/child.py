"""A command that judges: bounded in time and in what is read of it, and told nothing of this process."""

import asyncio
import contextlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent_brain.tools.child.process import end, start

OUTPUT_BYTES_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child came to its end."""

    code: int | None
    """Its exit status, negative for a signal; None: it was ended because its time was over."""
    output: str
    """What it wrote, to stdout and to stderr, as far as it is read."""


async def run_child(
    command: Sequence[str],
    said: str,
    seconds: float,
    *,
    variables: Mapping[str, str] | None = None,
    folder: str | None = None,
) -> Ended:
    """Run a command in a session of its own, in an empty folder unless one is named, with this text as its input.

    Whatever it has started is ended with it. Raises: SetupError where it cannot be started.
    """
    with contextlib.ExitStack() as stack:
        place = folder or stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        child = await start(command, place, variables or {}, is_stderr_read=True)
        try:
            output = await asyncio.wait_for(_talk(child, said), seconds)
            code: int | None = child.returncode
        except TimeoutError:
            code, output = None, ""
        finally:
            end(child)
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
