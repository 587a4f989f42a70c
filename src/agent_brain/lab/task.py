"""A task: what every arm of an experiment is given alike, and what tells whether it was done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.items import Action
from agent_brain.core.ports import Closable
from agent_brain.core.tooling import Tools


@runtime_checkable
class World(Protocol):
    """What a trial's tools act upon, made anew for each trial and for each process that goes on with one.

    One that holds something open, a process perhaps, has `aclose`, awaited when its trial has been judged.
    """

    @property
    def tools(self) -> Tools:
        """What can be done in it."""

    async def repeat(self, actions: Sequence[Action]) -> None:
        """Bring a new world to where these actions have led before: those of a trial that is taken up again."""

    async def read(self) -> Any:
        """Where it stands, as JSON: what evaluators of a final state compare."""


async def close_world(world: World | None) -> None:
    """End what a world holds open."""
    if isinstance(world, Closable):
        await world.aclose()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where all trials of a task begin that was begun before: behind the first records of a run in their journal."""

    run_id: str
    head: int
    """How many of its records are taken over."""
    state: str
    """At which they go on."""
    step: int
    luck: tuple[str, str, int] | None = None
    """The key by which its simulated model drew, where trials are to draw by the same one."""


@dataclass(frozen=True, slots=True)
class Task:
    """One question of an experiment.

    `task_id` names it in all results; tasks of one `family` (a template, a repository) are no independent witnesses.
    """

    task_id: str
    turns: tuple[str, ...]
    """What is asked, in order, each after the answer to the one before; most tasks have one."""
    answer: Any = None
    """What evaluators compare with; JSON."""
    family: str = ""
    evaluator: str = ""
    """As the experiment's, and in its place: `numeric(0.01)`."""
    tools: Sequence[Any] = ()
    """Beside those of the arm, as a brain takes them."""
    make_world: Callable[[], World] | None = None
    split: str = ""
    """`selection`, `confirmation`, `training`; empty: the experiment deals it out."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What else its source says of it; JSON."""
    origin: Origin | None = None
    """None: its trials begin with the question."""

    @property
    def prompt(self) -> str:
        """Its first turn."""
        return self.turns[0]
