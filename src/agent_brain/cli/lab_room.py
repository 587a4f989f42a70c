"""What of a running experiment a low terminal has room for: the arms and contrasts that say most."""

from collections.abc import Sequence
from math import inf, isfinite, isnan

from agent_brain.lab.progress import Estimated
from agent_brain.lab.tally import ArmTally


def share_lines(free: int, arms: int, estimates: int) -> tuple[int, int]:
    """How many arms and contrasts there is room for in so many lines; one arm at least.

    Contrasts get what the arms leave, and a third at least. They have a head above them, and whatever is cut takes a
    line that tells so.
    """
    room = max(free - arms, free // 3)
    told = max((many for many in range(estimates + 1) if _count_lines(many, estimates, 1) <= room), default=0)
    left = free - _count_lines(told, estimates, 1)
    return max((many for many in range(arms + 1) if _count_lines(many, arms, 0) <= left), default=0) or 1, told


def pick_arms(arms: Sequence[ArmTally], most: int) -> Sequence[ArmTally]:
    """So many of them, those with the highest scores, in their order."""
    best = sorted(arms, key=lambda arm: inf if isnan(arm.score) else -arm.score)[:most]
    names = {arm.arm for arm in best}
    return [arm for arm in arms if arm.arm in names]


def pick_estimates(estimates: Sequence[Estimated], most: int) -> Sequence[Estimated]:
    """So many of them, whose differences are the largest beside their intervals, in their order."""
    clearest = {each.contrast for each in sorted(estimates, key=_tell_how_clear, reverse=True)[:most]}
    return [each for each in estimates if each.contrast in clearest]


def _tell_how_clear(each: Estimated) -> float:
    width = each.high - each.low
    return abs(each.difference) / width if isfinite(width) and width else 0.0


def _count_lines(shown: int, known: int, head: int) -> int:
    return shown + (head if shown else 0) + (shown < known)
