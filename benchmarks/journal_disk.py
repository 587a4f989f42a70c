"""How long the disk takes to sync: what every barrier waits for, and what no store can be faster than."""

import os
import statistics
import time
from pathlib import Path

from benchmarks.journal_line import Line

BLOCK = bytes(8192)
"""What a step's records take in a journal's log, about."""
SYNCS = 100


def measure_syncs(folder: Path, count: int = SYNCS) -> list[float]:
    """Milliseconds of so many appends to a file, each with a sync."""
    path = folder / "sync"
    found = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(count):
            began = time.perf_counter()
            file.write(BLOCK)
            os.fsync(file.fileno())
            found.append((time.perf_counter() - began) * 1e3)
    path.unlink()
    return found


def measure_disk(folder: Path) -> list[Line]:
    """Two lines, which are told and not judged."""
    cuts = statistics.quantiles(measure_syncs(folder), n=20)
    return [Line("fsync, p50", "ms", cuts[9]), Line("fsync, p95", "ms", cuts[18])]
