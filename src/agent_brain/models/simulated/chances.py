"""Chances that hang on nothing but their names: a keyed hash in place of a generator that somebody has to draw from."""

import hashlib
from collections.abc import Sequence
from statistics import NormalDist

_RANGE = 2**64
_NORMAL = NormalDist()


class Chances:
    """Numbers from 0 to 1, each a function of a seed, a key and a name, in whatever order or process it is asked for.

    Two that have one seed and one key draw the same by the same names: so arms of an experiment share their luck, or do
    not, as their keys are chosen.
    """

    __slots__ = ("_base", "seed")

    def __init__(self, seed: int = 0, key: Sequence[object] = ()) -> None:
        self.seed = seed
        self._base = hashlib.blake2b(repr(tuple(map(str, key))).encode(), digest_size=8, key=str(seed).encode())

    def draw(self, *name: object) -> float:
        """The number of this name."""
        twin = self._base.copy()
        twin.update(repr(name).encode())
        return int.from_bytes(twin.digest()) / _RANGE

    def draw_normal(self, *name: object) -> float:
        """The number of this name, as one of a standard normal distribution."""
        return _NORMAL.inv_cdf(min(max(self.draw(*name), 1e-12), 1 - 1e-12))

    def choose(self, count: int, *name: object) -> int:
        """One of so many, counted from 0."""
        return min(int(self.draw(*name) * count), count - 1)
