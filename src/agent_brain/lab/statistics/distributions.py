"""The distributions that tests and intervals are read from; the only file that knows scipy."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

_NODES = 801
_SPAN = 9.0
"""In standard deviations: what lies beyond is less than the smallest float beside 1."""


def t_cdf(t: float, df: float) -> float:
    """The chance of a Student variable at or below `t`."""
    return float(special.stdtr(df, t))


def t_quantile(chance: float, df: float) -> float:
    """Where Student's distribution has `chance` below it."""
    return float(special.stdtrit(df, chance))


def t_two_sided(t: float, df: float) -> float:
    """The chance of a Student variable at least as far from 0 as `t`."""
    return float(2.0 * special.stdtr(df, -abs(t)))


def noncentral_t_cdf(t: float, df: float, shift: float) -> float:
    """The chance at or below `t` where the truth is `shift` standard errors from 0."""
    return float(special.nctdtr(df, shift, t))


def normal_cdf(z: float) -> float:
    """The chance of a standard normal variable at or below `z`."""
    return float(special.ndtr(z))


def normal_quantile(chance: float) -> float:
    """Where the standard normal distribution has `chance` below it."""
    return float(special.ndtri(chance))


def beta_quantile(chance: float, a: float, b: float) -> float:
    """Where the beta distribution has `chance` below it."""
    return float(special.betaincinv(a, b, chance))


def log_beta(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """The logarithm of the beta function, of each pair."""
    return np.asarray(special.betaln(a, b), dtype=np.float64)


def coin_cdf(heads: int, throws: int) -> float:
    """The chance of at most `heads` in `throws` of a fair coin."""
    return float(special.bdtr(heads, throws, 0.5))


def coin_chance(heads: int, throws: int) -> float:
    """The chance of just `heads` in `throws` of a fair coin."""
    log_ways = special.gammaln(throws + 1) - special.gammaln(heads + 1) - special.gammaln(throws - heads + 1)
    return float(np.exp(log_ways - throws * math.log(2.0)))


def chi2_tail(value: float, df: int) -> float:
    """The chance of a chi-squared variable above `value`."""
    return float(special.chdtrc(df, value))


def f_tail(value: float, df_effect: float, df_error: float) -> float:
    """The chance of an F variable above `value`."""
    return float(special.fdtrc(df_effect, df_error, value))


def expected_normal(weight: Callable[[np.ndarray], np.ndarray]) -> float:
    """The mean of `weight` over a standard normal variable, by the trapezoid rule."""
    z = np.linspace(-_SPAN, _SPAN, _NODES)
    density = np.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi)
    return float(np.sum(weight(z) * density) * (z[1] - z[0]))


def expected_maximum(count: int) -> float:
    """The mean of the largest of `count` standard normal variables."""
    return expected_normal(lambda z: count * z * special.ndtr(z) ** (count - 1))
