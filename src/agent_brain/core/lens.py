"""What a state wants to see of a run, and the port of the memories that decide what is shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.errands import Errand
from agent_brain.core.errors import ModelErrorKind
from agent_brain.core.items import Item, ItemKind, Message
from agent_brain.core.memory_env import MemoryEnv


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a prompt may take, and how a memory learns what it takes."""

    count: Callable[[Sequence[Item]], int]
    """Tokens of the whole prompt with these items shown: instructions, tools and the directive are part of it."""
    tokens: int | None = None
    """None: all that is left to show fits."""
    since: int = 0
    """What stands before this place in the log was hidden in earlier prompts: to show it again breaks caches."""


@dataclass(frozen=True, slots=True)
class Lens:
    """What a state wants to see; the memory decides what fits."""

    directive: str = ""
    """The state's own instruction; rendered last."""
    kinds: frozenset[ItemKind] | None = None
    """Only these kinds of items; None: all."""
    groups: int | None = None
    """Only so many of the last groups, a reply and what it asked for being one, beside what was asked; None: all."""
    slots: frozenset[str] | None = None
    """Only these slots, of those that the memory shows; None: all."""
    budget: Budget | None = None
    """None: there is no bound."""


@runtime_checkable
class Memory(Protocol):
    """Decides which items the model is shown."""

    def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        """The items to show, in order: a pure function of env and lens.

        Within the lens's budget the goal stays, and what belongs together stays together.
        Raises: BudgetTooSmall where that cannot be.
        """


class Place(StrEnum):
    """Where an overlay stands among what a model is shown."""

    HEAD = "head"
    """Before the log: for what rarely changes, because all that follows is read anew when it does."""
    TAIL = "tail"
    """After the log, before the directive: for what changes often, or has to be kept in mind."""


@runtime_checkable
class Overlay(Protocol):
    """Something that a memory shows beside the log, at a fixed place."""

    @property
    def name(self) -> str:
        """What its block is called; that of the slot which it shows, where it shows one."""

    @property
    def place(self) -> Place:
        """Before or after the log."""

    def show(self, env: MemoryEnv) -> str:
        """Its text, empty for nothing: a pure function of env."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """A model call that a memory has made before it shows anything."""

    name: str
    """What it is for: `summary`."""
    messages: Sequence[Message]
    keep: Callable[[MemoryEnv, str], None]
    """Writes what came of it, into slots or on the board."""
    is_needed: bool = False
    """The memory cannot show anything without it."""


FAILED_UPKEEP = "upkeep failed"
"""Where the board keeps which call for a memory failed last: its `name`, the length of the log (`at`), and, for a
replay, what was asked of which model, with what room, and the error; its `kind` where that is not the usual one."""


def find_kind(failure: Mapping[str, Any]) -> str:
    """The kind of a model's error with which a call for a memory failed, by what the board keeps of it."""
    return str(failure.get("kind", ModelErrorKind.SERVER))


@runtime_checkable
class Maintaining(Memory, Protocol):
    """A memory that has a model do something now and then."""

    def find_upkeep(self, env: MemoryEnv, lens: Lens) -> Upkeep | Errand | None:
        """What is due before the next prompt, by env and by a lens with what is known of its budget alone."""


@runtime_checkable
class Settling(Memory, Protocol):
    """A memory that learns from a run that has come to its end."""

    def find_settling(self, env: MemoryEnv) -> Upkeep | Errand | None:
        """What is due when the answer is there, by env alone; not asked of runs that states have made inside others."""
