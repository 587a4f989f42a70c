"""Looking a few times, as planned: how far from 0 a difference must be at each look, so that they err rarely."""

import math
from collections.abc import Callable
from enum import StrEnum
from functools import cache

import numpy as np

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array, between
from agent_brain.lab.statistics.distributions import normal_cdf, normal_quantile

LOOKS = 5
LOOKS_MAX = 100
LEVEL = 0.05
LEVEL_MIN = 1e-8
"""Below it the rounding of a double is a part of what is looked for."""
NODES, NODES_A_UNIT = 100, 4.0
"""Of Gauss and Legendre's rule, between the bounds of a look: at least, and for each standard deviation of a step."""
HALVINGS = 40
"""Until a bound is known to twelve digits."""


class GroupRule(StrEnum):
    """How the error is spread over the looks."""

    POCOCK = "pocock"
    """The same bound at each look."""
    OBRIEN_FLEMING = "obrien_fleming"
    """Hard to cross early, and at the end nearly as without looks."""


_SHAPES: dict[GroupRule, Callable[[Array], Array]] = {
    GroupRule.POCOCK: np.ones_like,
    GroupRule.OBRIEN_FLEMING: lambda shares: shares**-0.5,
}
"""A bound at each look, from the share of the tasks that are done then, in units of the one at the end."""


def bound(rule: GroupRule, look: int, *, count: int = LOOKS, level: float = LEVEL) -> float:
    """How far |z| must be from 0 at this look of `count`, counted from 1, so that in a share `level` of experiments
    without a difference one of them is.

    Raises: SetupError for a look that is none. Source: Pocock 1977; O'Brien and Fleming 1979; the recursion of
    Armitage, McPherson and Rowe 1969.
    """
    if not 1 <= look <= count:
        raise SetupError(f"look {look} was asked for; known: 1 to {count}")
    return _find_bounds(rule, count, level)[look - 1]


def bound_p(rule: GroupRule, look: int, *, count: int = LOOKS, level: float = LEVEL) -> float:
    """The same as a two-sided p-value: an experiment may stop at this look where its p is below."""
    return 2.0 * normal_cdf(-bound(rule, look, count=count, level=level))


def looks(planned: int, count: int = LOOKS) -> list[int]:
    """After how many tasks to look. Raises: SetupError for fewer tasks than looks."""
    if planned < count:
        raise SetupError(f"{planned} tasks are planned; wanted at least {count}, one for each look")
    return [math.ceil(planned * look / count) for look in range(1, count + 1)]


@cache
def _find_bounds(rule: GroupRule, count: int, level: float) -> tuple[float, ...]:
    """The bound at the end is found by halving: it is no lower than without looks, and no higher than Bonferroni's."""
    if count > LOOKS_MAX:
        raise SetupError(f"{count} looks were asked for; wanted at most {LOOKS_MAX}: watch evidence after every task")
    between(level, "a level", LEVEL_MIN, 1.0)
    shape = _SHAPES[rule](np.arange(1, count + 1) / count)
    low, high = (normal_quantile(1.0 - level / 2.0 / tests) for tests in (1, count))
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _err(middle * shape) > level else (low, middle)
    return tuple(float(one) for one in high * shape)


def _err(bounds: Array) -> float:
    """How often |z| is ever at or beyond its bound where there is no difference.

    What is left after each look is the density of the sum of as many standard normal steps that never left its bounds.
    """
    reaches = bounds * np.sqrt(np.arange(1, len(bounds) + 1))
    nodes, weights = _make_nodes(max(NODES, math.ceil(NODES_A_UNIT * float(reaches.max()) / NODES) * NODES))
    places = nodes * reaches[0]
    left = _normal_density(places) * weights * reaches[0]
    for reach in reaches[1:]:
        left = left @ _normal_density(nodes * reach - places[:, None]) * weights * reach
        places = nodes * reach
    return float(1.0 - left.sum())


@cache
def _make_nodes(count: int) -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(count)


def _normal_density(z: Array) -> Array:
    return np.asarray(np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))
