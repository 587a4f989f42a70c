"""When an experiment may end early, and what it comes to so far: by its first tasks alone, whoever was faster."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from math import isnan
from typing import Any

from agent_brain.lab.evidence import is_evidence, plan_evidence
from agent_brain.lab.experiment import FIXED, SEQUENTIAL, Contrast
from agent_brain.lab.progress import Estimated
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.tally import Tally


class Decisions:
    """Looks at the longest row of tasks, in the order of the schedule, that are done in all arms: each one once."""

    def __init__(self, schedule: Schedule) -> None:
        self.tasks: int | None = None
        """After how many tasks it has ended the experiment."""
        self._experiment = experiment = schedule.experiment
        kinds = set(schedule.splits.values())
        self._counts = [is_evidence(schedule.splits[task.task_id], kinds) for task in schedule.tasks]
        self._evidence = plan_evidence(experiment)
        evident = compress(schedule.tasks, self._counts)
        self._families = [task.family if self._evidence.sizes else "" for task in evident]
        """Of the tasks that are evidence, those that tell them apart."""
        self._looked = 0
        self._decided: set[Contrast] = set()

    def is_over(self, tally: Tally) -> bool:
        """True once its rule has ended the experiment; the answer never changes with what comes later."""
        rule = self._experiment.stopping
        while self.tasks is None and rule.rule != FIXED and self._looked < tally.prefix:
            self._looked += 1
            if self._looked >= rule.tasks_min and self._is_decided(tally, self._looked):
                self.tasks = self._looked
        return self.tasks is not None

    def estimate(self, tally: Tally) -> list[Estimated]:
        """What each contrast comes to so far, over the tasks that both its arms have: as a report would have it."""
        found = []
        for contrast in self._experiment.asked:
            look = self._look(tally, contrast, None)
            if len(look.values) > 1:
                it = look.estimate(self._experiment.alpha)
                found.append(Estimated(str(contrast), it.tasks, it.value, it.low, it.high))
        return found

    def _is_decided(self, tally: Tally, tasks: int) -> bool:
        """True once every contrast was decided at some task; with several, each at its share of alpha."""
        asked = self._experiment.asked
        for contrast in asked:
            if contrast not in self._decided and self._is_clear(self._look(tally, contrast, tasks)):
                self._decided.add(contrast)
        return len(self._decided) == len(asked) > 0

    def _is_clear(self, look: "_Look") -> bool:
        """True where there is enough evidence of a difference, or none that matters can be left."""
        it, evidence = self._experiment, self._evidence
        if len(look.values) < 2:
            return False
        from agent_brain.lab.statistics.sequential import is_futile  # on first use, as below: an extra

        if is_futile(look.estimate(evidence.alpha).interval, it.margin):
            return True
        if it.stopping.rule != SEQUENTIAL:
            return False
        watched = evidence.watch(look.taken, look.families_taken)
        return watched is not None and watched.stopped_at is not None

    def _look(self, tally: Tally, contrast: Contrast, tasks: int | None) -> "_Look":
        """At the first tasks, or at all that are done; of the same tasks as a report of them is made.

        Where the experiment may stop early, a family counts once all of its tasks were taken up.
        """
        arms = contrast.arm, contrast.control
        ours, theirs = (list(compress(tally.list_means(arm, tasks), self._counts)) for arm in arms)
        both = zip(*(tally.list_taken(arm, tasks) for arm in arms), strict=True)
        taken = list(compress(map(all, both), self._counts))
        families = self._families[: len(taken)]
        is_whole = taken if self._experiment.stopping.rule == FIXED else self._evidence.choose(families, taken)
        differences = [our - their for our, their in zip(ours, theirs, strict=True)]
        counts = [whole and not isnan(value) for whole, value in zip(is_whole, differences, strict=True)]
        return _Look(
            list(compress(differences, counts)),
            list(compress(families, counts)),
            list(compress(differences, taken)),
            list(compress(families, taken)),
        )


@dataclass(frozen=True, slots=True)
class _Look:
    """One contrast at one time."""

    values: Sequence[float]
    """The differences of the tasks that count."""
    families: Sequence[str]
    taken: Sequence[float]
    """Those of all tasks that were taken up, NaN for one that something outside broke."""
    families_taken: Sequence[str]

    def estimate(self, alpha: float) -> Any:
        """Their mean with its interval, families as witnesses: what a report compares."""
        from agent_brain.lab.statistics.intervals import mean  # as above

        return mean(self.values, self.families, level=1 - alpha, bounds=(-1.0, 1.0))
