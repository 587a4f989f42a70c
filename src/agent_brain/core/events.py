"""What a run streams to whoever watches: its records as they happen, and what is gone when nobody looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agent_brain.core.errors import RunError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Record, Status


class ChunkKind(StrEnum):
    """Whose voice a piece of text is."""

    THOUGHT = "thought"
    REASONING = "reasoning"
    """The model's private reasoning, as some servers stream it."""
    ARGUMENTS = "arguments"
    """A tool call as the model writes it: each call's tool first, then its JSON; what becomes of it, ACTION tells."""
    ACTION = "action"
    PROGRESS = "progress"
    """A tool telling how far it is."""
    OBSERVATION = "observation"
    ANSWER = "answer"


@dataclass(slots=True, unsafe_hash=True)  # not frozen: see CallDelta
class Chunk:
    """A piece of text that a state streams."""

    text: str
    kind: ChunkKind
    state: str = ""
    action_id: str = ""
    """Set where it belongs to an action."""


@dataclass(frozen=True, slots=True)
class Retracted:
    """What the present step streamed since it was entered does not count: it begins again, for the reason given."""

    reason: str
    state: str = ""
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Partial:
    """What of an answer of the brain's `answer_type` can be read so far, as plain data.

    From one to the next it only grows, up to the whole answer, unless a `Retracted` comes between them.
    """

    value: Any
    state: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """A step begins."""

    state: str
    step: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A step has ended and its move was legal."""

    source: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of every run."""

    run_id: str
    status: Status
    answer: str
    error: RunError | None
    env: MemoryEnv = field(repr=False)
    """All that the run knew: what a further question goes on from, and no part of the event's data elsewhere."""
    value: Any = None
    """The answer as a value of the brain's `answer_type`, where it has one and there is an answer."""


@dataclass(frozen=True, slots=True)
class SubEvent:
    """What happens in a sub-run: a run inside an action or a state of this one."""

    path: str
    """Where it is: the keys of the sub-runs from the outermost to its own, parted by dots."""
    event: "Record | Chunk | Retracted | Partial | Entered | Moved | Ended"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Records of a sub-run, which waits until the run that it is inside of has made them durable."""

    records: Sequence[Record]
    acknowledge: Callable[[], None] = field(repr=False)
    """Called when they are durable: then the sub-run goes on."""


Event = Record | Chunk | Retracted | Partial | Entered | Moved | Ended | SubEvent
Piece = str | Chunk | Retracted | Partial | SubEvent | HandedOver
"""What a state streams: plain text counts as a chunk of the state's own kind."""

PASSING = (Chunk, Retracted, Partial, Entered, Moved, Ended)
"""What is gone when nobody looks: all events but records."""
