"""An experiment as data: everything that is decided before the first trial."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.lab.arm import Arm
from agent_brain.lab.task import Task


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

    rule: str = "fixed"
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
    metric: str = "score"
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
    source: Mapping[str, Any] = field(default_factory=dict)
    """The file that it was read from, as data."""
    seed: int = 0
