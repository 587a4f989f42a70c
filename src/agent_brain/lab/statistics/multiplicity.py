"""Several questions at once: p-values that hold for all of them together, and intervals that do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array, between, vector
from agent_brain.lab.statistics.distributions import t_quantile
from agent_brain.lab.statistics.estimate import Estimate, Interval
from agent_brain.lab.statistics.paired import DIFFERENCES
from agent_brain.lab.statistics.sign_flip import EXACT_MAX, FLIPS, TIE, sign_blocks
from agent_brain.lab.statistics.units import Families, Units


@dataclass(frozen=True, slots=True)
class MaxT:
    """Step-down p-values of contrasts that share tasks, each at least its own sign-flip p."""

    adjusted: list[float]
    """In the order of the contrasts; below alpha for one that is false in at most a share alpha of experiments."""
    flips: int
    is_exact: bool


def holm(p_values: ArrayLike) -> list[float]:
    """P-values that bound the chance of one false finding in the family. Raises: SetupError for what is no p-value."""
    found, order = _ordered(p_values)
    factors = np.arange(len(found), 0, -1)
    return _put_back(np.minimum(1.0, np.maximum.accumulate(found[order] * factors)), order)


def benjamini_hochberg(p_values: ArrayLike) -> list[float]:
    """P-values that bound the share of false findings: for exploring only. Raises: SetupError as `holm`."""
    found, order = _ordered(p_values)
    scaled = found[order] * len(found) / np.arange(1, len(found) + 1)
    return _put_back(np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1]), order)


def max_t(differences: ArrayLike, families: Sequence[str] | None = None, *, flips: int = FLIPS, seed: int = 0) -> MaxT:
    """Step-down max-T by joint flips: all differences of a task change their sign together.

    More power than Holm's where arms share tasks, because it knows how alike the contrasts are. Shapes: tasks x
    contrasts, NaN for a task that a contrast had to leave out. Raises: SetupError for a contrast without tasks.
    Source: Westfall and Young 1993.
    """
    columns = _columns(differences, families)
    parts = np.column_stack([units.parts for units in columns])
    parts = parts[np.abs(parts).max(axis=1) > 0.0]
    lengths = np.sqrt(np.sum(parts**2, axis=0))
    scaled = parts / np.where(lengths > 0.0, lengths, 1.0)
    # Flips leave the sum of squares as it is, so Student's t rises and falls with the scaled sum alone.
    seen = np.abs(scaled.sum(axis=0))
    order = np.argsort(-seen, kind="stable")
    reach = seen[order] - TIE * np.abs(scaled[:, order]).sum(axis=0)
    hits, tried = np.zeros(len(order)), 0
    for signs in sign_blocks(len(scaled), flips, seed):
        sums = np.abs(signs @ scaled)[:, order]
        hits += (np.maximum.accumulate(sums[:, ::-1], axis=1)[:, ::-1] >= reach).sum(axis=0)
        tried += len(signs)
    is_exact = len(scaled) <= EXACT_MAX
    p_values = hits / tried if is_exact else (1.0 + hits) / (1.0 + tried)
    return MaxT(_put_back(np.maximum.accumulate(p_values), order), tried + (not is_exact), is_exact)


def simultaneous(
    differences: ArrayLike,
    families: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    flips: int = FLIPS,
    seed: int = 0,
) -> list[Interval]:
    """One interval per contrast, all of which hold together: the quantile of the largest |t| under joint flips.

    Never narrower than the single interval, never wider than `bonferroni`'s. Shapes and errors as `max_t`.
    """
    columns = _columns(differences, families)
    estimates = [Estimate.of(units, level, DIFFERENCES) for units in columns]
    # With one contrast both bounds of its quantile are Student's, so that nothing drawn could move it.
    largest = _largest_t(columns, flips, seed) if len(columns) > 1 else np.zeros(0)
    drawn = float(np.quantile(largest, level, method="higher")) if len(largest) else 0.0
    return [_widened(estimate, drawn, len(columns)) for estimate in estimates]


def bonferroni(estimates: Sequence[Estimate]) -> list[Interval]:
    """Each estimate's interval, widened so that all hold together at the level of the first."""
    return [one.interval_at(1.0 - (1.0 - one.level) / len(estimates)) for one in estimates]


def _widened(estimate: Estimate, drawn: float, contrasts: int) -> Interval:
    widest = 1.0 - (1.0 - estimate.level) / contrasts
    if estimate.is_degenerate or estimate.df < 1:
        return estimate.interval_at(widest)
    least, most = (t_quantile(0.5 + level / 2.0, estimate.df) for level in (estimate.level, widest))
    half = float(np.clip(drawn, least, most)) * estimate.se
    return estimate.around(half, estimate.level, "max-T")


def _largest_t(columns: Sequence[Units], flips: int, seed: int) -> Array:
    """The largest |t| over contrasts, of residuals whose signs are drawn jointly."""
    spread = [units for units in columns if units.count > 1 and not units.is_constant]
    if not spread:
        return np.zeros(0)
    residuals = np.column_stack([units.residuals for units in spread])
    counts = np.array([units.count for units in spread], dtype=np.float64)
    squares = np.sum(residuals**2, axis=0)
    largest = []
    for signs in sign_blocks(len(residuals), flips, seed):
        means = signs @ residuals / counts
        variances = np.maximum(squares - counts * means**2, TIE * squares) / (counts * (counts - 1.0))
        largest.append(np.max(np.abs(means) / np.sqrt(variances), axis=1))
    return np.concatenate(largest)


def _columns(differences: ArrayLike, families: Sequence[str] | None) -> list[Units]:
    found = np.asarray(differences, dtype=np.float64)
    if found.ndim != 2 or not found.size:
        raise SetupError(f"differences have the shape {found.shape}; wanted tasks x contrasts, at least one of each")
    if np.isinf(found).any():
        raise SetupError("differences hold an infinite number; wanted finite ones, or NaN where a task was left out")
    groups = Families.of(families, len(found))
    return [Units.of(column, groups) for column in found.T]


def _ordered(p_values: ArrayLike) -> tuple[Array, NDArray[np.intp]]:
    found = vector(p_values, "p-values")
    for value in found[(found < 0.0) | (found > 1.0)]:
        between(float(value), "a p-value", 0.0, 1.0)
    return found, np.argsort(found, kind="stable")


def _put_back(values: Array, order: NDArray[np.intp]) -> list[float]:
    out = np.empty(len(values))
    out[order] = values
    return [float(value) for value in out]
