"""When an experiment may end early, and what it comes to so far: by its first tasks alone, whoever was faster."""

from collections import Counter
from collections.abc import Sequence
from itertools import compress
from math import isnan

from agent_brain.lab.evidence import is_evidence, merge, plan_evidence, tell_apart
from agent_brain.lab.experiment import Contrast
from agent_brain.lab.progress import Estimated
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.tally import Tally

FIXED, SEQUENTIAL = "fixed", "sequential"


class Decisions:
    """Looks at the longest row of tasks, in the order of the schedule, that are done in all arms: each one once."""

    def __init__(self, schedule: Schedule) -> None:
        self.tasks: int | None = None
        """After how many tasks it has ended the experiment."""
        self._experiment = experiment = schedule.experiment
        kinds = set(schedule.splits.values())
        self._counts = [is_evidence(schedule.splits[task.task_id], kinds) for task in schedule.tasks]
        names = iter(tell_apart([task.family for task in compress(schedule.tasks, self._counts)]))
        self._families = [next(names) if counts else "" for counts in self._counts]
        """Those that tell tasks apart; of tasks that are no evidence, none."""
        self._sizes = Counter(self._families)
        self._evidence = plan_evidence(experiment)
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
        """What each contrast comes to so far, over the tasks that both its arms have."""
        found = []
        for contrast in self._experiment.asked:
            differences = self._differ(tally, contrast, None)
            if len(differences) > 1:
                found.append(_estimate(contrast, differences, self._experiment.alpha))
        return found

    def _is_decided(self, tally: Tally, tasks: int) -> bool:
        """True once every contrast was decided at some task; with several, each at its share of alpha."""
        asked = self._experiment.asked
        for contrast in asked:
            if contrast not in self._decided and self._is_clear(self._differ(tally, contrast, tasks), len(asked)):
                self._decided.add(contrast)
        return len(self._decided) == len(asked) > 0

    def _is_clear(self, differences: Sequence[float], contrasts: int) -> bool:
        """True where there is enough evidence of a difference, or none that matters can be left."""
        it = self._experiment
        if len(differences) < 2:
            return False
        from agent_brain.lab.statistics.intervals import mean  # on first use, as below: an extra
        from agent_brain.lab.statistics.sequential import is_futile

        alpha = it.alpha / contrasts
        estimate = mean(differences, level=1 - alpha, bounds=(-1.0, 1.0))
        if is_futile(estimate.interval, it.margin):
            return True
        if it.stopping.rule != SEQUENTIAL:
            return False
        return self._evidence.watch(differences).stopped_at is not None

    def _differ(self, tally: Tally, contrast: Contrast, tasks: int | None) -> list[float]:
        """The differences of the first tasks, or of all that are done; a family's tasks are one, once all are there."""
        pairs = zip(tally.list_means(contrast.arm, tasks), tally.list_means(contrast.control, tasks), strict=True)
        values = [ours - theirs for ours, theirs in pairs]
        seen = Counter(self._families[: len(values)])
        known = [
            (value, family)
            for value, family, counts in zip(values, self._families, self._counts, strict=False)
            if counts and not isnan(value) and (tasks is None or not family or seen[family] == self._sizes[family])
        ]
        return merge([value for value, _ in known], [family for _, family in known])


def _estimate(contrast: Contrast, differences: Sequence[float], alpha: float) -> Estimated:
    from agent_brain.lab.statistics.intervals import mean  # as above

    found = mean(differences, level=1 - alpha, bounds=(-1.0, 1.0))
    return Estimated(str(contrast), len(differences), found.value, found.low, found.high)
