"""The schedule of an experiment: which trials there are, in which order, and which split their tasks belong to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent_brain.lab.arms.arm_brains import ArmBrains
from agent_brain.lab.digests import chance, digest_right, digest_task, name_trial
from agent_brain.lab.evidence import deal
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Trial


@dataclass(frozen=True, slots=True)
class Slot:
    """One trial that is to be done."""

    trial_id: str
    task: Task
    arm: str
    repeat: int
    place: int
    """That of its task in the order of tasks."""
    right: str
    """The digest of what says whether the task was done."""


@dataclass(frozen=True, slots=True)
class AboutTask:
    """A task, its place in the order, and the digests that tell it from others."""

    task: Task
    place: int
    asked: str
    """Of what an arm is given."""
    right: str
    """Of what says whether it was done."""


class Schedule:
    """Tasks in an order drawn by the seed, all arms within a task and a repeat in one of their own.

    Another task, arm or repeat moves none of the others, so it costs no more than its own trials.
    """

    def __init__(self, experiment: Experiment, arms: Mapping[str, ArmBrains], tasks_max: int | None = None) -> None:
        """`tasks_max`: only the first tasks, as a pilot has them."""
        self.experiment = experiment
        self.arms = arms
        seed = experiment.seed
        ordered = sorted(experiment.tasks, key=lambda task: (chance(seed, task.task_id), task.task_id))
        self.tasks: Sequence[Task] = ordered if tasks_max is None else ordered[:tasks_max]
        self.splits = deal(ordered, experiment.confirm, seed)
        self.places = {task.task_id: place for place, task in enumerate(ordered)}
        self._ordered = ordered
        self._about: dict[str, AboutTask] = {}

    def __len__(self) -> int:
        """How many trials there are."""
        return len(self.tasks) * len(self.arms) * self.experiment.repeats

    def __iter__(self) -> Iterator[Slot]:
        """All trials, in the order in which they are begun."""
        for place in range(len(self.tasks)):
            yield from self.list_trials(place)

    @property
    def is_whole(self) -> bool:
        """True where it has all tasks."""
        return len(self.tasks) == len(self._ordered)

    def list_trials(self, place: int) -> Iterator[Slot]:
        """Those of one task, in the order in which they are begun."""
        task = self._ordered[place]
        about = self.describe_task(task)
        for repeat in range(self.experiment.repeats):
            for arm in sorted(self.arms, key=lambda name: self._draw(task, repeat, name)):
                yield self._make_slot(about, arm, repeat)

    def find(self, task_id: str, arm: str, repeat: int) -> Slot:
        """The trial of this task, arm and repeat. Raises: KeyError for a task that the experiment does not have."""
        return self._make_slot(self.describe_task(self._ordered[self.places[task_id]]), arm, repeat)

    def find_order(self, row: Trial) -> tuple[int, int, int] | None:
        """Where a row stands among all; None for one of another experiment, or of one that has changed since."""
        slot = self.find_trial(row)
        if slot is None or slot.right != row.right:
            return None
        return slot.place, slot.repeat, self._draw(slot.task, slot.repeat, slot.arm)

    def find_trial(self, row: Trial) -> Slot | None:
        """The trial that a row is of, whatever it was judged by; None for one of another experiment, or arm."""
        if row.task not in self.places or row.arm not in self.arms or row.repeat >= self.experiment.repeats:
            return None
        slot = self.find(row.task, row.arm, row.repeat)
        return slot if slot.trial_id == row.trial_id else None

    def describe_task(self, task: Task) -> AboutTask:
        """What tells a task from others."""
        if task.task_id not in self._about:
            right = digest_right(task, self.experiment.evaluator)
            self._about[task.task_id] = AboutTask(task, self.places[task.task_id], digest_task(task), right)
        return self._about[task.task_id]

    def _make_slot(self, about: AboutTask, arm: str, repeat: int) -> Slot:
        it, brains = self.experiment, self.arms[arm]
        trial_id = name_trial(it.name, brains.digest, about.asked + brains.name_right(about.task), repeat, it.seed)
        return Slot(trial_id, about.task, arm, repeat, about.place, about.right)

    def _draw(self, task: Task, repeat: int, arm: str) -> int:
        return chance(self.experiment.seed, task.task_id, repeat, arm)
