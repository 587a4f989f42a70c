"""Each arm by itself: its score, what it costs, and how reliably it repeats itself."""

from collections.abc import Callable, Iterator, Sequence

from agent_brain.core.counting import count
from agent_brain.lab.analysis.analysis import Analysis, ArmResult, CurvePoint
from agent_brain.lab.report.document import Block, Cell, Figure, Heading, Paragraph, Table, Value, number
from agent_brain.lab.report.drawings import LINES_MAX, draw_arms, draw_curves, draw_frontier
from agent_brain.lab.report.words import (
    NOTHING,
    join,
    tell_cost,
    tell_count,
    tell_dollars,
    tell_estimate,
    tell_interval,
    tell_score,
    tell_seconds,
    tell_share,
)

METHODS = {
    "t, tasks": "Student's, over tasks",
    "t, families": "Student's, clustered on families",
    "t, family means": "Student's, over families",
    "no spread": "all alike: what so many leave possible",
    "one witness": "one task or family: none",
}
"""What the names of methods mean."""


def write_scores(found: Analysis) -> Iterator[Block]:
    """Scores of single arms."""
    yield Heading("Arms", "arms")
    head = ("arm", "mean score", "95 % interval", "method", "passed", "tasks", "tries", "trials", "broken outside")
    rows: list[tuple[Value, ...]] = [
        (
            arm.name,
            number(tell_score(arm.score.value)),
            number(tell_interval(arm.score)),
            METHODS.get(arm.score.method, arm.score.method),
            number(tell_score(arm.passed.value)),
            number(f"{arm.tasks:,}"),
            number(_tell_range(arm.repeats)),
            number(f"{arm.trials:,}"),
            number(f"{arm.dropped:,}"),
        )
        for arm in found.arms
    ]
    words = "; ".join(f"{arm.name} {tell_estimate(arm.score)}" for arm in found.arms)
    yield Figure(
        "scores",
        "Mean score of each arm",
        "Points are means over tasks, bars 95 % intervals. Whether two arms differ is not to be read off here: "
        "they have done the same tasks, so their difference is known better than either.",
        words,
        draw_arms(found.arms),
    )
    yield Table.of(f"Mean {found.design.metric} over tasks", head, rows)


def write_costs(found: Analysis) -> Iterator[Block]:
    """Cost against score, and what a trial takes."""
    yield Heading("Cost", "cost")
    if found.frontier is not None:
        yield from _write_frontier(found)
    head = (
        "arm", "cost", "cost of a pass", "95 % interval", "calls", "tool calls", "input tokens", "cached of them",
        "output tokens", "reasoning of them", "beside it: judging tokens", "judging cost",
        "price unknown",
    )  # fmt: skip
    yield Table.of("What a trial takes, on average", head, [_tell_cost(arm) for arm in found.arms])
    times = ("arm", "median time", "95 % interval", "95th percentile", "95 % interval", "begun")
    yield Table.of("How long a trial takes", times, [_tell_time(arm) for arm in found.arms])


def _tell_cost(arm: ArmResult) -> tuple[str | Cell, ...]:
    def tell(value: float | None) -> str:
        return tell_cost(value, arm.cost_unit)

    return (
        arm.name,
        number(_tell_money(arm)),
        number(tell(arm.cost_of_pass.value) if arm.cost_of_pass.is_known else "nothing passed"),
        number(_tell_open(arm)),
        *(
            number(tell_count(value))
            for value in (arm.model_calls, arm.tool_calls, arm.input_tokens, arm.cached_tokens)
        ),
        *(number(tell_count(value)) for value in (arm.output_tokens, arm.reasoning_tokens, arm.judge_tokens)),
        number(tell_dollars(arm.judge_cost_usd)),
        number(tell_share(arm.unpriced_share)),
    )


def _tell_time(arm: ArmResult) -> tuple[str | Cell, ...]:
    return (
        arm.name,
        number(tell_seconds(arm.latency_median.value)),
        number(tell_interval(arm.latency_median, tell_seconds)),
        number(tell_seconds(arm.latency_p95.value)),
        number(tell_interval(arm.latency_p95, tell_seconds)),
        number(f"{arm.attempts:.2f} times"),
    )


def _tell_money(arm: ArmResult) -> str:
    """Dollars a trial; where some prices are not known, what is."""
    if arm.cost_usd is None and arm.priced_usd:
        return f"unknown, at least {tell_dollars(arm.priced_usd)}"
    return tell_dollars(arm.cost_usd)


def _tell_open(arm: ArmResult) -> str:
    """The interval of a cost of a pass, which has no upper end where some draws pass nothing."""
    found = arm.cost_of_pass
    if found.low is None:
        return NOTHING
    high = "no end" if found.high is None else tell_cost(found.high, arm.cost_unit)
    return f"[{tell_cost(found.low, arm.cost_unit)}, {high}]"


def _write_frontier(found: Analysis) -> Iterator[Block]:
    frontier = found.frontier
    assert frontier is not None
    best = [point.arm for point in frontier.points if not point.is_dominated]
    yield Figure(
        "frontier",
        "Cost against score",
        f"Each arm over the {count(frontier.tasks, 'task')} that all have done. Filled: no arm is as good for less "
        f"({join(best)}). The line joins those that no mixture of two arms beats. Numbers name arms in the order of "
        "the table.",
        "; ".join(
            f"{point.arm} {tell_score(point.score)} for {tell_cost(point.cost, frontier.unit)}"
            for point in frontier.points
        ),
        draw_frontier(frontier),
    )
    head = ("arm", "number", "score", "cost", "dominated", "on the line", "on the frontier of drawn tasks")
    rows: list[tuple[Value, ...]] = [
        (
            point.arm,
            number(str(place)),
            number(tell_score(point.score)),
            number(tell_cost(point.cost, frontier.unit)),
            "yes" if point.is_dominated else "no",
            "yes" if point.is_on_hull else "no",
            number(tell_share(point.membership)),
        )
        for place, point in enumerate(frontier.points, start=1)
    ]
    yield Table.of("The frontier", head, rows)


def write_curves(found: Analysis) -> Iterator[Block]:
    """How reliable each arm is; nothing where each task was tried once."""
    arms = [arm for arm in found.arms if len(arm.pass_hat) > 1]
    if not arms:
        return
    yield Heading("Reliability", "reliability")
    yield Paragraph.of(
        "pass^k is the chance that all of k tries of a task pass, pass@k that at least one does. Both are unbiased; "
        "hollow points are of a k for which there are fewer than 2k tries, and say little."
    )
    shown = f" The first {LINES_MAX} of {len(arms)} arms are drawn; the table has all." if len(arms) > LINES_MAX else ""
    for anchor, label, read in (("pass-hat", "pass^k", _hat), ("pass-at", "pass@k", _at)):
        curves = {arm.name: read(arm) for arm in arms}
        words = "; ".join(
            f"{name} from {tell_score(points[0].estimate.value)} to {tell_score(points[-1].estimate.value)}"
            for name, points in curves.items()
        )
        yield Figure(
            anchor,
            f"{label} of each arm",
            f"From k = 1 to the most tries.{shown}",
            words,
            draw_curves(curves, label),
            _tell_curve(label, arms, read),
        )


def _hat(arm: ArmResult) -> Sequence[CurvePoint]:
    return arm.pass_hat


def _at(arm: ArmResult) -> Sequence[CurvePoint]:
    return arm.pass_at


def _tell_curve(label: str, arms: Sequence[ArmResult], read: Callable[[ArmResult], Sequence[CurvePoint]]) -> Table:
    ks = sorted({point.k for arm in arms for point in read(arm)})
    rows: list[tuple[Value, ...]] = []
    for arm in arms:
        found = {point.k: point for point in read(arm)}
        rows.append((arm.name, *(number(_tell_point(found.get(k))) for k in ks)))
    return Table.of(f"{label}, with 95 % intervals by drawing tasks", ("arm", *(f"k = {k}" for k in ks)), rows)


def _tell_point(point: CurvePoint | None) -> str:
    if point is None:
        return NOTHING
    return tell_estimate(point.estimate) + ("" if point.is_supported else " (says little)")


def _tell_range(both: tuple[int, int]) -> str:
    return f"{both[0]}" if both[0] == both[1] else f"{both[0]} to {both[1]}"
