"""An experiment as data: everything that is decided before the first trial."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.task import Task
from agent_brain.lab.trial import METRICS, SCORE

RULES = FIXED, SEQUENTIAL, FUTILITY = ("fixed", "sequential", "futility")
_NAME = re.compile(r"[\w][\w .+-]*")


@dataclass(frozen=True, slots=True)
class Contrast:
    """A primary question, asked beforehand: by how much does `arm` score more than `control`?"""

    arm: str
    control: str
    name: str = ""

    def __str__(self) -> str:
        return self.name or f"{self.arm} - {self.control}"


@dataclass(frozen=True, slots=True)
class Stopping:
    """When an experiment may end before all its tasks are done; `rule` is one of fixed, sequential, futility."""

    rule: str = FIXED
    tasks_min: int = 20
    """Before so many tasks are done in all arms nothing is stopped."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """Tasks, arms and repeats, with what is to be compared and how.

    Raises: SetupError for what could not be run or analysed, where it is made.
    """

    name: str
    tasks: Sequence[Task]
    arms: Sequence[Arm]
    contrasts: Sequence[Contrast] = ()
    """In the order of their weight; none: every arm against the first one, adjusted for their number."""
    repeats: int = 1
    evaluator: str = "exact"
    metric: str = SCORE
    """What is compared: `score`, or `passed`."""
    margin: float = 0.03
    """Differences below it are of no use to anybody: what `equivalent` means."""
    alpha: float = 0.05
    stopping: Stopping = field(default_factory=Stopping)
    budget_usd: float | None = None
    """What all trials together may cost; no trial is begun once it is spent."""
    budget_tokens: int | None = None
    concurrency: int = 8
    """Trials at once on each server of models."""
    confirm: float = 0.0
    """The share of the tasks that is kept back from selection, to confirm what was selected."""
    simulated: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the `simulated` model, by name."""
    prices: Any = None
    """Of models that judge, as `Brain(prices=...)` has those of an arm's own."""
    source: Mapping[str, Any] = field(default_factory=dict)
    """The file that it was read from, as data."""
    seed: int = 0
    path: str = ""
    """Of that file; empty for one that a program has made."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Arms that cannot be run and were left out, with the reason, by name."""

    def __post_init__(self) -> None:
        faults = list(_find_faults(self))
        if faults:
            raise SetupError(f"experiment {self.name!r:.80}: {'; '.join(faults)}")
        for contrast in self.contrasts:
            for name in (contrast.arm, contrast.control):
                self.find_arm(name)

    @property
    def asked(self) -> Sequence[Contrast]:
        """The contrasts; where none were named, every arm against the first one."""
        return self.contrasts or [Contrast(arm.name, self.arms[0].name) for arm in self.arms[1:]]

    def find_arm(self, name: str) -> Arm:
        """The arm of this name. Raises: UnknownName."""
        found = next((arm for arm in self.arms if arm.name == name), None)
        if found is None:
            raise UnknownName("arm", name, [arm.name for arm in self.arms])
        return found


def _find_faults(it: Experiment) -> Iterator[str]:
    """What could not be run or analysed, a sentence each."""
    if not _NAME.fullmatch(it.name):
        yield "its name is to name a folder; wanted letters, digits, spaces and . + - _"
    if not it.tasks:
        yield "it has no task"
    if not it.arms:
        yield "it has no arm"
    for what, called in (("tasks", [task.task_id for task in it.tasks]), ("arms", [arm.name for arm in it.arms])):
        twice = [name for name, count in Counter(called).items() if count > 1]
        if twice:
            yield f"several {what} are called {', '.join(map(repr, twice[:5]))}"
    names = [*(arm.name for arm in it.arms), *(name for task in it.tasks for name in (task.task_id, task.family))]
    yield from (f"{name!r} holds half of a character; wanted a name of whole ones" for name in names if _is_torn(name))
    yield from (f"task {task.task_id!r} asks nothing" for task in it.tasks if not _is_asked(task))
    yield from (f"the contrast {each} is of one arm" for each in it.contrasts if each.arm == each.control)
    yield from _find_wrong_numbers(it)
    if it.metric not in METRICS:
        yield f"metric is {it.metric!r}; wanted {' or '.join(METRICS)}"
    if it.stopping.rule not in RULES:
        yield f"stopping.rule is {it.stopping.rule!r}; wanted one of {', '.join(RULES)}"


def _is_asked(task: Task) -> bool:
    """True where turns are given, or somebody says them."""
    return task.user is not None or any(map(str.strip, task.turns))


def _is_torn(name: str) -> bool:
    """True for a name that no file can hold: half of a pair of surrogates is no character."""
    return not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name)


def _find_wrong_numbers(it: Experiment) -> Iterator[str]:
    whole = {"repeats": it.repeats, "concurrency": it.concurrency, "stopping.tasks_min": it.stopping.tasks_min}
    yield from (
        f"{name} is {value!r}; wanted a whole number of at least 1" for name, value in whole.items() if value < 1
    )
    if not 0 < it.alpha < 0.5:
        yield f"alpha is {it.alpha!r}; wanted more than 0 and less than 0.5"
    if not 0 < it.margin < 1:
        yield f"margin is {it.margin!r}; wanted more than 0 and less than 1"
    if not 0 <= it.confirm < 1:
        yield f"confirm is {it.confirm!r}; wanted a share, 0 or more and less than 1"
    for name, budget in (("budget.usd", it.budget_usd), ("budget.tokens", it.budget_tokens)):
        if budget is not None and not budget > 0:
            yield f"{name} is {budget!r}; wanted more than 0"
