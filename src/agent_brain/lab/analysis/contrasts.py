"""What was asked: each contrast with its interval, p-values for all of them together, and what may be said of it."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.analysis import UNKNOWN, ContrastResult, Discordance, Estimate
from agent_brain.lab.analysis.arms import PASSED, bound, measure, price, to_estimate
from agent_brain.lab.analysis.columns import Floats
from agent_brain.lab.analysis.cube import Cube
from agent_brain.lab.analysis.design import Design
from agent_brain.lab.analysis.pairs import Pair, differences, follow, pair, shuffle
from agent_brain.lab.evidence import Evidence
from agent_brain.lab.experiment import FIXED, SEQUENTIAL, Contrast
from agent_brain.lab.statistics.costs import cost_ratio
from agent_brain.lab.statistics.equivalence import equivalence
from agent_brain.lab.statistics.mcnemar import mcnemar
from agent_brain.lab.statistics.multiplicity import benjamini_hochberg, holm, max_t, simultaneous
from agent_brain.lab.statistics.paired import Paired, compare, settle
from agent_brain.lab.statistics.power import Variances, smallest_effect
from agent_brain.lab.statistics.sign_flip import sign_flip
from agent_brain.lab.statistics.verdict import decide

SIGN_FLIP, ANYTIME = "sign-flip p", "anytime-valid p"
"""What a p-value is called: that of an experiment which may stop early has to hold whenever it is looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class _Field:
    """What all contrasts are looked up in, laid out once."""

    cube: Cube
    design: Design
    unit: str
    scores: Floats
    passed: Floats
    costs: Floats
    seconds: Floats
    evidence: Evidence
    """As was declared, or by the families of the rows where nothing was."""
    order: Sequence[str]
    """The tasks as they are taken up, where that matters; those that have no row yet too."""

    @classmethod
    def of(cls, cube: Cube, design: Design, unit: str, planned: Collection[str]) -> "_Field":
        rows = cube.columns
        order = shuffle({*cube.tasks, *planned}, design.seed) if design.stopping == SEQUENTIAL else ()
        return cls(
            cube,
            design,
            unit,
            cube.fill(measure(rows, design.metric)),
            cube.fill(rows.outcome == PASSED),
            cube.fill(price(rows, unit)),
            cube.fill(rows.numbers["wall_seconds"]),
            design.weigh(cube.pick_families(np.ones(len(cube.tasks), dtype=bool))),
            order,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """One contrast while it is worked out."""

    contrast: Contrast
    pair: Pair
    families: list[str]
    paired: Paired
    p: float | None
    """Of this contrast alone; None where no task is discordant."""
    tested: int
    """The tasks that it is of."""
    p_equivalence: float
    adjusted: float = 1.0
    """`p`, adjusted for all contrasts of its family."""
    adjusted_same: float | None = None


def judge(
    cube: Cube, design: Design, contrasts: Sequence[Contrast], unit: str, planned: Collection[str] = ()
) -> list[ContrastResult]:
    """The results of contrasts that were declared beforehand, adjusted for each other by Holm's method.

    One that no task allows is left out. `planned`: the tasks that are evidence, whether they have rows or not.
    """
    field = _Field.of(cube, design, unit, planned)
    looks = [look for contrast in contrasts if (look := _look(field, contrast)) is not None]
    if not looks:
        return []
    adjusted = holm([1.0 if look.p is None else look.p for look in looks])
    same = holm([look.p_equivalence for look in looks])
    found = [
        _report(field, replace(look, adjusted=p, adjusted_same=p_same), len(looks))
        for look, p, p_same in zip(looks, adjusted, same, strict=True)
    ]
    return _judge_together(field, looks, found)


def explore(
    cube: Cube, design: Design, contrasts: Sequence[Contrast], unit: str, planned: Collection[str] = ()
) -> list[ContrastResult]:
    """The same of contrasts that nobody declared; p-values bound the share of false findings (Benjamini-Hochberg)."""
    field = _Field.of(cube, design, unit, planned)
    looks = [look for contrast in contrasts if (look := _look(field, contrast)) is not None]
    if not looks:
        return []
    adjusted = benjamini_hochberg([1.0 if look.p is None else look.p for look in looks])
    return [_report(field, replace(look, adjusted=p), len(looks)) for look, p in zip(looks, adjusted, strict=True)]


def _look(field: _Field, contrast: Contrast) -> _Look | None:
    cube, design = field.cube, field.design
    choose = None if design.stopping == FIXED else field.evidence.choose
    try:
        found = pair(cube, contrast.arm, contrast.control, design.repeats, choose)
    except SetupError:
        return None
    if not found.tasks.any():
        return None
    families = cube.pick_families(found.tasks)
    arm, control = found.sides(field.scores)
    paired = compare(arm, control, families, level=1.0 - design.alpha)
    same = equivalence(paired.estimate, design.margin, alpha=design.alpha)
    p, tested = _test(field, found, arm, control, families)
    return _Look(contrast, found, families, paired, p, tested, same.p)


def _test(field: _Field, found: Pair, arm: Floats, control: Floats, families: list[str]) -> tuple[float | None, int]:
    """A p-value that holds under the declared rule for stopping, None where no task differs; and the tasks it is of."""
    cube, design = field.cube, field.design
    values = settle(arm.mean(axis=1) - control.mean(axis=1))
    if not values.any():
        return None, len(values)
    if design.stopping != SEQUENTIAL:
        return sign_flip(values, families, seed=design.seed).p, len(values)
    differences = np.full(len(cube.tasks), np.nan)
    differences[found.tasks] = values
    first = np.array(follow(cube, field.order, found.taken), dtype=np.int64)
    names = cube.pick_families(first)
    watched = field.evidence.watch(differences[first].tolist(), names)
    whole = np.array(field.evidence.choose(names, [True] * len(names)), dtype=bool)
    return 1.0 if watched is None else float(watched.p), int((found.tasks[first] & whole).sum())


def _name_test(design: Design) -> str:
    return ANYTIME if design.stopping == SEQUENTIAL else SIGN_FLIP


def _report(field: _Field, look: _Look, contrasts: int) -> ContrastResult:
    design = field.design
    paired, contrast, found = look.paired, look.contrast, look.pair
    estimate = paired.estimate
    p = None if look.p is None else look.adjusted
    verdict = decide(
        estimate,
        p,
        margin=design.margin,
        alpha=design.alpha,
        p_equivalence=look.adjusted_same,
        contrasts=contrasts,
        test=_name_test(design),
    )
    inner = verdict.equivalence.interval
    return ContrastResult(
        name=str(contrast),
        arm=contrast.arm,
        control=contrast.control,
        tasks=paired.tasks,
        families=len({family for family in look.families if family}),
        repeats=found.repeats,
        dropped=found.dropped,
        unfinished=found.unfinished,
        difference=to_estimate(estimate),
        error=estimate.se if math.isfinite(estimate.se) else None,
        simultaneous=UNKNOWN,
        p=look.p,
        test=_name_test(design),
        tested=look.tested,
        p_adjusted=p,
        p_max_t=None,
        correlation=paired.correlation,
        discordance=Discordance(paired.wins, paired.losses, paired.ties),
        mcnemar=_test_once(field, found),
        equivalence=Estimate(paired.difference, inner.low, inner.high, inner.method),
        p_equivalence=look.p_equivalence if look.adjusted_same is None else look.adjusted_same,
        detectable=_detectable(field, found),
        cost_ratio=_ratio(field.costs, look),
        cost_unit=field.unit,
        seconds_ratio=_ratio(field.seconds, look),
        verdict=verdict.ruling,
        sentence=verdict.reason,
    )


def _judge_together(field: _Field, looks: Sequence[_Look], found: Sequence[ContrastResult]) -> list[ContrastResult]:
    """With what only all contrasts together tell: max-T by joint flips, and intervals that hold at the same time."""
    cube, design = field.cube, field.design
    values, used = differences(cube, field.scores, [look.pair for look in looks])
    families = cube.pick_families(used)
    is_fixed = design.stopping != SEQUENTIAL
    joint = max_t(values, families, seed=design.seed).adjusted if is_fixed else [None] * len(found)
    bands = simultaneous(values, families, level=1.0 - design.alpha, seed=design.seed)
    return [
        replace(
            each,
            p_max_t=None if each.p is None or p is None else max(p, each.p),  # flips are drawn, and others for each
            simultaneous=Estimate(each.difference.value, bound(band.low), bound(band.high), band.method),
        )
        for each, p, band in zip(found, joint, bands, strict=True)
    ]


def _test_once(field: _Field, found: Pair) -> float | None:
    """McNemar's exact p where each task was tried once and passed or not; it knows of no families."""
    if found.repeats > 1 or field.cube.has_families:
        return None
    arm, control = found.sides(field.passed)
    return mcnemar(arm, control).exact


def _detectable(field: _Field, found: Pair) -> float | None:
    arm, control = found.sides(field.scores)
    if len(arm) < 2:
        return None
    variances = Variances.of_pilot(arm, control)
    if variances.effect + variances.noise == 0.0:
        return None
    return smallest_effect(len(arm), variances, found.repeats, alpha=field.design.alpha)


def _ratio(values: Floats, look: _Look) -> Estimate:
    arm, control = look.pair.sides(values)
    try:
        found = cost_ratio(arm, control, look.families)
    except SetupError:  # a task that cost nothing: no factor of it can be told
        return UNKNOWN
    return Estimate(found.value, bound(found.low), bound(found.high), "geometric mean of task ratios, t")
