"""pass@k and pass^k: that they are unbiased, by all outcomes there can be."""

from collections.abc import Iterator
from itertools import product as all_of
from math import comb

import numpy as np

from agent_brain.lab.statistics.passes import pass_all, pass_any
from calibration.check import Check, equal
from calibration.crew import Crew
from calibration.product import Product, lay, plan
from calibration.size import Size

TRIES = 6
CHANCES = (0.05, 0.37, 0.5, 0.9)


def check_passes(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """Nothing is drawn: each outcome counts by how likely it is."""
    cases = [(p, n, k) for p in CHANCES for n in range(1, TRIES + 3) for k in range(1, n + 1)]
    yield equal("pass^k: expected, less p^k", [_expect(pass_all, *case) - case[0] ** case[2] for case in cases])
    wanted = [1 - (1 - p) ** k for p, _, k in cases]
    found = [_expect(pass_any, *case) for case in cases]
    yield equal("pass@k: expected, less 1 - (1 - p)^k", np.subtract(found, wanted))
    outcomes = np.array(list(all_of((0.0, 1.0), repeat=TRIES)))[:, None, :]
    arm = product.analyse(plan(outcomes), lay(outcomes)).arms[0]
    every = [(point.estimate.value or 0.0) - 0.5**point.k for point in arm.pass_hat]
    some = [(point.estimate.value or 0.0) - 1 + 0.5**point.k for point in arm.pass_at]
    yield equal("a report on all outcomes of six tries", [*every, *some])


def _expect(statistic, p: float, n: int, k: int) -> float:  # type: ignore[no-untyped-def]
    """Over all numbers of passes among n tries."""
    passed = np.arange(n + 1)
    likely = np.array([comb(n, c) * p**c * (1 - p) ** (n - c) for c in passed])
    return float(likely @ statistic(np.full(n + 1, n), passed, k))
