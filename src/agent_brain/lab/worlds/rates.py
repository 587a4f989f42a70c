"""Closed forms: how often nets succeed in worlds where only one thing can go wrong, by its rate."""

from math import comb, exp, log

from agent_brain.core.errors import SetupError


def chain(doors: int, steps: int, p: float, m: float = 0.0, *, repairs: int = 0) -> float:
    """So many right calls within so many steps: P(Bin(steps, q) >= doors).

    A call is right with q = p(1 - m), or, where a malformed one is mended so many times before its step counts as lost,
    p(1 - m^(repairs + 1)).
    """
    each = p * (1 - m ** (repairs + 1))
    return _at_least(doors, steps, each)


def majority(p: float, samples: int) -> float:
    """Most of so many answers are right, each with p, where the wrong ones all agree. Raises: SetupError for ties."""
    if samples % 2 == 0:
        raise SetupError(f"samples is {samples}; wanted an odd number, for which there are no ties")
    return _at_least(samples // 2 + 1, samples, p)


def trials(p: float, tries: int, *, fp: float = 0.0, fn: float = 0.0, beta: float = 0.0) -> float:
    """The last of at most so many answers is right, where an evaluator that errs says whether to go on.

    `beta` is added to the log odds of p from the second on: what a lesson is worth. The last one counts whatever the
    evaluator would say of it.
    """
    refused, success = 1.0, 0.0
    for trial in range(tries):
        rate = 1 / (1 + exp(-(log(p / (1 - p)) + (beta if trial else 0.0))))
        success += refused * rate * (1.0 if trial == tries - 1 else 1 - fn)
        refused *= rate * fn + (1 - rate) * (1 - fp)
    return success


def corrected(p: float, u: float, v: float, rounds: int) -> float:
    """A draft is right after so many rounds, each of which makes right wrong with u and wrong right with v."""
    for _ in range(rounds):
        p = p * (1 - u) + (1 - p) * v
    return p


def survival(s: float, compactions: int) -> float:
    """A fact is still there after so many compactions."""
    return float(s**compactions)


def _at_least(successes: int, tries: int, each: float) -> float:
    return sum(comb(tries, k) * each**k * (1 - each) ** (tries - k) for k in range(successes, tries + 1))
