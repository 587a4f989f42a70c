"""Trials that something outside breaks, in one arm and on hard tasks above all: the comparison may not notice."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from calibration.alike import ALPHA, covers
from calibration.check import Check, mean_of, rate
from calibration.crew import Crew
from calibration.drawing import flip
from calibration.product import Product, lay, plan
from calibration.size import Shape, Size

EFFECT = 0.1
BROKEN = 0.8
"""Of the arm's trials on the hardest tasks; none on the easiest."""


@dataclass(frozen=True)
class Found:
    """Of one experiment."""

    value: float
    covers_truth: bool
    apart: float
    """The difference of the arms' means, each over the trials that it has."""
    is_told: bool
    """Whether the report says how many tasks are left out, and warns."""


def check_missing(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """One arm loses trials the more, the harder the task is."""
    found = crew.repeat("missing", size.broken.experiments, partial(_draw, product, size.broken))
    yield mean_of("the mean of estimates", [one.value for one in found], EFFECT)
    yield rate("the interval holds the effect", [one.covers_truth for one in found], 1 - ALPHA)
    naive = mean_of(
        "beside them, the arms' means, which are of other tasks", [one.apart - one.value for one in found], 0.0
    )
    yield Check(naive.what, naive.found, naive.high, 1.0, naive.count, naive.error)
    yield rate("reports that tell how many tasks are left out", [one.is_told for one in found], 1.0)


def _draw(product: Product, shape: Shape, rng: np.random.Generator) -> Found:
    hardness = rng.random((shape.tasks, 1))
    scores = flip(rng, 0.85 - 0.7 * hardness + np.array([0.0, EFFECT]), shape.repeats)
    is_broken = np.zeros(scores.shape, dtype=bool)
    is_broken[:, 1] = rng.random((shape.tasks, shape.repeats)) < BROKEN * hardness
    analysis = product.analyse(plan(scores), lay(scores, is_broken=is_broken))
    contrast, means = analysis.contrasts[0], [arm.score.value or 0.0 for arm in analysis.arms]
    lost = int(is_broken.any(axis=(1, 2)).sum())
    is_told = contrast.dropped == lost and "infrastructure" in {caution.code for caution in analysis.cautions}
    return Found(contrast.difference.value or 0.0, covers(contrast, EFFECT), means[1] - means[0], is_told)
