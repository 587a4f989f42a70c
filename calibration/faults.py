"""Faults that a lab could have: each put in the place of the product, and found out by some check."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.analysis import Analysis, ContrastResult, Estimate
from agent_brain.lab.analysis.columns import Columns
from agent_brain.lab.analysis.design import Design
from agent_brain.lab.statistics.mcnemar import mcnemar
from agent_brain.lab.statistics.paired import compare
from calibration.drawing import Floats
from calibration.product import SHIPPED, Product, judge_scores


def double_errors(scores: Floats, *given: Any, **settings: Any) -> list[ContrastResult]:
    """Intervals twice as wide as they have to be."""
    return [_widen(each, 2.0) for each in judge_scores(scores, *given, **settings)]


def halve_errors(scores: Floats, *given: Any, **settings: Any) -> list[ContrastResult]:
    """Intervals half as wide."""
    return [_widen(each, 0.5) for each in judge_scores(scores, *given, **settings)]


def pool_repeats(scores: Floats, *given: Any, **settings: Any) -> list[ContrastResult]:
    """Each try counts as a task of its own."""
    found = judge_scores(scores, *given, **settings)
    return [
        replace(each, p=p, p_adjusted=p, mcnemar=p)
        for place, each in enumerate(found, start=1)
        for p in [mcnemar(scores[:, place].ravel(), scores[:, 0].ravel()).exact]
    ]


def forget_families(scores: Floats, *_: Any, **settings: Any) -> list[ContrastResult]:
    """Tasks of one family count as independent."""
    return judge_scores(scores, **settings)


def forget_contrasts(scores: Floats, *given: Any, **settings: Any) -> list[ContrastResult]:
    """P-values and intervals are not adjusted for the number of questions."""
    found = judge_scores(scores, *given, **settings)
    return [replace(each, p_adjusted=each.p, p_max_t=each.p, simultaneous=each.difference) for each in found]


def forget_looks(scores: Floats, *given: Any, **settings: Any) -> list[ContrastResult]:
    """The p-value of a fixed number of tasks, looked at after each of them."""
    found = judge_scores(scores, *given, **settings)
    if settings.get("stopping") != "sequential":
        return found
    ps = [compare(scores[:tasks, 1], scores[:tasks, 0]).estimate.p for tasks in range(10, len(scores) + 1, 5)]
    return [replace(each, p=min(1.0 if p is None else p for p in ps)) for each in found]


def flip_sign(scores: Floats, *given: Any, **settings: Any) -> list[ContrastResult]:
    """The control less the arm."""
    return [_replace_difference(each, -1.0) for each in judge_scores(scores, *given, **settings)]


def keep_all_splits(design: Design, columns: Columns) -> Analysis:
    """Arms are judged on the tasks that they were chosen on."""
    codes = np.zeros(len(columns), dtype=np.int64)
    return analyse(design, replace(columns, split=replace(columns.split, names=("",), codes=codes)))


def count_broken(design: Design, columns: Columns) -> Analysis:
    """What something outside broke is a failure of its arm."""
    wrong = np.where(columns.is_counted, columns.outcome, 1)
    return analyse(design, replace(columns, outcome=wrong))


def drop_one_side(design: Design, columns: Columns) -> Analysis:
    """A task that broke in one arm stays in the other."""
    found = analyse(design, columns)
    means = {arm.name: arm.score.value or 0.0 for arm in found.arms}
    contrasts = [
        _replace_difference(each, 1.0, means[each.arm] - means[each.control] - (each.difference.value or 0.0))
        for each in found.contrasts
    ]
    return replace(found, contrasts=tuple(contrasts))


FAULTS: Mapping[str, tuple[Product, str]] = {
    "doubled-errors": (replace(SHIPPED, judge=double_errors), "effects"),
    "halved-errors": (replace(SHIPPED, judge=halve_errors), "alike"),
    "pooled-repeats": (replace(SHIPPED, judge=pool_repeats), "uneven"),
    "no-families": (replace(SHIPPED, judge=forget_families), "families"),
    "other-sign": (replace(SHIPPED, judge=flip_sign), "effects"),
    "no-adjustment": (replace(SHIPPED, judge=forget_contrasts), "several"),
    "naive-looks": (replace(SHIPPED, judge=forget_looks), "looks"),
    "all-splits": (replace(SHIPPED, analyse=keep_all_splits), "choosing"),
    "broken-as-failed": (replace(SHIPPED, analyse=count_broken), "missing"),
    "broken-on-one-side": (replace(SHIPPED, analyse=drop_one_side), "missing"),
}
"""By name, the product with the fault, and the case that has to find it out."""


def _widen(each: ContrastResult, factor: float) -> ContrastResult:
    it = each.difference
    if it.value is None or it.low is None or it.high is None:
        return each
    low, high = it.value + factor * (it.low - it.value), it.value + factor * (it.high - it.value)
    error = None if each.error is None else factor * each.error
    return replace(each, difference=Estimate(it.value, low, high, it.method), error=error)


def _replace_difference(each: ContrastResult, sign: float, added: float = 0.0) -> ContrastResult:
    it = each.difference
    low, high = sorted(sign * (end or 0.0) + added for end in (it.low, it.high))
    return replace(each, difference=Estimate(sign * (it.value or 0.0) + added, low, high, it.method))
