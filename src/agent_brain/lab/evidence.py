"""Evidence that may be looked at after every task.

How it is weighed is settled before the first trial, once for who runs an experiment and who reports on it.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Any, Self

from agent_brain.lab.digests import chance
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.task import Task
from agent_brain.lab.trial import PASSED

SELECTION, CONFIRMATION, TRAINING = "selection", "confirmation", "training"
"""Splits of tasks: on the first arms are chosen, on the second they are confirmed, from the third memories learn."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an experiment has declared of its tests that may be looked at again and again."""

    planned: int
    """Witnesses: tasks, or families of them."""
    is_single: bool
    """Every difference can only be -1, 0 or 1, whatever comes: McNemar's evidence, else that of bets."""
    alpha: float
    """Of one contrast: its share of the whole."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """How many tasks each family has, where families tell tasks apart."""

    @classmethod
    def plan(cls, families: Sequence[str], *, repeats: int, metric: str, alpha: float, contrasts: int) -> Self:
        """That of an experiment; `families`: of each task whose trials are evidence, empty for none."""
        names = tell_apart(families)
        planned = len(set(names) - {""}) + names.count("")
        is_single = planned == len(names) and repeats == 1 and metric == PASSED
        return cls(max(1, planned), is_single, alpha / max(1, contrasts), dict(Counter(filter(None, names))))

    def choose(self, families: Sequence[str], is_taken: Sequence[bool]) -> list[bool]:
        """Which tasks stand for a whole witness: those taken up whose family was taken up with all of its tasks."""
        seen = Counter(family for family, taken in zip(families, is_taken, strict=True) if taken)
        wanted = self._count(families)
        return [
            taken and (not family or seen[family] >= wanted[family])
            for family, taken in zip(families, is_taken, strict=True)
        ]

    def gather(self, differences: Sequence[float], families: Sequence[str]) -> list[float]:
        """One number for each witness, the mean over its tasks, in the order in which witnesses were whole.

        `differences`: of tasks in the order in which they were taken up, NaN where something outside broke a trial.
        So a longer row of tasks only adds to it, and never changes what was looked at before.
        """
        left = self._count(families)
        known: dict[str, list[float]] = {}
        found = []
        for value, family in zip(differences, families, strict=True):
            group = known.setdefault(family, []) if family else []
            left[family] -= 1
            group += [] if isnan(value) else [value]
            if group and (not family or left[family] == 0):
                found.append(sum(group) / len(group))
        return found

    def watch(self, differences: Sequence[float], families: Sequence[str]) -> Any:
        """The evidence after each witness of these tasks, which are as `gather` takes them; None without any."""
        from agent_brain.lab.statistics.sequential import watch_repeated, watch_single  # on first use: an extra

        witnesses = self.gather(differences, families)
        if not witnesses:
            return None
        if self.is_single:
            return watch_single(witnesses, alpha=self.alpha)
        return watch_repeated(witnesses, planned=self.planned, alpha=self.alpha)

    def _count(self, families: Sequence[str]) -> Counter[str]:
        """Of the tasks of each family; of one that was not declared, those at hand."""
        return Counter(families) | Counter(self.sizes)


def plan_evidence(experiment: Experiment) -> Evidence:
    """That of an experiment at hand."""
    splits = deal(experiment.tasks, experiment.confirm, experiment.seed)
    kinds = set(splits.values())
    return Evidence.plan(
        [task.family for task in experiment.tasks if is_evidence(splits[task.task_id], kinds)],
        repeats=experiment.repeats,
        metric=experiment.metric,
        alpha=experiment.alpha,
        contrasts=len(experiment.asked),
    )


def list_evident(experiment: Experiment) -> list[str]:
    """The tasks whose trials are evidence, by name."""
    splits = deal(experiment.tasks, experiment.confirm, experiment.seed)
    return pick_evident(splits)


def pick_evident(splits: Mapping[str, str]) -> list[str]:
    """Those of tasks with these splits, by name, that are evidence."""
    kinds = set(splits.values())
    return [name for name, split in splits.items() if is_evidence(split, kinds)]


def deal(tasks: Sequence[Task], share: float, seed: int) -> Mapping[str, str]:
    """The split of each task, by its id: its own, or else one that is drawn, whole families alike.

    Each family is drawn by itself, so that further tasks never move one from the side that was kept back.
    """
    drawn = {True: CONFIRMATION, False: SELECTION if share else ""}
    return {
        task.task_id: task.split or drawn[chance(seed, "split", task.family or task.task_id) < share * 2**64]
        for task in tasks
    }


def is_evidence(split: str, splits: Collection[str]) -> bool:
    """Whether a task of this split counts, in an experiment that has these: where some are kept back, those alone."""
    return split == CONFIRMATION if CONFIRMATION in splits else split != TRAINING


def tell_apart(families: Sequence[str]) -> list[str]:
    """The families; where all tasks are of one, that is the kind that is asked about, and none is told apart by it."""
    return list(families) if len(set(families)) > 1 else [""] * len(families)
