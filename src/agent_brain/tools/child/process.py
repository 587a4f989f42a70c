"""Processes for strangers' code: with none of this process's variables but a few harmless ones, ended with all that
they have started."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence

from agent_brain.core.errors import SetupError

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
"""The variables that a child gets: no keys are among them."""


async def start(
    command: Sequence[str],
    folder: str,
    variables: Mapping[str, str],
    *,
    is_stderr_read: bool,
    line_bytes_max: int = 1 << 16,
) -> asyncio.subprocess.Process:
    """Start a command in a session of its own, its input and output piped. Raises: SetupError where that fails."""
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT if is_stderr_read else asyncio.subprocess.DEVNULL,
            cwd=folder,
            env={name: os.environ[name] for name in KEPT if name in os.environ} | dict(variables),
            start_new_session=True,
            limit=line_bytes_max,
        )
    except (OSError, ValueError) as error:
        raise SetupError(f"{command[0]} cannot be started: {error}") from error


def end(child: asyncio.subprocess.Process) -> None:
    """End it and all that it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
