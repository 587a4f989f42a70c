"""Who draws: processes that share the experiments of a check, each with luck of its own, whoever draws it."""

import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

import numpy as np

T = TypeVar("T")
Draw = Callable[[np.random.Generator], T]
"""One experiment, from its luck; a function that other processes can be handed."""
CHUNKS = 8
"""For each process: the last one to end is not waited for long."""


@dataclass(frozen=True)
class Crew:
    """Repeats experiments; with the same seed they come to the same in any number of processes."""

    seed: int = 0
    processes: int = 0
    """0: this process draws, and no other."""
    pool: ProcessPoolExecutor | None = None

    def repeat(self, name: str, count: int, draw: Draw[T]) -> list[T]:
        """What comes of so many experiments, whose luck hangs on the name, the seed and their place."""
        places = np.array_split(np.arange(count), max(1, self.processes * CHUNKS))
        work = partial(_draw_some, draw, self.seed, zlib.crc32(name.encode()))
        found = map(work, places) if self.pool is None else self.pool.map(work, places)
        return [one for some in found for one in some]


@contextmanager
def open_crew(seed: int, processes: int) -> Iterator[Crew]:
    """A crew with its processes, which end with it."""
    if not processes:
        yield Crew(seed)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield Crew(seed, processes, pool)


def _draw_some(draw: Draw[T], seed: int, name: int, places: np.ndarray) -> list[T]:
    return [draw(np.random.default_rng([seed, name, int(place)])) for place in places]
