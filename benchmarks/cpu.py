"""CPU time of this process per step and per chunk, the contenders taking turns so that noise meets all of them."""

import asyncio
import gc
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from benchmarks.bare import take_bare_time
from benchmarks.contenders import FAST, HAND, OURS, Contender, Opening, WithBrain, open_contenders
from benchmarks.row import Row
from benchmarks.scenario import Delivery, Scenario
from benchmarks.size import Size

UNITS = {"ms": 1e3, "us": 1e6}
PAUSE_MS = 1
"""Between two chunks that come apart, for each run at once: long enough for the slowest contender."""
NATIVE = "native"
FRAGMENTS = 4
"""Chunks of each call where a reply has many of them."""
STEP, TOGETHER, APART, LATE, TURN = (0.6, 0.45), (0.2, 0.2), (0.55, 0.3), (0.05, 0.04), (0.6, 0.6)
"""Targets, for any client and for the extra `fast`; the same over either wire."""


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
    return [
        Case("step", "ms", STEP, size.repeats, many + 1, Scenario(many)),
        Case(
            f"step, {size.runs_at_once} runs at once", "ms", STEP, size.repeats_at_once, few + 1, Scenario(few),
            runs=size.runs_at_once,
        ),
    ]  # fmt: skip


def make_together(size: Size) -> list[Case]:
    """Long replies that come in one write."""
    return [
        _compare("chunk, together", TOGETHER, size.repeats, size.chunks, 1),
        _compare("chunk, together", TOGETHER, size.repeats_at_once, size.chunks_at_once, size.runs_at_once),
    ]


def make_apart(size: Size) -> list[Case]:
    """Long replies that come chunk by chunk."""
    pause = PAUSE_MS
    return [
        _compare("chunk, apart", APART, size.repeats, size.chunks_apart, 1, pause),
        _compare("chunk, apart", APART, size.repeats_at_once, size.chunks_apart_at_once, size.runs_at_once, pause),
    ]


def make_late(size: Size) -> list[Case]:
    """Steps late in a long run."""
    return [_make_late(size, "text")]


def make_native(size: Size) -> list[Case]:
    """The same over tool calls, beside a loop that makes them; the long replies are those calls' arguments."""
    many, few = (Scenario(tools, wire=NATIVE) for tools in (size.tools, size.tools_at_once))
    return [
        Case("step, native", "ms", STEP, size.repeats, size.tools + 1, many),
        Case(
            f"step, native, {size.runs_at_once} runs at once", "ms", STEP, size.repeats_at_once,
            size.tools_at_once + 1, few, runs=size.runs_at_once,
        ),
        _compare("chunk of a call, together", TOGETHER, size.repeats, size.chunks, 1, wire=NATIVE),
        _compare("chunk of a call, apart", APART, size.repeats, size.chunks_apart, 1, PAUSE_MS, NATIVE),
        _make_late(size, NATIVE),
    ]  # fmt: skip


def make_turns(size: Size) -> list[Case]:
    """Many tool calls in one reply, carried out at the same time: what each of them costs."""
    turn, none = (Scenario(calls, FRAGMENTS, wire=NATIVE, calls=max(1, calls)) for calls in (size.turn, 0))
    name = f"tool call, {size.turn} in one turn"
    return [Case(name, "us", TURN, size.repeats_of_turns, size.turn, turn, none)]


def _make_late(size: Size, wire: str) -> Case:
    calls, further = size.history, size.late
    long, short = (Scenario(tools, wire=wire) for tools in (calls + 1 + further, calls + 1))
    name = f"step{', native' if wire == NATIVE else ''}, {calls} tool calls behind it"
    return Case(name, "ms", LATE, size.repeats // 2 + 1, further, long, short, history=calls)


def _compare(  # noqa: PLR0913, PLR0917  # what its rows differ in
    name: str,
    targets: tuple[float, float],
    repeats: int,
    counts: tuple[int, int],
    runs: int,
    pause_ms: int = 0,
    wire: str = "text",
) -> Case:
    delivery, tools = Delivery.APART if pause_ms else Delivery.TOGETHER, int(wire == NATIVE)
    short, long = (Scenario(tools, count, delivery, pause_ms * runs, wire) for count in counts)
    at_once = f", {runs} runs at once" if runs > 1 else ""
    return Case(name + at_once, "us", targets, repeats, counts[1] - counts[0], long, short, runs)


async def measure_cases(url: str, cases: Sequence[Case]) -> list[Row]:
    """A row for each case."""
    async with open_contenders(url) as contenders:
        ours = contenders[OURS]
        assert isinstance(ours, WithBrain)
        return [
            await _measure(url, case, contenders, await ours.make_opening(case.history, case.long.wire))
            for case in cases
        ]


async def _measure(url: str, case: Case, contenders: Mapping[str, Contender], opening: Opening) -> Row:
    costs: dict[str, list[float]] = {name: [] for name in contenders}
    bare: list[float] = []
    for repeat in range(-1, case.repeats):
        answers = set()
        for name, contender in contenders.items():
            seconds, said = await _take_time(contender, case.long, opening, case.runs)
            answers.update(said)
            if case.short is not None:
                seconds -= (await _take_time(contender, case.short, opening, case.runs))[0]
            if repeat >= 0:
                costs[name].append(seconds * UNITS[case.unit] / (case.units * case.runs))
        if case.long.delivery is Delivery.APART and case.short is not None:
            seconds = await take_bare_time(url, case.long, case.runs) - await take_bare_time(url, case.short, case.runs)
            bare.append(seconds * UNITS[case.unit] / (case.units * case.runs))
        if len(answers) != 1:
            raise AssertionError(f"{case.name}: the contenders do not agree on the answer: {answers}")
    median = {name: statistics.median(values) for name, values in costs.items()}
    beside = f"of each, a bare socket {statistics.median(bare):.0f}" if bare else ""
    return Row(case.name, case.unit, median[HAND], median[OURS], median[FAST], *case.targets, beside, beside)


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
