"""An estimate: a value, how sure it is, and what can be read off it at any level."""

import math
from dataclasses import dataclass
from typing import Self

from agent_brain.lab.statistics.arrays import between
from agent_brain.lab.statistics.distributions import t_cdf, t_quantile, t_two_sided
from agent_brain.lab.statistics.units import Units

INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, holding the truth in a share `level` of all experiments."""

    low: float
    high: float
    level: float
    method: str = ""

    def is_inside(self, low: float, high: float) -> bool:
        """Whether all of it lies strictly between."""
        return low < self.low and self.high < high


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over independent witnesses with Student's interval.

    One witness says nothing of the others: the standard error is infinite, and so is the interval, or it is `bounds`.
    Where all witnesses have the same value v, and a value can only lie within `bounds`, Student's interval would be of
    no width. Of all tasks at most a share 1 - (alpha/2)^(1/count) can then be of another value, and the interval
    allows for the worst of them. Its degenerate case is Clopper and Pearson's.
    """

    value: float
    se: float
    count: int
    """Of witnesses: tasks, or families."""
    tasks: int
    level: float = 0.95
    method: str = "tasks"
    bounds: tuple[float, float] | None = None

    @classmethod
    def of(cls, units: Units, level: float, bounds: tuple[float, float] | None = None) -> Self:
        """From a number per witness. Raises: SetupError for a level that is none."""
        between(level, "a level of confidence", 0.0, 1.0)
        return cls(units.value, units.se, units.count, units.tasks, level, units.method, bounds)

    @property
    def df(self) -> int:
        """Degrees of freedom."""
        return self.count - 1

    @property
    def is_degenerate(self) -> bool:
        """Whether no witness differs from another, so that there is no spread to go by."""
        return self.se == 0.0

    @property
    def interval(self) -> Interval:
        """At its own level."""
        return self.interval_at(self.level)

    @property
    def low(self) -> float:
        """The lower end of its interval."""
        return self.interval.low

    @property
    def high(self) -> float:
        """The upper end of its interval."""
        return self.interval.high

    @property
    def t(self) -> float | None:
        """Standard errors from 0; None where there is no standard error to go by."""
        return self.value / self.se if 0.0 < self.se < INFINITE else None

    @property
    def p(self) -> float | None:
        """Two-sided, of a truth of 0; None where `t` is."""
        t = self.t
        return None if t is None else t_two_sided(t, self.df)

    def interval_at(self, level: float) -> Interval:
        """At another level."""
        if self.is_degenerate or self.se == INFINITE:
            return self._bounded(level)
        half = t_quantile(0.5 + level / 2.0, self.df) * self.se
        return self.around(half, level, f"t, {self.method}")

    def around(self, half: float, level: float, method: str) -> Interval:
        """So far to both sides, and no further than a value can lie: no less surely holds it the truth."""
        low, high = self.bounds or (-INFINITE, INFINITE)
        return Interval(max(low, self.value - half), min(high, self.value + half), level, method)

    def p_below(self, limit: float) -> float:
        """One-sided: how well a truth at or above `limit` would go with it; small where it is surely below."""
        return self._p_one_sided(limit - self.value, None if self.bounds is None else self.bounds[1] - self.value)

    def p_above(self, limit: float) -> float:
        """One-sided: how well a truth at or below `limit` would go with it; small where it is surely above."""
        return self._p_one_sided(self.value - limit, None if self.bounds is None else self.value - self.bounds[0])

    def _p_one_sided(self, distance: float, room: float | None) -> float:
        if 0.0 < self.se < INFINITE:
            return t_cdf(-distance / self.se, self.df)
        if distance <= 0.0:
            return 1.0
        if self.se == INFINITE:
            return 0.0 if room is not None and distance > room else 1.0
        share = distance / room if room else 1.0
        return float(max(0.0, 1.0 - share) ** self.count)

    def _bounded(self, level: float) -> Interval:
        if self.bounds is None:
            reach = 0.0 if self.is_degenerate else INFINITE
            return Interval(self.value - reach, self.value + reach, level, "constant" if not reach else "one witness")
        low, high = self.bounds
        if self.se == INFINITE:
            return Interval(low, high, level, "one witness")
        share = other_share(self.count, 0.5 + level / 2.0)
        return Interval(
            self.value - share * (self.value - low), self.value + share * (high - self.value), level, "no spread"
        )


def other_share(count: int, confidence: float = 0.95) -> float:
    """The share that may differ from `count` witnesses that were all alike; at 95 % it is near 3 / count."""
    return -math.expm1(math.log1p(-confidence) / count)
