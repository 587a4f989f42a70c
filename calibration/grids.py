"""Interactions: that two ways to compute them agree, and that effects which add up have none."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from agent_brain.lab.analysis.cube import lay_out
from agent_brain.lab.analysis.design import ArmDesign
from agent_brain.lab.analysis.factors import list_grids
from agent_brain.lab.statistics.distributions import t_quantile
from calibration.alike import ALPHA
from calibration.check import Check, equal, mean_of, rate
from calibration.crew import Crew
from calibration.drawing import Floats, flip
from calibration.product import Product, lay, plan
from calibration.size import Shape, Size

ROW, COLUMN = 0.2, 0.1
"""What the second levels add to a score."""
CELLS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""The levels of the arms, in their order."""


@dataclass(frozen=True)
class Found:
    """Of one 2 x 2 grid."""

    value: float
    covers_zero: bool
    t_squared: float
    """As the report's interval has it."""
    f: float
    """By sums of squares, as a textbook has it."""
    row: float


def check_grids(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """A world in which effects add up, on the scale of scores."""
    found = crew.repeat("grids", size.grids.experiments, partial(_draw, size.grids))
    yield equal("the interaction's t squared, less F", [(one.t_squared - one.f) / max(1.0, one.f) for one in found])
    yield mean_of("effects that add up: the mean interaction", [one.value for one in found], 0.0)
    yield rate("effects that add up: the interval holds 0", [one.covers_zero for one in found], 1 - ALPHA)
    yield mean_of("effects that add up: the mean main effect", [one.row for one in found], ROW)


def _draw(shape: Shape, rng: np.random.Generator) -> Found:
    base = rng.uniform(0.1, 0.6, (shape.tasks, 1))
    scores = flip(rng, base + np.array([row * ROW + column * COLUMN for row, column in CELLS]), shape.repeats)
    arms = tuple(
        ArmDesign(f"a{i}", factors={"net": str(row), "memory": str(column)}) for i, (row, column) in enumerate(CELLS)
    )
    design = replace(plan(scores), arms=arms)
    [grid] = list_grids(lay_out(lay(scores), [arm.name for arm in arms]), design)
    told = grid.interactions[0].estimate
    value, low, high = told.value or 0.0, told.low or 0.0, told.high or 0.0
    error = (high - low) / 2 / t_quantile(1 - ALPHA / 2, shape.tasks - 1)
    row = next(effect.estimate.value for effect in grid.effects if effect.factor == "net")
    return Found(
        value, low <= 0.0 <= high, (value / error) ** 2, _find_f(scores.mean(axis=2).reshape(-1, 2, 2)), row or 0.0
    )


def _find_f(cells: Floats) -> float:
    """The interaction's mean square over what is left within tasks."""
    tasks = len(cells)
    means = cells.mean(axis=0)
    both = means - means.mean(axis=1, keepdims=True) - means.mean(axis=0, keepdims=True) + means.mean()
    own = (
        cells
        - cells.mean(axis=2, keepdims=True)
        - cells.mean(axis=1, keepdims=True)
        + cells.mean(axis=(1, 2))[:, None, None]
    )
    return float(tasks * (both**2).sum() / (((own - both) ** 2).sum() / (tasks - 1)))
