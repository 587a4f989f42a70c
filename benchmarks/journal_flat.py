"""Bytes and time per step of runs that are short and long: neither may grow with what lies behind a step."""

import gc
from collections import defaultdict
from collections.abc import Mapping, Sequence

from benchmarks.journal_line import Line
from benchmarks.journal_net import go, make_driver
from benchmarks.journal_places import MEMORY, Place, Weight, leave_disk
from benchmarks.journal_size import JournalSize

BOUND = 1.2
MEMORY_TIMES = 10
"""So many more steps where each is that much cheaper."""
_Costs = Mapping[int, list[float]]
"""By the lengths of the runs."""


async def measure_flat(places: Sequence[Place], size: JournalSize) -> list[Line]:
    """Three lines for each place, one for that in memory; the lengths take turns."""
    lines: list[Line] = []
    for place in leave_disk(places):
        times, payloads, totals = (defaultdict[int, list[float]](list) for _ in range(3))
        steps = size.flat_steps * (MEMORY_TIMES if place.name == MEMORY else 1)
        for repeat in range(-1, size.repeats):
            for length in size.lengths:
                if length > steps and repeat < 0:
                    continue  # the first round only warms up
                micros, payload, total = await _measure(place, length, max(1, steps // length))
                if repeat >= 0:
                    times[length].append(micros)
                    payloads[length].append(payload)
                    totals[length].append(total)
        lines.append(_judge(f"flat, {place.name}: CPU time per step", times, "us"))
        if place.weigh() is not None:
            lines.append(_judge(f"flat, {place.name}: records per step", payloads, "bytes"))
            lines.append(_judge(f"flat, {place.name}: growth per step", totals, "bytes"))
    return lines


async def _measure(place: Place, length: int, runs: int) -> tuple[float, float, float]:
    """What a step adds to runs that have made their first one and do not end yet: microseconds, and bytes."""
    store = place.make()
    driver = make_driver(store, length + 1)
    streams = [driver.stream("Read all places.", run_id=f"{place.name}-{run:06}") for run in range(runs)]
    for events in streams:
        await go(events, 1)
    weight = place.weigh()
    gc.collect()
    began = place.count_cpu()
    for events in streams:
        await go(events, length - 1)
    seconds = place.count_cpu() - began
    grown = _subtract(place.weigh(), weight)
    for events in streams:
        await events.aclose()
    await store.aclose()
    steps = runs * (length - 1)
    return seconds * 1e6 / steps, grown.payload / steps, grown.total / steps


def _subtract(after: Weight | None, before: Weight | None) -> Weight:
    if after is None or before is None:
        return Weight(0, 0, 0)
    return Weight(after.commits - before.commits, after.payload - before.payload, after.total - before.total)


def _judge(case: str, costs: _Costs, unit: str) -> Line:
    least = {length: min(found) for length, found in costs.items()}  # other programs only make it dearer
    beside = ", ".join(f"{length:,}: {found:.0f}" for length, found in least.items())
    ratio = max(least.values()) / min(least.values())
    return Line(case, "max/min", ratio, BOUND, f"{unit} at {beside}")
