"""An experiment whose process is killed, again and again, ends as one that nobody has disturbed; a server counts."""

import asyncio
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agent_brain.lab.rows import read_rows
from counterparts.chat_server import play_awkwardly
from lab.sittings import CONCURRENCY, TASKS
from lab.sums import play, untime
from sse_server import Server

KILLS = 10
CALLS = 2 * 2 * TASKS
"""Two arms, and two calls a trial."""


class Counting:
    """Plays the model, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._heard = asyncio.Event()

    def reply(self, messages: Sequence[dict[str, Any]]) -> str:
        """What the scripted model says."""
        self.asked.append(repr(messages))
        self._heard.set()
        return play([{"role": each["role"], "content": each["content"]} for each in messages])

    async def hear(self, more: int) -> None:
        """Wait until it was asked so many times more."""
        wanted = len(self.asked) + more
        while len(self.asked) < wanted:
            self._heard.clear()
            await self._heard.wait()


class Sitter:
    """A process that runs the experiment whenever it is told to."""

    def __init__(self, program: Process) -> None:
        self._program = program

    async def begin(self) -> int:
        """Run it, or go on; the number of the process that does."""
        assert self._program.stdin is not None
        self._program.stdin.write(b"go\n")
        return await self.wait()

    async def wait(self) -> int:
        """The next number that it says: of the process that it has begun, or how that one has ended."""
        assert self._program.stdout is not None
        return int(await self._program.stdout.readline())


@asynccontextmanager
async def sitting(folder: Path, url: str) -> AsyncIterator[Sitter]:
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lab.sittings", str(folder), url, stdin=PIPE, stdout=PIPE, env=environ
    )
    try:
        yield Sitter(program)
    finally:
        program.kill()
        await program.wait()


async def test_an_experiment_killed_ten_times_has_the_rows_of_an_undisturbed_one_and_pays_no_trial_twice(
    tmp_path: Path,
) -> None:
    model, chooser = Counting(), random.Random(11)
    async with Server(play_awkwardly(model.reply, [])) as server:
        async with sitting(tmp_path / "calm", server.base_url) as sitter:
            await sitter.begin()
            assert await sitter.wait() == 0
        undisturbed = list(model.asked)
        model.asked.clear()
        async with sitting(tmp_path / "killed", server.base_url) as sitter:
            for _ in range(KILLS):
                child = await sitter.begin()
                await model.hear(chooser.randint(1, 4))
                os.kill(child, signal.SIGKILL)
                assert await sitter.wait() == -signal.SIGKILL
            await sitter.begin()
            assert await sitter.wait() == 0

    rows = [list(read_rows(tmp_path / name / "trials.jsonl")) for name in ("calm", "killed")]
    assert untime(rows[0]) == untime(rows[1])
    assert len(undisturbed) == CALLS == len(set(undisturbed))
    assert set(model.asked) == set(undisturbed)
    again = Counter(model.asked).total() - CALLS  # what was being said when the process died, and nothing else
    assert again <= KILLS * CONCURRENCY
