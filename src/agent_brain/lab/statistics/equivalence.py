"""That a difference does not matter: two one-sided tests; a test that merely finds nothing does not show it."""

import math
from dataclasses import dataclass

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import between
from agent_brain.lab.statistics.estimate import Estimate, Interval

MARGIN = 0.03
"""Three points of score."""


@dataclass(frozen=True, slots=True)
class Equivalence:
    """Two one-sided tests against a margin on both sides."""

    margin: float
    p: float
    """The larger of both; below alpha, the difference is smaller than the margin either way."""
    interval: Interval
    """At 1 - 2 alpha: what must lie within the margins."""
    alpha: float

    @property
    def is_shown(self) -> bool:
        """Whether both tests reject."""
        return self.p < self.alpha


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """One one-sided test: that an arm is not worse by the margin or more."""

    margin: float
    p: float
    low: float
    """The lower bound of the difference at 1 - alpha."""
    alpha: float

    @property
    def is_shown(self) -> bool:
        """Whether the test rejects."""
        return self.p < self.alpha


def equivalence(difference: Estimate, margin: float = MARGIN, *, alpha: float = 0.05) -> Equivalence:
    """Test that a difference lies within +-margin. Raises: SetupError for a margin that is not above 0."""
    _check(margin, alpha)
    p = max(difference.p_below(margin), difference.p_above(-margin))
    return Equivalence(margin, p, difference.interval_at(1.0 - 2.0 * alpha), alpha)


def non_inferiority(difference: Estimate, margin: float = MARGIN, *, alpha: float = 0.05) -> NonInferiority:
    """Test that a difference is above -margin. Raises: SetupError for a margin that is not above 0."""
    _check(margin, alpha)
    return NonInferiority(margin, difference.p_above(-margin), difference.interval_at(1.0 - 2.0 * alpha).low, alpha)


def _check(margin: float, alpha: float) -> None:
    between(alpha, "alpha", 0.0, 0.5)
    if not 0.0 < margin < math.inf:
        raise SetupError(f"the margin is {margin:g}; wanted a number above 0: the least difference that matters")
