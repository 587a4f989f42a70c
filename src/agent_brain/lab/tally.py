"""A tally: what an experiment's rows come to while it goes on, in memory that does not grow with them."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan

from agent_brain.lab.schedule import Schedule
from agent_brain.lab.trial import Trial


@dataclass(frozen=True, slots=True)
class ArmTally:
    """What one arm has come to so far."""

    arm: str
    done: int
    counted: int
    """Of these, those that say something of the arm."""
    score: float
    """Their mean; NaN: there is none yet."""
    cost_usd: float
    tokens: int
    unpriced_tokens: int
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Failures:
    """The trials that errors of one kind have ended, or that have left something of one kind open."""

    trials: int
    error: str
    """That of the first one."""


class Tally:
    """Sums of each task and arm, and of each arm."""

    def __init__(self, schedule: Schedule, metric: str) -> None:
        self.arms: Sequence[str] = list(schedule.arms)
        self.done = 0
        self.total = len(schedule)
        self.cost_usd = 0.0
        self.tokens = 0
        self.judge_cost_usd = 0.0
        """Of all that was spent, what judging took."""
        self.judge_tokens = 0
        self.unpriced_tokens = 0
        """Of all tokens, whoever took them, those whose price nobody knows."""
        self.outside_in_row = 0
        """How many rows in a row say nothing of their arm."""
        self.last_error = ""
        self.errors: dict[str, Failures] = {}
        """Of each kind of error, by its kind."""
        self.unclosed: dict[str, Failures] = {}
        """The same of what trials could not close when they were over."""
        self._metric = metric
        self._repeats = schedule.experiment.repeats
        self._tasks = len(schedule.tasks)
        self._places = schedule.places
        self._columns = {arm: column for column, arm in enumerate(self.arms)}
        cells = self._tasks * len(self.arms)
        self._sums, self._counts = array("d", bytes(8 * cells)), array("q", bytes(8 * cells))
        self._seen = bytearray(cells * self._repeats)
        self._of_arms = {arm: _Sums() for arm in self.arms}
        self._prefix = 0

    def add(self, row: Trial) -> None:
        """Count a row, the first of its trial."""
        cell = self._find_cell(self._places[row.task], row.arm)
        self._seen[cell * self._repeats + row.repeat] = 1
        score = row.measure(self._metric)
        if row.is_counted:
            self._sums[cell] += score
            self._counts[cell] += 1
        self._of_arms[row.arm].add(row, score)
        self.done += 1
        self.cost_usd += row.spent_usd
        self.tokens += row.spent_tokens
        self.judge_cost_usd += row.judge_cost_usd
        self.judge_tokens += row.judge_tokens
        self.unpriced_tokens += row.spent_unpriced_tokens
        self.last_error = row.error or self.last_error
        _count_error(self.errors, row.error)
        _count_error(self.unclosed, row.unclosed)
        self.outside_in_row = 0 if row.is_counted else self.outside_in_row + 1

    def has(self, task: str, arm: str, repeat: int) -> bool:
        """True for a trial whose row was counted; False too for a task that is none of these."""
        place = self._places[task]
        return place < self._tasks and bool(self._seen[self._find_cell(place, arm) * self._repeats + repeat])

    @property
    def prefix(self) -> int:
        """How many tasks, counted from the first one, are done in all arms: decisions look at no other."""
        size = len(self.arms) * self._repeats
        while self._prefix < self._tasks and all(self._seen[self._prefix * size : (self._prefix + 1) * size]):
            self._prefix += 1
        return self._prefix

    def list_means(self, arm: str, tasks: int | None = None) -> list[float]:
        """The means of the first tasks, or of all; NaN where trials are missing, or something outside broke one."""
        counts, wanted = self._counts, self._repeats
        return [self._sums[cell] / wanted if counts[cell] == wanted else nan for cell in self._list_cells(arm, tasks)]

    def list_taken(self, arm: str, tasks: int | None = None) -> list[bool]:
        """Which of the first tasks, or of all, the arm has taken up with all trials, whatever came of them."""
        size = self._repeats
        return [all(self._seen[cell * size : (cell + 1) * size]) for cell in self._list_cells(arm, tasks)]

    def list_arms(self) -> list[ArmTally]:
        """Each arm's tally, in the order of the experiment."""
        return [sums.sum_up(arm) for arm, sums in self._of_arms.items()]

    def _list_cells(self, arm: str, tasks: int | None) -> range:
        return range(self._columns[arm], len(self.arms) * (self._tasks if tasks is None else tasks), len(self.arms))

    def _find_cell(self, place: int, arm: str) -> int:
        return place * len(self.arms) + self._columns[arm]


def _count_error(known: dict[str, Failures], error: str) -> None:
    if error:
        kind = error.partition(":")[0]
        found = known.get(kind, Failures(0, error))
        known[kind] = Failures(found.trials + 1, found.error)


class _Sums:
    """Those of one arm."""

    def __init__(self) -> None:
        self._counted = self._tokens = self._unpriced = 0
        self._score = self._cost = 0.0
        self._outcomes: Counter[str] = Counter()

    def add(self, row: Trial, score: float) -> None:
        self._counted += row.is_counted
        self._score += score if row.is_counted else 0.0
        self._cost += row.cost_usd
        self._tokens += row.input_tokens + row.output_tokens
        self._unpriced += row.unpriced_tokens
        self._outcomes[row.outcome] += 1

    def sum_up(self, arm: str) -> ArmTally:
        return ArmTally(
            arm,
            self._outcomes.total(),
            self._counted,
            self._score / self._counted if self._counted else nan,
            self._cost,
            self._tokens,
            self._unpriced,
            dict(sorted(self._outcomes.items())),
        )
