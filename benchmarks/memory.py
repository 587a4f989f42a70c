"""Memory of runs that wait in a stalled stream, each contender in a process of its own.

`python -m benchmarks.memory URL CONTENDER WARM RUNS` prints KiB per run.
"""

import asyncio
import gc
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

from benchmarks.contenders import FAST, HAND, OURS, Contender, Opening, WithBrain, open_contenders
from benchmarks.row import Row
from benchmarks.scenario import Delivery, Scenario
from benchmarks.server import raise_file_limit
from benchmarks.size import Size

STALLED = Scenario(delivery=Delivery.STALLED)
STATM = Path("/proc/self/statm")
PAGE_KIB = 4


def measure_memory(url: str, size: Size) -> list[Row]:
    """One row; none on a system that does not tell a process its memory."""
    if not STATM.exists():
        return []
    costs = {}
    for name in (HAND, OURS, FAST):
        arguments = [url, name, str(size.waiting_warm), str(size.waiting)]
        command = [sys.executable, "-m", "benchmarks.memory", *arguments]
        costs[name] = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [Row("memory of a waiting run", "KiB", costs[HAND], costs[OURS], costs[FAST])]


async def count_kib(url: str, name: str, warm: int, runs: int) -> float:
    """KiB that each of `runs` waiting runs adds to a process where `warm` wait already."""
    async with open_contenders(url) as contenders:
        ours = contenders[OURS]
        assert isinstance(ours, WithBrain)
        opening = await ours.make_opening(0)
        async with Waiting(contenders[name], opening) as waiting:
            await waiting.add(warm)
            before = read_kib()
            await waiting.add(runs)
            return (read_kib() - before) / runs


class Waiting:
    """Runs of one scenario that have got their first text and wait for more."""

    def __init__(self, contender: Contender, opening: Opening, scenario: Scenario = STALLED) -> None:
        self._contender = contender
        self._opening = opening
        self._scenario = scenario
        self._tasks: list[asyncio.Task[None]] = []
        self._texts = 0
        self._wanted = 0
        self._has_come = asyncio.Event()

    async def add(self, runs: int) -> None:
        """Start so many, and come back when all of them wait."""
        self._tasks += [asyncio.create_task(self._wait()) for _ in range(runs)]
        await self.get_texts(len(self._tasks))

    async def get_texts(self, count: int) -> None:
        """Wait until all of them together have got so many texts."""
        self._wanted = count
        self._has_come.clear()
        if self._texts < count:
            await self._has_come.wait()

    async def finish(self) -> None:
        """Wait for the end of all. Raises: what one of them raises."""
        await asyncio.gather(*self._tasks)

    async def _wait(self) -> None:
        async with aclosing(self._contender.stream(self._scenario, self._opening, [])) as texts:
            async for _ in texts:
                self._texts += 1
                if self._texts == self._wanted:
                    self._has_come.set()

    async def __aenter__(self) -> "Waiting":
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def read_kib() -> int:
    """What this process has in memory."""
    gc.collect()
    return int(STATM.read_text().split()[1]) * PAGE_KIB if STATM.exists() else 0


if __name__ == "__main__":
    raise_file_limit()
    print(asyncio.run(count_kib(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
