"""A task: what every arm of an experiment is given alike, and what tells whether it was done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.items import Action
from agent_brain.core.tooling import Tools
from agent_brain.lab.user import User


@runtime_checkable
class World(Protocol):
    """What a trial's tools act upon, made anew for each trial and for each process that goes on with one.

    One that holds something open, a process perhaps, has `aclose`, awaited when its trial has been judged. Where it
    fails, the trial's row tells so, and counts.
    """

    @property
    def tools(self) -> Tools:
        """What can be done in it."""

    async def repeat(self, actions: Sequence[Action]) -> None:
        """Bring a new world to where these actions have led before: those of a trial that is taken up again."""

    async def read(self) -> Any:
        """Where it stands, as JSON: what evaluators of a final state compare."""


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
    """What is asked, in order, each after the answer to the one before; most tasks have one, and none where a model
    plays the `user`."""
    answer: Any = None
    """What evaluators compare with; JSON."""
    family: str = ""
    evaluator: str = ""
    """As the experiment's, and in its place: `numeric(0.01)`."""
    tools: Sequence[Any] = ()
    """Beside those of the arm, as a brain takes them."""
    tools_from: Mapping[str, int] = field(default_factory=dict)
    """Tools that are not offered from the beginning, by name, with the turn that brings them, counted from 0."""
    make_world: Callable[[], World] | None = None
    split: str = ""
    """`selection`, `confirmation`, `training`; empty: the experiment deals it out."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What else its source says of it; JSON."""
    origin: Origin | None = None
    """None: its trials begin with the question."""
    user: User | None = None
    """Who says what the turns are, one after the other; None: they are given."""

    @property
    def prompt(self) -> str:
        """Its first turn, or what its user is told."""
        return self.turns[0] if self.turns or self.user is None else self.user.prompt

    @property
    def turns_max(self) -> int:
        """How many turns it has at most."""
        return len(self.turns) if self.user is None else self.user.turns_max

    @property
    def asked(self) -> str:
        """Its last turn, which is what evaluators are told of, or what its user is told."""
        return self.turns[-1] if self.turns or self.user is None else self.user.prompt
