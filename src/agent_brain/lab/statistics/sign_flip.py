"""The sign-flip test: if two arms are alike, each task's difference could as well have had the other sign."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array, vector
from agent_brain.lab.statistics.units import Families, Units

EXACT_MAX = 20
"""So many witnesses that differ, and all ways to flip them are tried; more, and ways are drawn."""
FLIPS = 9_999
BLOCK = 1 << 20
"""Signs held at once."""
TIE = 1e-9
"""Beside the largest sum that is possible: sums this near are the same, added in another order."""


@dataclass(frozen=True, slots=True)
class SignFlip:
    """A two-sided p-value of "no difference", and how it was come by."""

    p: float
    flips: int
    """Ways that were tried, the one that happened among them."""
    is_exact: bool
    """Whether they are all there are."""
    witnesses: int
    """Tasks or families; those without a difference are among them, and change nothing."""

    @property
    def p_least(self) -> float:
        """The smallest p-value that so many witnesses could have given."""
        return max(2.0 ** -(self.witnesses - 1), 1.0 / self.flips if not self.is_exact else 0.0)


def sign_flip(
    differences: ArrayLike, families: Sequence[str] | None = None, *, flips: int = FLIPS, seed: int = 0
) -> SignFlip:
    """Test whether the mean of task differences is 0; whole families are flipped where they are given.

    Exact up to `EXACT_MAX` witnesses that differ, else p = (1 + #{|D*| >= |D|}) / (1 + flips) from a seed.
    Raises: SetupError for no tasks, or what is no number.
    """
    found = vector(differences, "differences")
    units = Units.of(found, Families.of(families, len(found)))
    parts = units.parts[np.abs(units.parts) > TIE * max(float(np.abs(units.parts).max()), 1e-300)]
    if not len(parts):
        return SignFlip(1.0, 1, True, units.count)
    sums = _all_sums(parts) if len(parts) <= EXACT_MAX else _drawn_sums(parts, flips, seed)
    reach = abs(float(parts.sum())) - TIE * float(np.abs(parts).sum())
    is_exact = len(parts) <= EXACT_MAX
    hits = int((np.abs(sums) >= reach).sum())
    tried = len(sums) if is_exact else flips + 1
    return SignFlip((hits if is_exact else hits + 1) / tried, tried, is_exact, units.count)


def sign_blocks(witnesses: int, flips: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Rows of signs in blocks of bounded size: `flips` drawn ones, or all up to a common sign where those are few.

    The same rows for all who ask with one seed, so that many contrasts can be flipped together.
    """
    if witnesses <= EXACT_MAX:
        yield from _all_signs(witnesses)
        return
    if flips < 1:
        raise SetupError(f"{flips} flips were asked for; wanted at least 1")
    rng = np.random.default_rng(seed)
    rows = max(1, BLOCK // witnesses)
    for start in range(0, flips, rows):
        yield _draw(rng, min(rows, flips - start), witnesses)


def _draw(rng: np.random.Generator, rows: int, witnesses: int) -> NDArray[np.float64]:
    width = (witnesses + 7) // 8
    bits = np.unpackbits(rng.integers(0, 256, (rows, width), dtype=np.uint8), axis=1, count=witnesses)
    return np.asarray(1.0 - 2.0 * bits, dtype=np.float64)


def _all_signs(witnesses: int) -> Iterator[NDArray[np.float64]]:
    ways = 1 << max(witnesses - 1, 0)
    rows = max(1, BLOCK // max(witnesses, 1))
    for start in range(0, ways, rows):
        numbers = np.arange(start, min(start + rows, ways))
        bits = numbers[:, None] >> np.arange(witnesses)
        yield np.asarray(1.0 - 2.0 * (bits & 1), dtype=np.float64)


def _all_sums(parts: Array) -> Array:
    """Of all ways to flip all but the first: the others are these with the other sign."""
    sums = parts[:1]
    for part in parts[1:]:
        sums = np.concatenate([sums + part, sums - part])
    return sums


def _drawn_sums(parts: Array, flips: int, seed: int) -> Array:
    return np.concatenate([signs @ parts for signs in sign_blocks(len(parts), flips, seed)])
