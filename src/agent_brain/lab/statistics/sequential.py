"""When an experiment may stop before its end, although it is looked at again and again."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array, between, vector
from agent_brain.lab.statistics.distributions import log_beta
from agent_brain.lab.statistics.estimate import Interval

PRIOR = 0.5
"""The parameter of the McNemar e-process: its bets are drawn from a beta distribution with it on both sides."""
LEVEL = 0.05
BET_MAX = 0.499
"""A bet stays below one half, so that no task can cost half of what was won."""
VARIANCE_START = 0.25
"""Of differences, before one has been seen; it weighs as much as one task."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Evidence against "no difference", after each task; at 1 / alpha an experiment may stop, whenever that is.

    It may be looked at after every task: in a share of at most alpha of experiments without a difference it ever gets
    there. It is kept as a logarithm, because strong evidence is too large a number.
    """

    log_path: Array
    alpha: float

    @property
    def log_evidence(self) -> float:
        """After the last task."""
        return float(self.log_path[-1])

    @property
    def evidence(self) -> float:
        """The same as a number, infinite where that is too large."""
        return math.exp(self.log_evidence) if self.log_evidence < 700.0 else math.inf

    @property
    def stopped_at(self) -> int | None:
        """The number of tasks after which it was enough; None where it never was."""
        enough = np.flatnonzero(self.log_path >= -math.log(self.alpha))
        return int(enough[0]) + 1 if len(enough) else None

    @property
    def p(self) -> float:
        """A p-value that holds whenever one stops: 1 over the most evidence there ever was."""
        return min(1.0, math.exp(-max(0.0, float(self.log_path.max()))))


def log_evidence_of(wins: ArrayLike, losses: ArrayLike, prior: float = PRIOR) -> Array:
    """The McNemar e-value of counts of discordant tasks, as a logarithm: 2^(b+c) B(a+b, a+c) / B(a, a).

    Raises: SetupError for counts below 0, or a prior that is not above 0.
    """
    b, c = np.asarray(wins, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    if not prior > 0.0 or not (np.all(b >= 0) and np.all(c >= 0)):
        raise SetupError("wins, losses or the prior are no counts or below 0; wanted counts, and a prior above 0")
    return np.asarray((b + c) * math.log(2.0) + log_beta(prior + b, prior + c) - log_beta(prior, prior))


def watch_single(differences: ArrayLike, *, alpha: float = LEVEL) -> Watch:
    """For tasks tried once by each arm: differences of -1, 0 and 1, in the random order in which they were done.

    Raises: SetupError for another difference: tasks that were repeated are watched by `watch_repeated`.
    """
    found = vector(differences, "differences")
    if not np.isin(found, (-1.0, 0.0, 1.0)).all():
        raise SetupError("a difference is not -1, 0 or 1; wanted tasks tried once: use `watch_repeated` for others")
    between(alpha, "alpha", 0.0, 1.0)
    return Watch(log_evidence_of(np.cumsum(found > 0), np.cumsum(found < 0)), alpha)


def watch_repeated(differences: ArrayLike, *, planned: int, alpha: float = LEVEL) -> Watch:
    """For any differences from -1 to 1, in the random order in which their tasks were done.

    Two gamblers bet a share of what they have on each next difference, one on the arm and one on the control, as much
    as suits `planned` tasks and the variance so far; evidence is what they have on average. `planned` and the order
    are settled beforehand. Of families, give each one's mean difference. Source: Waudby-Smith and Ramdas 2024.
    Raises: SetupError for a difference beyond 1, or a plan of no tasks.
    """
    found = vector(differences, "differences")
    between(alpha, "alpha", 0.0, 1.0)
    if np.abs(found).max() > 1.0:
        raise SetupError(f"a difference is {found[np.abs(found).argmax()]:g}; wanted numbers from -1 to 1")
    if planned < 1:
        raise SetupError(f"{planned} tasks are planned; wanted at least 1")
    bets = _bets(found, planned, alpha)
    for_arm, for_control = (np.cumsum(np.log1p(side * bets * found)) for side in (1.0, -1.0))
    return Watch(np.logaddexp(for_arm, for_control) - math.log(2.0), alpha)


def is_futile(interval: Interval, margin: float) -> bool:
    """Whether going on cannot show a difference that matters: the interval lies within +-margin."""
    return interval.is_inside(-margin, margin)


def _bets(differences: Array, planned: int, alpha: float) -> Array:
    """Each from what was before it alone."""
    squares = np.cumsum(differences**2) - differences**2
    variances = (squares + VARIANCE_START) / np.arange(1, len(differences) + 1)
    return np.asarray(np.minimum(BET_MAX, np.sqrt(2.0 * math.log(2.0 / alpha) / (variances * planned))))
