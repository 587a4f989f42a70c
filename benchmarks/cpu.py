"""CPU time of this process per step and per chunk, the contenders taking turns so that noise meets all of them."""

import asyncio
import gc
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from benchmarks.contenders import FAST, HAND, OURS, Contender, Opening, WithBrain, open_contenders
from benchmarks.row import Row
from benchmarks.scenario import Delivery, Scenario
from benchmarks.size import Size

UNITS = {"ms": 1e3, "us": 1e6}
PAUSE_MS = 1
"""Between two chunks that come apart, for each run at once: long enough for the slowest contender."""


@dataclass(frozen=True)
class Case:
    """A scenario's cost per unit; with `short`, the cost of what the long one has more, so that the rest cancels."""

    name: str
    unit: str
    targets: tuple[float, float]
    """For any client, and for the extra `fast`."""
    repeats: int
    units: int
    """Steps or chunks that one run of `long` has, or has more than `short`."""
    long: Scenario
    short: Scenario | None = None
    runs: int = 1
    """At the same time."""
    history: int = 0
    """Tool calls that lie behind it."""


def make_steps(size: Size) -> list[Case]:
    """Whole runs: a request, ten chunks and a tool, again and again."""
    many, few = size.tools, size.tools_at_once
    targets = (0.6, 0.45)
    return [
        Case("step", "ms", targets, size.repeats, many + 1, Scenario(many)),
        Case(
            f"step, {size.runs_at_once} runs at once", "ms", targets, size.repeats_at_once, few + 1, Scenario(few),
            runs=size.runs_at_once,
        ),
    ]  # fmt: skip


def make_together(size: Size) -> list[Case]:
    """Long replies that come in one write."""
    targets = (0.2, 0.2)
    return [
        _compare("chunk, together", targets, size.repeats, size.chunks, 1),
        _compare("chunk, together", targets, size.repeats_at_once, size.chunks_at_once, size.runs_at_once),
    ]


def make_apart(size: Size) -> list[Case]:
    """Long replies that come chunk by chunk."""
    targets = (0.55, 0.3)
    pause = PAUSE_MS
    return [
        _compare("chunk, apart", targets, size.repeats, size.chunks_apart, 1, pause),
        _compare("chunk, apart", targets, size.repeats_at_once, size.chunks_apart_at_once, size.runs_at_once, pause),
    ]


def make_late(size: Size) -> list[Case]:
    """Steps late in a long run."""
    calls, further = size.history, size.late
    long, short = Scenario(calls + 1 + further), Scenario(calls + 1)
    name = f"step, {calls} tool calls behind it"
    return [Case(name, "ms", (0.05, 0.04), min(3, size.repeats), further, long, short, history=calls)]


def _compare(
    name: str, targets: tuple[float, float], repeats: int, counts: tuple[int, int], runs: int, pause_ms: int = 0
) -> Case:
    delivery = Delivery.APART if pause_ms else Delivery.TOGETHER
    short, long = (Scenario(0, count, delivery, pause_ms * runs) for count in counts)
    at_once = f", {runs} runs at once" if runs > 1 else ""
    return Case(name + at_once, "us", targets, repeats, counts[1] - counts[0], long, short, runs)


async def measure_cases(url: str, cases: Sequence[Case]) -> list[Row]:
    """A row for each case."""
    async with open_contenders(url) as contenders:
        ours = contenders[OURS]
        assert isinstance(ours, WithBrain)
        return [await _measure(case, contenders, await ours.make_opening(case.history)) for case in cases]


async def _measure(case: Case, contenders: Mapping[str, Contender], opening: Opening) -> Row:
    costs: dict[str, list[float]] = {name: [] for name in contenders}
    for repeat in range(-1, case.repeats):
        answers = set()
        for name, contender in contenders.items():
            seconds, said = await _take_time(contender, case.long, opening, case.runs)
            answers.update(said)
            if case.short is not None:
                seconds -= (await _take_time(contender, case.short, opening, case.runs))[0]
            if repeat >= 0:
                costs[name].append(seconds * UNITS[case.unit] / (case.units * case.runs))
        if len(answers) != 1:
            raise AssertionError(f"{case.name}: the contenders do not agree on the answer: {answers}")
    median = {name: statistics.median(values) for name, values in costs.items()}
    return Row(case.name, case.unit, median[HAND], median[OURS], median[FAST], *case.targets)


async def _take_time(contender: Contender, scenario: Scenario, opening: Opening, runs: int) -> tuple[float, list[str]]:
    """CPU seconds of so many runs at once, and their answers."""
    said: list[str] = []
    gc.collect()
    began = time.process_time()
    await asyncio.gather(*(_consume(contender, scenario, opening, said) for _ in range(runs)))
    seconds = time.process_time() - began
    if len(said) != runs:
        raise AssertionError(f"{runs} runs gave {len(said)} answers")
    return seconds, said


async def _consume(contender: Contender, scenario: Scenario, opening: Opening, said: list[str]) -> None:
    async with aclosing(contender.stream(scenario, opening, said)) as texts:
        async for _ in texts:
            pass
