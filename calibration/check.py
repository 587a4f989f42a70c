"""One line of the table: what was found of the lab, how sure that is, and what it has to be; and the table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

ERRORS = 3.0
"""A figure may be so many standard errors off."""
EXACT = 1e-9
"""What has to be equal may differ by less: numbers added in another order."""


@dataclass(frozen=True)
class Check:
    """A figure, its own standard error, and the range that it has to lie in; without one it is only told."""

    what: str
    found: float
    low: float
    high: float
    count: int
    """Experiments, trials or relations that it is made of."""
    error: float | None = None
    """None: no chance has a part in it."""

    @property
    def is_good(self) -> bool:
        """True where it lies in its range; what is no number lies in none."""
        return self.low <= self.found <= self.high


def rate(what: str, hits: ArrayLike, wanted: float) -> Check:
    """A share of experiments that has to be `wanted`, give or take three binomial standard errors."""
    return _rate(what, hits, wanted, wanted)


def at_most(what: str, hits: ArrayLike, most: float) -> Check:
    """A share of experiments that may be less."""
    return _rate(what, hits, 0.0, most)


def at_least(what: str, hits: ArrayLike, least: float) -> Check:
    """A share of experiments that may be more."""
    return _rate(what, hits, least, 1.0)


def within(what: str, hits: ArrayLike, wanted: float, reach: float) -> Check:
    """A share of experiments that may be off by `reach`, and by chance beside that."""
    return _rate(what, hits, wanted - reach, wanted + reach)


def mean_of(what: str, values: ArrayLike, wanted: float, wanted_error: float = 0.0) -> Check:
    """A mean over experiments that has to be `wanted`, give or take three of its own standard errors.

    `wanted_error`: of what is wanted, where that was measured too.
    """
    found = np.asarray(values, dtype=np.float64)
    error = float(found.std(ddof=1)) / math.sqrt(len(found))
    reach = ERRORS * math.hypot(error, wanted_error)
    return Check(what, float(found.mean()), wanted - reach, wanted + reach, len(found), error)


def equal(what: str, differences: ArrayLike, bound: float = EXACT) -> Check:
    """The largest of differences that have to be none."""
    found = np.abs(np.asarray(differences, dtype=np.float64))
    return Check(what, float(found.max(initial=0.0)) if found.size else math.nan, 0.0, bound, int(found.size))


def told(what: str, hits: ArrayLike) -> Check:
    """A share that nothing is wanted of."""
    return _rate(what, hits, -math.inf, math.inf)


def print_checks(case: str, checks: Sequence[Check]) -> None:
    """A block of the table."""
    print(f"\n{case:58}{'of':>7}  {'found':>8}  {'error':>7}  wanted", flush=True)
    for check in checks:
        error = "" if check.error is None else f"{check.error:7.4f}"
        print(f"  {check.what:56}{check.count:>7,}  {check.found:8.4f}  {error:>7}  {_show_range(check)}", flush=True)


def _show_range(check: Check) -> str:
    if math.isinf(check.low) and math.isinf(check.high):
        return "told"
    return f"{check.low:.4f} to {check.high:.4f}  {'ok' if check.is_good else 'OUT'}"


def _rate(what: str, hits: ArrayLike, low: float, high: float) -> Check:
    found = np.asarray(hits, dtype=np.float64)
    count = len(found)
    share = float(found.mean())
    if math.isfinite(low):
        low, high = max(0.0, low - ERRORS * _spread(low, count)), min(1.0, high + ERRORS * _spread(high, count))
    return Check(what, share, low, high, count, _spread(share, count))


def _spread(share: float, count: int) -> float:
    return math.sqrt(share * (1.0 - share) / count) if 0.0 < share < 1.0 else 0.0
