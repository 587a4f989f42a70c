"""The State pattern: one way of behaving, without a memory of its own."""

import copy
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

from agent_brain.core.events import ChunkKind, Piece
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Parts


class StateType(StrEnum):
    """The names of the shipped states; a net may use any other str for its own."""

    REASONING = "reasoning"
    ACTION = "action"
    ANSWER = "answer"
    ASK = "ask"
    ATTEMPT = "attempt"
    JUDGE = "judge"
    REFLECT = "reflect"
    RESET = "reset"
    PLAN = "plan"
    STEP = "step"
    REPLAN = "replan"
    CLARIFY = "clarify"


class Need(StrEnum):
    """What a net may need that not every brain has."""

    EVALUATOR = "evaluator"
    """Something that says whether an answer is good: `Brain(evaluator=...)`."""
    TOOLS = "tools"
    """At least one tool."""
    RESET = "reset"
    """Every tool that changes something says how it is reset: `@tool(reset=...)`."""
    READ_ONLY = "read_only"
    """No tool changes anything, because several runs inside use them at the same time."""
    APART = "apart"
    """No memory writes to its store before the run has its answer, because runs inside, which shall know nothing of
    each other, would find it."""


END = "end"
"""In a net's table: the state may end the run."""


class State(ABC):
    """One way of behaving; all run data is in `env`, so one instance serves any number of runs at once.

    A net seals its states: setting an attribute of one raises AttributeError from then on.
    """

    kind: ClassVar[ChunkKind] = ChunkKind.THOUGHT
    """What the plain text that it streams is."""
    model_calls: ClassVar[int] = 0
    """How often one visit asks a model, retries not counted."""
    needs: ClassVar[frozenset[Need]] = frozenset()
    """What it cannot do without."""
    begins_more: ClassVar[bool] = False
    """A visit may begin actions beyond those that were asked for when it began, so that several run at once."""

    @property
    def inner_nets(self) -> "Sequence[Any]":
        """The nets that it has walked in runs inside its own."""
        return ()

    @property
    def inner_runs_max(self) -> int:
        """How many runs of each of these one visit has walked at most."""
        return 1

    @property
    def inner_runs_in_all(self) -> int | None:
        """How many runs of each of these all its visits have walked at most; None: so many in each visit."""
        return None

    @property
    def reads(self) -> frozenset[str]:
        """The slots and entries of the board that it cannot do without; a family of entries by its prefix, `done: `."""
        return frozenset()

    @property
    def writes(self) -> frozenset[str]:
        """Those that it sees to: there when it has gone on, as far as there was anything to write."""
        return frozenset()

    async def run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        """Stream what the state does, then choose the next state; not yet where the visit waits for a person."""
        async with aclosing(self._run(env)) as pieces:
            async for piece in pieces:
                yield piece
        if not env.open_pauses:
            await self._transition(env)

    @abstractmethod
    def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        """Do what the state is for: an async generator of text, which writes to env when its stream has ended.

        Where it has opened a pause (`env.ask`), the run waits when it has ended, and it is called again with the reply
        in `env.find_pause()`. Where the process died in the middle of it, it is called again too, and finds nothing of
        what it wrote but its actions: those in flight may have taken effect.
        """

    @abstractmethod
    async def _transition(self, env: MemoryEnv) -> None:
        """Name the next state with `env.set_state`, or set `env.done`; nothing else."""

    @property
    def targets(self) -> frozenset[str] | None:
        """Where it may go (END included), or None where only its code knows."""
        return None

    @property
    def visits_max(self) -> int | None:
        """After how many visits in one run it goes a way that leaves its cycle; None: it has no bound."""
        return None

    @property
    def last_targets(self) -> frozenset[str] | None:
        """Where it may go at the last of these visits; None: wherever it may go at any."""
        return None

    @property
    def spare_visits(self) -> int:
        """Of its visits, those that ask a model only where a reply had to be corrected or a limit was met."""
        return 0

    @property
    def quiet_visits(self) -> int:
        """Of as many visits as there can be, those that ask no model in any case."""
        return 0

    def describe(self) -> str:
        """Its class and arguments, in words: what makes it another state than one of the same name."""
        if not is_dataclass(self):
            return type(self).__name__
        given = {
            field.name: getattr(self, field.name) for field in fields(self) if field.init and field.name != "parts"
        }
        return f"{type(self).__name__}({', '.join(f'{name}={_describe(value)}' for name, value in given.items())})"

    def aimed_at(self, target: str) -> Self:
        """The same state going to `target`; a state with no choice of target returns itself."""
        return self

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts; a state that needs none returns itself."""
        return self

    def sealed(self) -> Self:
        """A copy that nothing can be kept in."""
        return self.changed(_is_sealed=True)

    def __setattr__(self, name: str, value: object) -> None:
        if "_is_sealed" in vars(self):
            raise AttributeError(
                f"{type(self).__name__} cannot keep {name!r}: a state serves many runs at once; "
                "what a run knows belongs into env (add, put_board, put_slot)"
            )
        super().__setattr__(name, value)

    def changed(self, **fields: object) -> Self:
        """A copy with these fields set: how frozen states are bound and aimed, whatever their constructor takes."""
        clone = copy.copy(self)
        for name, value in fields.items():
            object.__setattr__(clone, name, value)
        return clone


def _describe(value: object) -> str:
    """A plain value as itself; a set in order; an object by its name or class, because its address says nothing."""
    match value:
        case None | bool() | int() | float() | str():
            return repr(str(value) if isinstance(value, str) else value)
        case frozenset() | set():
            return "{" + ", ".join(sorted(map(_describe, value))) + "}"
        case tuple() | list():
            return "[" + ", ".join(map(_describe, value)) + "]"
        case _:
            name = str(getattr(value, "__qualname__", type(value).__qualname__))
            fingerprint = getattr(value, "fingerprint", "")  # of a net, whose class is made of states
            return f"{name}({fingerprint})" if isinstance(fingerprint, str) and fingerprint else name
