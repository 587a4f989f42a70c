"""McNemar's test of tasks that were tried once by each arm, in four forms; refused where tasks were repeated."""

from dataclasses import dataclass

from numpy.typing import ArrayLike

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.arrays import Array, binary, holed, same_tasks
from agent_brain.lab.statistics.distributions import chi2_tail, coin_cdf, coin_chance


@dataclass(frozen=True, slots=True)
class McNemar:
    """Two-sided p-values of "no difference" from discordant tasks alone; 1 where there are none."""

    wins: int
    """Tasks that the arm alone passed."""
    losses: int
    """Tasks that the control alone passed."""
    exact: float
    mid: float
    chi2: float
    """Without correction for continuity."""
    corrected: float


def mcnemar(arm: ArrayLike, control: ArrayLike) -> McNemar:
    """From 0 or 1 per task on each side. Raises: SetupError for repeats, other tasks, or scores between 0 and 1."""
    ours, theirs = _once(arm, "the arm"), _once(control, "the control")
    same_tasks("the arm and the control", ours, theirs)
    return mcnemar_counts(int((ours > theirs).sum()), int((ours < theirs).sum()))


def mcnemar_counts(wins: int, losses: int) -> McNemar:
    """From the counts of discordant tasks. Raises: SetupError for a count below 0."""
    if min(wins, losses) < 0:
        raise SetupError(f"{wins} wins and {losses} losses are no counts; wanted 0 or more each")
    total, fewer, gap = wins + losses, min(wins, losses), abs(wins - losses)
    twice = 2.0 * coin_cdf(fewer, total)
    if not gap:
        return McNemar(wins, losses, 1.0, 1.0, 1.0, 1.0)
    return McNemar(
        wins,
        losses,
        min(1.0, twice),
        twice - coin_chance(fewer, total),
        chi2_tail(gap**2 / total, 1),
        chi2_tail((gap - 1) ** 2 / total, 1),
    )


def _once(scores: ArrayLike, what: str) -> Array:
    found = holed(scores, what)
    if found.shape[1] > 1:
        raise SetupError(
            f"{what} has {found.shape[1]} repeats a task; McNemar's test wants one: repeats of a task are no "
            "independent witnesses, and pooled into one table they are found to differ too often; use `sign_flip`"
        )
    return binary(found[:, 0], what)
