"""What a durable journal adds to a step, in wall time with the disk, beside the same runs in memory."""

import asyncio
import gc
import itertools
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from agent_brain.core.records import Status
from benchmarks.journal_disk import measure_syncs
from benchmarks.journal_line import Line
from benchmarks.journal_net import finish, make_driver
from benchmarks.journal_places import SQLITE_TMPFS, Place
from benchmarks.journal_size import JournalSize

ALONE_MS = 5.0
"""One hundredth of a step whose model answers in half a second."""
AT_ONCE_MS = 2.5
"""So that one process can serve four hundred steps a second."""
SYNCS_PER_BARRIER = 4
"""How much longer than the disk's own sync a barrier may take: other programs sync too."""
PER_SECOND = 200
"""Steps of many runs at once: a hundred runs with two steps a second each."""
_ROUND_SYNCS = 10


async def measure_added(places: Sequence[Place], size: JournalSize, folder: Path) -> list[Line]:
    """A line for each durable place, for one run and many, without and with actions; the places take turns."""
    cases = [(1, size.steps), (size.runs_at_once, size.steps_at_once)]
    return [
        line
        for (runs, steps), acts in itertools.product(cases, (False, True))
        for line in await _compare(places, folder, runs, steps, size.repeats, acts=acts)
    ]


async def measure_many(places: Sequence[Place], size: JournalSize) -> list[Line]:
    """Steps per second of a thousand runs in one process; it ends with an error where one of them fails."""
    lines = []
    for place in places[1:]:
        rates = [1e3 / await _take_time(place, size.many, size.many_steps, acts=True) for _ in range(size.repeats)]
        case = f"{size.many:,} runs at once, {place.name}"
        lines.append(Line(case, "steps/s", statistics.median(rates), PER_SECOND, "all answered", is_least=True))
    return lines


async def _compare(
    places: Sequence[Place], folder: Path, runs: int, steps: int, repeats: int, *, acts: bool
) -> list[Line]:
    costs, syncs = (defaultdict[str, list[float]](list) for _ in range(2))
    for repeat in range(-1, repeats):
        for place in places:
            around = measure_syncs(folder, _ROUND_SYNCS)
            millis = await _take_time(place, runs, steps, acts=acts)
            around += measure_syncs(folder, _ROUND_SYNCS)
            if repeat >= 0:
                costs[place.name].append(millis)
                syncs[place.name] += around
    memory = statistics.median(costs[places[0].name])
    what = f"{runs} at once" if runs > 1 else "one run"
    lines = []
    for place in places[1:]:
        found, sync = statistics.median(costs[place.name]), statistics.mean(syncs[place.name])
        case = f"added per step, {place.name}: {what}, {'with' if acts else 'no'} actions"
        bound = (ALONE_MS if runs == 1 else AT_ONCE_MS) + (
            SYNCS_PER_BARRIER * sync if acts and place.name != SQLITE_TMPFS else 0
        )
        beside = f"{found:.3f}, in memory {memory:.3f}; fsync {sync:.2f}"
        lines.append(Line(case, "ms", found - memory, bound, beside))
    return lines


async def _take_time(place: Place, runs: int, steps: int, *, acts: bool) -> float:
    """Milliseconds per step of so many runs at once, opened and closed stores not counted."""
    store = place.make()
    await store.list_runs()  # opens it
    driver = make_driver(store, steps, acts=acts)
    gc.collect()
    began = time.perf_counter()
    envs = await asyncio.gather(*(finish(driver.stream("Read all places.", run_id=f"{run:06}")) for run in range(runs)))
    seconds = time.perf_counter() - began
    kept = await store.list_runs(statuses=[Status.ANSWERED], limit=runs + 1)
    await store.aclose()
    if len(kept) != runs or any(env.status is not Status.ANSWERED for env in envs):
        raise AssertionError(f"{place.name}: of {runs} runs {len(kept)} are kept as answered")
    return seconds * 1e3 / (runs * steps)
