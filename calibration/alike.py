"""Arms that are alike: how often the lab says that they differ, and how often its intervals hold the truth."""

from collections.abc import Iterator
from functools import partial
from math import inf

import numpy as np

from agent_brain.lab.analysis.analysis import ContrastResult
from agent_brain.lab.statistics.verdict import Ruling
from calibration.check import Check, at_most, equal, rate
from calibration.crew import Crew
from calibration.drawing import draw_scores, true_rate
from calibration.product import Product
from calibration.size import Shape, Size

ALPHA = 0.05
FOUND = (Ruling.BETTER, Ruling.WORSE)
SHIFT = 0.7
"""Of an effect, in log odds."""
UNEVEN = 1.5
"""What an arm adds to the log odds of half of the tasks, and takes from those of the others."""


def check_alike(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """The same arm twice, and an effect whose size is known."""
    found = crew.repeat("alike", size.alike.experiments, partial(_draw, product, size.alike, 0.0))
    yield rate("A/A: sign-flip p below .05", [is_rejected(each) for each in found], ALPHA)
    yield at_most("A/A: called better or worse", [each.verdict in FOUND for each in found], ALPHA)
    yield rate("A/A: the interval holds 0", [covers(each, 0.0) for each in found], 1 - ALPHA)
    truth = true_rate(SHIFT) - true_rate(0.0)
    others = crew.repeat("coverage", size.coverage, partial(_draw, product, size.alike, SHIFT))
    yield rate("an effect: the interval holds it", [covers(each, truth) for each in others], 1 - ALPHA)


def check_families(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """The same arm twice, on tasks of families that are alike inside."""
    clustered = crew.repeat("families", size.families.experiments, partial(_draw_families, product, size.families))
    yield at_most("A/A in families: sign-flip p below .05", [is_rejected(each) for each in clustered], ALPHA)
    yield rate("A/A in families: the interval holds 0", [covers(each, 0.0) for each in clustered], 1 - ALPHA)


def check_uneven(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """An arm that is better on half of the tasks and worse on the others: repeats are no further tasks."""
    found = crew.repeat("uneven", size.uneven.experiments, partial(_draw_uneven, product, size.uneven))
    yield at_most("uneven effects: sign-flip p below .05", [is_rejected(each) for each in found], ALPHA)
    yield rate("uneven effects: the interval holds 0", [covers(each, 0.0) for each in found], 1 - ALPHA)
    yield equal("uneven effects: pooled tests that are offered", [each.mcnemar is not None for each in found])


def is_rejected(each: ContrastResult, alpha: float = ALPHA) -> bool:
    """Whether its own test rejects."""
    return each.p is not None and each.p < alpha


def covers(each: ContrastResult, truth: float) -> bool:
    """Whether its interval holds the truth; a bound that nobody knows is none."""
    low, high = each.difference.low, each.difference.high
    return (-inf if low is None else low) <= truth <= (inf if high is None else high)


def _draw(product: Product, shape: Shape, shift: float, rng: np.random.Generator) -> ContrastResult:
    return product.judge(draw_scores(rng, shape.tasks, shape.repeats, (0.0, shift)))[0]


def _draw_families(product: Product, shape: Shape, rng: np.random.Generator) -> ContrastResult:
    """Families of three to eight tasks, in each of which the arm does better or worse on all alike."""
    codes = np.repeat(np.arange(shape.tasks), rng.integers(3, 9, shape.tasks))
    shifts = np.zeros((len(codes), 2))
    shifts[:, 1] = rng.normal(0.0, 2 * UNEVEN, shape.tasks)[codes]
    scores = draw_scores(rng, len(codes), shape.repeats, shifts)
    return product.judge(scores, [f"f{code}" for code in codes])[0]


def _draw_uneven(product: Product, shape: Shape, rng: np.random.Generator) -> ContrastResult:
    shifts = np.zeros((shape.tasks, 2))
    shifts[:, 1] = rng.choice((-UNEVEN, UNEVEN), shape.tasks)
    return product.judge(draw_scores(rng, shape.tasks, shape.repeats, shifts))[0]
