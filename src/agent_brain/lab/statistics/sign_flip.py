"""The sign-flip test: if two arms are alike, each task's difference could as well have had the other sign."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

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
BLOCKS_LOOKED_UP = 64
"""Blocks of signs in bytes that are summed at once: a byte is an eighth of a sign, and of what a number takes."""
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
    for drawn in _draw_bytes(witnesses, flips, seed):
        bits = np.unpackbits(drawn, axis=1, count=witnesses)
        yield np.asarray(1.0 - 2.0 * bits, dtype=np.float64)


def _draw_bytes(witnesses: int, flips: int, seed: int) -> Iterator[NDArray[np.uint8]]:
    """Blocks of rows of signs, eight in a byte."""
    if flips < 1:
        raise SetupError(f"{flips} flips were asked for; wanted at least 1")
    rng = np.random.default_rng(seed)
    rows = max(1, BLOCK // witnesses)
    for start in range(0, flips, rows):
        yield rng.integers(0, 256, (min(rows, flips - start), (witnesses + 7) // 8), dtype=np.uint8)


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
    """With the signs of `sign_blocks`: what eight parts come to is looked up by their byte, one of 256 ways."""
    width = (len(parts) + 7) // 8
    eights = np.zeros(8 * width)
    eights[: len(parts)] = parts
    signs = 1.0 - 2.0 * np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    ways = eights.reshape(width, 8) @ signs.T
    blocks = _draw_bytes(len(parts), flips, seed)
    sums = []
    while several := list(islice(blocks, BLOCKS_LOOKED_UP)):
        found = np.zeros(sum(map(len, several)))
        for way, column in zip(ways, np.concatenate(several).T.copy(), strict=True):
            found += way[column]
        sums.append(found)
    return np.concatenate(sums)
