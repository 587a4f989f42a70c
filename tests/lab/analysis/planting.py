"""Rows with a planted truth: what an analysis has to find is known before it begins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from agent_brain.lab.analysis.design import ArmDesign, Design, against_first
from agent_brain.lab.trial import Outcome, Trial

Chance = Callable[[float], float]
"""The chance that an arm passes a task, from how hard the task is (0 to 1, all alike likely)."""


def plan(arms: Sequence[str], tasks: int, repeats: int = 1, **settings: Any) -> Design:
    """An experiment over such arms, each against the first one."""
    known = {"contrasts": against_first(arms), "evaluator": "exact"} | settings
    return Design("planted", tuple(map(ArmDesign, arms)), tasks=tasks, repeats=repeats, **known)


def plant(chances: Mapping[str, Chance], tasks: int, repeats: int = 1, seed: int = 0) -> list[Trial]:
    """Trials of arms that pass with these chances."""
    rng = np.random.default_rng(seed)
    hardness = rng.random(tasks)
    return [
        make_trial(f"t{task}", arm, repeat, passed=bool(rng.random() < chance(hardness[task])))
        for arm, chance in chances.items()
        for task in range(tasks)
        for repeat in range(repeats)
    ]


def make_trial(task: str, arm: str, repeat: int = 0, *, passed: bool = False, **fields: Any) -> Trial:
    """One row."""
    known: dict[str, Any] = {"outcome": Outcome.PASSED if passed else Outcome.WRONG, "score": float(passed)}
    counts = {"model_calls": 2, "input_tokens": 100, "output_tokens": 10, "cost_usd": 0.01, "wall_seconds": 1.0}
    return Trial(f"{arm}.{task}.{repeat}", task, arm, repeat, **(known | counts | {"evaluator": "exact"} | fields))


def lay(scores: Mapping[str, Sequence[Sequence[float]]]) -> list[Trial]:
    """Trials with just these scores: for each arm, its tasks, each with its tries."""
    return [
        make_trial(f"t{task}", arm, repeat, passed=score == 1.0, score=score)
        for arm, tasks in scores.items()
        for task, tries in enumerate(tasks)
        for repeat, score in enumerate(tries)
    ]


def break_some(trials: Sequence[Trial], is_broken: Callable[[Trial], bool]) -> list[Trial]:
    """The same, some of them broken by something outside."""
    broken: dict[str, Any] = {"score": 0.0, "outcome": Outcome.INFRASTRUCTURE, "error": "connection: refused"}
    return [replace(trial, **broken) if is_broken(trial) else trial for trial in trials]
