"""What each arm made of its tasks: scores, curves, costs, times, and how its trials ended."""

from collections.abc import Sequence

import numpy as np

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.analysis import ArmResult, Beside, CurvePoint, Estimate, Revisions
from agent_brain.lab.analysis.columns import OUTCOMES, Bools, Columns, Floats
from agent_brain.lab.analysis.cube import Cube
from agent_brain.lab.statistics import estimate as statistics
from agent_brain.lab.statistics.bootstrap import TASKS_MIN
from agent_brain.lab.statistics.costs import cost_of_pass, latency
from agent_brain.lab.statistics.intervals import mean, proportion
from agent_brain.lab.statistics.passes import PassRate, pass_curve
from agent_brain.lab.trial import METRICS, SCORE, Outcome

PASSED = OUTCOMES.index(Outcome.PASSED)
BOOTSTRAP = "percentile bootstrap"
USD, TOKENS = "usd", "tokens"
LIMIT_ON_TIME, LIMIT_ON_LOOPS = "seconds", "repeats"
"""As `Limits` names them."""


def summarise(columns: Columns, cube: Cube, metric: str, unit: str, seed: int) -> list[ArmResult]:
    """The result of every arm of the cube that has a counted trial; `columns` hold the broken ones too."""
    scores = cube.fill(measure(cube.columns, metric))
    passed = cube.fill(cube.columns.outcome == PASSED)
    costs = cube.fill(price(cube.columns, unit))
    seconds = cube.fill(cube.columns.numbers["wall_seconds"])
    found = []
    for place, arm in enumerate(cube.arms):
        tasks = cube.counts[:, place] > 0
        if not tasks.any():
            continue
        layers = [layer[tasks, place] for layer in (scores, passed, costs, seconds)]
        everything = columns.pick(np.flatnonzero(columns.find_arm(arm)))
        found.append(_summarise_arm(arm, everything, cube.pick_families(tasks), layers, unit, seed))
    return found


def measure(columns: Columns, metric: str) -> Floats:
    """What is compared, of each trial. Raises: SetupError for a measure that there is not."""
    if metric not in METRICS:
        raise SetupError(f"metric {metric!r} is unknown; wanted {' or '.join(METRICS)}")
    return columns.numbers["score"] if metric == SCORE else np.asarray(columns.outcome == PASSED, dtype=np.float64)


def price(columns: Columns, unit: str) -> Floats:
    """What each trial cost."""
    numbers = columns.numbers
    return numbers["cost_usd"] if unit == USD else numbers["input_tokens"] + numbers["output_tokens"]


def find_unit(columns: Columns) -> str:
    """Dollars where the price of every token is known and something was paid, else tokens."""
    is_known = not columns.numbers["unpriced_tokens"].any() and columns.numbers["cost_usd"].any()
    return USD if is_known else TOKENS


def _summarise_arm(
    name: str, everything: Columns, families: Sequence[str], layers: Sequence[Floats], unit: str, seed: int
) -> ArmResult:
    scores, passed, costs, seconds = layers
    rows = everything.pick(everything.is_counted)
    count = len(rows)
    numbers = rows.numbers
    tokens = numbers["input_tokens"].sum() + numbers["output_tokens"].sum()
    unpriced = float(numbers["unpriced_tokens"].sum())
    times, paid = latency(seconds, families, seed=seed), cost_of_pass(costs, passed, families, seed=seed)
    tries = np.sum(~np.isnan(scores), axis=1)
    faults = {kind: int(column.sum()) for kind, column in rows.faults.items() if column.any()}
    malformed = sum((column for column in rows.faults.values()), np.zeros(count, dtype=np.int64))
    curve = _curve(passed, families, seed)
    return ArmResult(
        name=name,
        tasks=len(scores),
        repeats=(int(tries.min()), int(tries.max())),
        families=len({family for family in families if family}),
        trials=count,
        dropped=len(everything) - count,
        score=estimate_mean(scores, families),
        passed=estimate_mean(passed, families),
        pass_hat=[_point(rate, rate.all, rate.all_interval) for rate in curve],
        pass_at=[_point(rate, rate.any, rate.any_interval) for rate in curve],
        model_calls=float(numbers["model_calls"].mean()),
        tool_calls=float(numbers["tool_calls"].mean()),
        input_tokens=float(numbers["input_tokens"].mean()),
        cached_tokens=float(numbers["cached_tokens"].mean()),
        output_tokens=float(numbers["output_tokens"].mean()),
        reasoning_tokens=float(numbers["reasoning_tokens"].mean()),
        judge_tokens=float(numbers["judge_tokens"].mean()),
        judge_cost_usd=None if numbers["judge_unpriced_tokens"].any() else float(numbers["judge_cost_usd"].mean()),
        cost_usd=None if unpriced else float(numbers["cost_usd"].mean()),
        priced_usd=float(numbers["cost_usd"].mean()),
        unpriced_share=unpriced / float(tokens) if tokens else 0.0,
        cost_of_pass=Estimate(
            bound(paid.value), bound(paid.interval.low), bound(paid.interval.high), paid.interval.method
        ),
        cost_unit=unit,
        latency_median=Estimate(times.median, times.median_interval.low, times.median_interval.high, BOOTSTRAP),
        latency_p95=Estimate(times.p95, times.p95_interval.low, times.p95_interval.high, BOOTSTRAP),
        timed_out=rows.limit.count().get(LIMIT_ON_TIME, 0),
        exhausted_share=_share(rows.limit.codes != _find(rows.limit.names, "")),
        limits=rows.limit.count(),
        malformed_share=_share(malformed > 0),
        malformed_per_call=float(malformed.sum()) / max(1.0, float(numbers["model_calls"].sum())),
        faults=dict(sorted(faults.items(), key=lambda entry: (-entry[1], entry[0]))),
        loop_share=rows.limit.count().get(LIMIT_ON_LOOPS, 0) / count,
        tool_failures=float(numbers["tool_failures"].mean()),
        outcomes={str(kind): int((rows.outcome == code).sum()) for code, kind in enumerate(OUTCOMES) if kind},
        errors=everything.error.count(),
        revisions=_revise(rows),
        oracles=sorted({name for names in rows.oracle.count() for name in names.split("\n")}),
        evaluators=list(rows.evaluator.count()),
        attempts=float(numbers["attempts"].mean()),
        user=_find_user(rows),
    )


def _find_user(rows: Columns) -> Beside | None:
    numbers = rows.numbers
    if not numbers["user_calls"].any():
        return None
    cost = None if numbers["user_unpriced_tokens"].any() else float(numbers["user_cost_usd"].mean())
    return Beside(float(numbers["user_calls"].mean()), float(numbers["user_tokens"].mean()), cost)


def estimate_mean(scores: Floats, families: Sequence[str]) -> Estimate:
    """The mean over tasks with its interval.

    Where each task was tried once, none belongs to a family and a score is 0 or 1, it is a proportion, whose intervals
    hold with few tasks too; else it is Student's over task means, clustered on families.
    """
    once = scores[:, 0] if scores.shape[1] == 1 or np.isnan(scores[:, 1:]).all() else None
    if once is not None and not any(families) and np.isin(once, (0.0, 1.0)).all():
        successes = int(once.sum())
        interval = proportion(successes, len(once))
        return Estimate(successes / len(once), interval.low, interval.high, interval.method)
    return to_estimate(mean(scores, families))


def to_estimate(found: statistics.Estimate) -> Estimate:
    """As reports keep it."""
    interval = found.interval
    return Estimate(found.value, bound(interval.low), bound(interval.high), interval.method)


def _point(rate: PassRate, value: float, interval: statistics.Interval) -> CurvePoint:
    method = f"{interval.method}{f', rough below {TASKS_MIN} tasks' if rate.is_rough else ''}"
    return CurvePoint(rate.k, Estimate(value, interval.low, interval.high, method), is_supported=not rate.is_thin)


def _curve(passed: Floats, families: Sequence[str], seed: int) -> list[PassRate]:
    """Over the tasks that have as many tries as any: those of which one was lost would cut the curve short."""
    tries = np.sum(~np.isnan(passed), axis=1)
    whole = tries == tries.max()
    return pass_curve(passed[whole], list(np.array(families, dtype=object)[whole]), seed=seed)


def _revise(rows: Columns) -> Revisions | None:
    revised = rows.drafts >= 2
    if not revised.any():
        return None
    first, last = rows.first_right[revised], rows.last_right[revised]
    return Revisions(
        int(revised.sum()), _count(first & ~last), _count(~first & last), _count(first & last), _count(~first & ~last)
    )


def _count(rows: Bools) -> int:
    return int(rows.sum())


def _share(rows: Bools) -> float:
    return float(rows.mean()) if len(rows) else 0.0


def _find(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1


def bound(value: float) -> float | None:
    """As reports keep it: one that is infinite is none."""
    return float(value) if np.isfinite(value) else None
