"""Planted effects: that they are measured as they are, found as often as planned, and what several questions cost."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from agent_brain.lab.analysis.analysis import ContrastResult
from agent_brain.lab.statistics.power import Variances, power_of
from calibration.alike import ALPHA, is_rejected
from calibration.check import Check, at_least, at_most, mean_of, within
from calibration.crew import Crew
from calibration.drawing import draw_scores, true_moment, true_rate
from calibration.product import Product
from calibration.size import Shape, Size

SHIFTS = (0.0, 0.7)
POWER_REACH = 0.05
"""What equation 9 may be off by: it is of the normal distribution."""
ARMS = 8
"""Beside the control."""


def check_effects(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """An effect of known size, and the power that the lab plans with."""
    shape = size.effects
    found = crew.repeat("effects", shape.experiments, partial(_draw, product, shape))
    truth = true_rate(SHIFTS[1]) - true_rate(SHIFTS[0])
    yield mean_of("a planted effect: the mean of estimates", [_find_value(each) for each in found], truth)
    power = power_of(truth, shape.tasks, Variances(*true_moment(SHIFTS)), shape.repeats)
    hits = [is_rejected(each) for each in found]
    yield within("a planted effect: found, beside the planned power", hits, power, POWER_REACH)
    squares = [(each.error or 0.0) ** 2 for each in found]
    variance = Variances(*true_moment(SHIFTS)).with_repeats(shape.repeats) / shape.tasks
    yield mean_of("a planted effect: the mean of squared errors", squares, variance)


def check_several(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """Eight arms beside one control: all alike, or one of them better."""
    shape = size.many
    alike = crew.repeat("several", shape.experiments, partial(_draw_many, product, shape, 0.0))
    yield at_most("8 arms alike: any p by Holm below .05", [_is_any(each, "p_adjusted") for each in alike], ALPHA)
    yield at_most("8 arms alike: any p by max-T below .05", [_is_any(each, "p_max_t") for each in alike], ALPHA)
    yield at_least("8 arms alike: all joint intervals hold 0", [_hold_together(each) for each in alike], 1 - ALPHA)
    mixed = crew.repeat("mixed", shape.experiments // 2, partial(_draw_many, product, shape, 2.0))
    false = [_is_any(each[:-1], "p_adjusted") or _is_any(each[:-1], "p_max_t") for each in mixed]
    yield at_most("one better: any of the 7 others found", false, ALPHA)
    gain = [float(_is_any(each[-1:], "p_max_t")) - float(_is_any(each[-1:], "p_adjusted")) for each in mixed]
    low = mean_of("one better: found by max-T more often than by Holm", gain, 0.0)
    yield Check(low.what, low.found, low.low, 1.0, low.count, low.error)
    yield at_least("one better: found by max-T", [_is_any(each[-1:], "p_max_t") for each in mixed], 0.5)


def _draw(product: Product, shape: Shape, rng: np.random.Generator) -> ContrastResult:
    return product.judge(draw_scores(rng, shape.tasks, shape.repeats, SHIFTS))[0]


def _draw_many(product: Product, shape: Shape, last: float, rng: np.random.Generator) -> list[ContrastResult]:
    return product.judge(draw_scores(rng, shape.tasks, shape.repeats, [0.0] * ARMS + [last]))


def _find_value(each: ContrastResult) -> float:
    return float("nan") if each.difference.value is None else each.difference.value


def _is_any(found: list[ContrastResult], name: str) -> bool:
    """Whether a p-value of this kind rejects."""
    return any((p := getattr(each, name)) is not None and p < ALPHA for each in found)


def _hold_together(found: list[ContrastResult]) -> bool:
    bands = [each.simultaneous for each in found]
    return all(one.low is not None and one.high is not None and one.low <= 0.0 <= one.high for one in bands)
