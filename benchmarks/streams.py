"""Two thousand streams in one process: CPU time per chunk, and memory per run, each contender in a process of its own.

`python -m benchmarks.streams URL CONTENDER STREAMS CHUNKS` prints microseconds per chunk and KiB per run.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from urllib.parse import urlsplit

from benchmarks.contenders import FAST, HAND, OURS, WithBrain, open_contenders
from benchmarks.memory import STATM, Waiting, read_kib
from benchmarks.row import Row
from benchmarks.scenario import RELEASE, Delivery, Scenario
from benchmarks.server import raise_file_limit
from benchmarks.size import Size

PAUSE_MS = 400
"""Between two chunks of one stream: two thousand streams have five thousand chunks a second, which all can read."""
WARM = 50
"""Streams that are there before memory is looked at."""
TARGETS = (0.55, 0.3)
"""As for chunks that come apart."""
MEMORY_TARGETS = (1.3, 1.3)
"""All that a run knows, its journal in memory included, weighs less than a third of a connection."""


def measure_streams(url: str, size: Size) -> list[Row]:
    """Two rows, the second one where the system tells a process its memory; the contenders take turns."""
    micros: dict[str, list[float]] = {HAND: [], OURS: [], FAST: []}
    kib: dict[str, list[float]] = {HAND: [], OURS: [], FAST: []}
    for _ in range(size.repeats_of_streams):
        for name in micros:
            arguments = [url, name, str(size.streams), str(size.chunks_of_streams)]
            command = [sys.executable, "-m", "benchmarks.streams", *arguments]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            micros[name].append(float(told[0]))
            kib[name].append(float(told[1]))
    what = f"{size.streams:,} streams at once"
    rows = [_compare(f"chunk, {what}", "us", micros, TARGETS, per_second=True)]
    return [*rows, _compare(f"memory of a run, {what}", "KiB", kib, MEMORY_TARGETS)] if STATM.exists() else rows


def _compare(
    case: str, unit: str, costs: dict[str, list[float]], targets: tuple[float, float], *, per_second: bool = False
) -> Row:
    median = {name: statistics.median(found) for name, found in costs.items()}
    words = {name: f"{1e6 / micros:,.0f} chunks/s" for name, micros in median.items()} if per_second else {}
    told, told_fast = (f"{words[name]}, by hand {words[HAND]}" if words else "" for name in (OURS, FAST))
    return Row(case, unit, median[HAND], median[OURS], median[FAST], *targets, told, told_fast)


async def stream_all(url: str, name: str, streams: int, chunks: int) -> tuple[float, float]:
    """CPU microseconds for each chunk after the first of each stream, and KiB that a stream adds once it has that."""
    scenario = Scenario(chunks=chunks, delivery=Delivery.HELD, pause_ms=PAUSE_MS, wire="native")
    async with open_contenders(url) as contenders:
        ours = contenders[OURS]
        assert isinstance(ours, WithBrain)
        opening = await ours.make_opening(0, scenario.wire)
        async with Waiting(contenders[name], opening, scenario) as waiting:
            warm = min(WARM, streams // 2)
            await waiting.add(warm)
            before = read_kib()
            await waiting.add(streams - warm)
            kib = (read_kib() - before) / (streams - warm)
            began = time.process_time()
            await _release(url)
            await waiting.get_texts(streams * chunks)
            seconds = time.process_time() - began
            await waiting.finish()
    return seconds * 1e6 / (streams * (chunks - 1)), kib


async def _release(url: str) -> None:
    parts = urlsplit(url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET /{RELEASE} HTTP/1.1\r\n\r\n".encode())
    await writer.drain()
    writer.close()


if __name__ == "__main__":
    raise_file_limit()
    print(*asyncio.run(stream_all(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
