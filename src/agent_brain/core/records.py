"""The durable changes of a MemoryEnv: a run is the fold of its records.

A new kind of change is a new class here, a row in `Record`, and a case in `MemoryEnv.update`, where the type checker
asks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from agent_brain.core.items import Action, Details, FaultKind, ItemKind, Observation, ReplyCall
from agent_brain.core.pauses import PauseKind, ReplySource
from agent_brain.core.usage import Usage


class Status(StrEnum):
    """Where a run stands."""

    READY = "ready"
    """For any driver to take: it was submitted, or a person has replied."""
    RUNNING = "running"
    WAITING = "waiting"
    """For a person: at least one of its pauses is open."""
    STOPPED = "stopped"
    """Left in the middle by whoever watched it; it goes on when it is resumed."""
    STUCK = "stuck"
    """Its drivers died on it again and again; it goes on only when it is resumed by name."""
    ANSWERED = "answered"
    LIMITED = "limited"
    """Answered from what was known when a limit was met."""
    FAILED = "failed"
    """Ended by an error; the env holds all that was known."""


@dataclass(frozen=True, slots=True)
class Started:
    """A run began with its goal."""

    run_id: str
    net: str
    fingerprint: str
    state: str
    goal: str
    shape: Mapping[str, str] = field(default_factory=dict)
    """What the fingerprint is made of: `Net.shape`."""


@dataclass(frozen=True, slots=True)
class Forked:
    """What follows is another run's future: a fork's own first record."""

    run_id: str
    net: str = ""
    """The net that goes on, where it is another one than before; its fingerprint and shape come with it."""
    fingerprint: str = ""
    shape: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A further question in the same conversation: the log stays, what is counted per run starts again."""

    run_id: str
    state: str
    goal: str
    net: str = ""
    """The net that goes on, where it is another one than before; its fingerprint and shape come with it."""
    fingerprint: str = ""
    shape: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemAdded:
    """The log got longer by one item."""

    kind: ItemKind
    text: str
    state: str = ""
    reasoning: str = ""
    details: Details | None = None


@dataclass(frozen=True, slots=True)
class Faulted:
    """The model got an action wrong in a way that no tool can answer for; the text tells it how to mend it."""

    kind: FaultKind
    text: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class ActionsChosen:
    """The model chose its next actions (none: it chose to go on without)."""

    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class ActionStarted:
    """An action's intent: from here on it may have taken effect.

    One that was held back may start with other arguments, which a person has put in their place.
    """

    action_id: str
    action: Action
    state: str = ""
    asked: Action | None = None
    """What the model asked for, where a guard has changed it."""
    refused: str = ""
    """Why a guard does not let it run: then it has no effect, and its outcome follows at once."""
    label: str = ""
    """Which call of a plan it is."""


@dataclass(frozen=True, slots=True)
class ActionFinished:
    """An action's outcome; the first one counts."""

    action_id: str
    outcome: Observation


@dataclass(frozen=True, slots=True)
class Paused:
    """The run waits for a person; where the action is given, it is held back until there is a verdict."""

    pause_id: str
    kind: PauseKind
    text: str
    state: str = ""
    action_id: str = ""
    action: Action | None = None
    wanted: Mapping[str, Any] | None = None
    default: Any = None
    expires_at: float | None = None
    token: Any = None
    asked: Action | None = None
    """As in `ActionStarted`."""
    label: str = ""
    """As in `ActionStarted`."""


@dataclass(frozen=True, slots=True)
class Replied:
    """A pause got its reply; the first one counts."""

    pause_id: str
    reply: Any
    source: ReplySource = ReplySource.PERSON


@dataclass(frozen=True, slots=True)
class SlotPut:
    """A named text (plan, notes, lessons) was set, or removed with None."""

    slot: str
    text: str | None


@dataclass(frozen=True, slots=True)
class BoardPut:
    """A value of control data, which the model does not see, was set; JSON only."""

    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Worded:
    """Words that prompts of this run hold, kept once: a system prompt, a directive."""

    digest: str
    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """A model was asked and replied; together with the items that its reply became, the reply itself."""

    model: str
    prompt: str
    """Digest of all messages."""
    messages: int
    """How many there were."""
    system: str = ""
    """Digest of the system prompt, whose words are kept."""
    directive: str = ""
    """Digest of the state's directive, whose words are kept."""
    text: str | None = None
    """The reply's text; None: that of the item which the log got from it."""
    reasoning: str | None = None
    """The reply's private reasoning; None: as `text`."""
    finish: str | None = None
    calls: tuple[ReplyCall, ...] | None = ()
    """The reply's tool calls; None: those that the step's chosen actions are."""
    tools: str = ""
    """Digest of the tools that were sent beside the messages, whose words are kept."""
    details: Details | None = None
    """What the server wants back of the reply as it came; with no `text`, that of the item."""
    counted: int = 0
    """Tokens of the prompt as counted before the call; 0: they were not."""
    reported: int = 0
    """Tokens of the prompt as the server counted them, where both are known."""
    room: int = 0
    """Tokens that it might have, as a memory was told that has models work for it; 0: it was told nothing."""
    upkeep: str = ""
    """What a memory had it made for, such as `summary`; empty: it is the state's own."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A prompt did not fit a model's context: its server said so, or its window was known; the run learns from it."""

    model: str
    prompt: str
    """Digest of all messages."""
    counted: int
    """Its tokens as counted here."""
    window: int
    """Tokens of prompt and reply together that the run goes by from here on."""
    text: str = ""
    """What was said, in words."""
    told: tuple[int | None, int | None, int | None] = (None, None, None)
    """Window, prompt and reply, as far as the server has told."""
    room: int = 0
    """As in `Called`."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The memory was asked to show less, so that a prompt fits a model's context; tokens as counted here."""

    model: str
    before: int
    """Of the prompt that did not fit."""
    after: int
    """Of what was shown instead."""
    budget: int
    """How many there were."""
    hidden: int
    """Items that are not shown any more, and are in the log still."""
    since: int = 0
    """The place in the log from which on items are shown, the goal apart."""
    is_silent: bool = False
    """It was no memory: the model's server must have cut the prompt, and has said nothing."""


@dataclass(frozen=True, slots=True)
class Charged:
    """Something was spent."""

    usage: Usage
    model: str = ""


@dataclass(frozen=True, slots=True)
class StateSet:
    """The next state was named, with the reason for the move."""

    state: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LimitMet:
    """A limit was met: the run goes to its finishing state."""

    limit: str
    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The run came to its end."""

    answer: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The run was ended by an error."""

    error: str
    message: str
    kind: str = ""
    """That of a model's error, `ModelErrorKind`: tells what broke outside from what the run itself got wrong."""


@dataclass(frozen=True, slots=True)
class SubRecord:
    """A record of a sub-run: a run inside this one, whose journal is a part of this one's."""

    sub_run: str
    """Its key: the place in the log of the action that it carries out, or what its state calls it."""
    record: "Record"


@dataclass(frozen=True, slots=True)
class Resumed:
    """A run that had failed goes on."""


Record = (
    Started
    | Forked
    | Asked
    | ItemAdded
    | Faulted
    | ActionsChosen
    | ActionStarted
    | ActionFinished
    | Paused
    | Replied
    | SlotPut
    | BoardPut
    | Worded
    | Called
    | Refused
    | Fitted
    | Charged
    | StateSet
    | LimitMet
    | Finished
    | Failed
    | Resumed
    | SubRecord
)

URGENT = (ActionStarted, ActionFinished, Paused, SubRecord)
"""What becomes durable at once, in the middle of a step; all else does when the step has ended.

A sub-run's records are, because its own steps and intents end in the middle of the step that it is inside of.
"""


def make_failed(error: Exception) -> Failed:
    """The record of an error that ends a run."""
    return Failed(type(error).__name__, str(error), str(getattr(error, "kind", "")))


def find_innermost(record: Record) -> tuple[str, Record]:
    """The path of a sub-run's record, empty for one of the run itself, and what it records there."""
    path = ""
    while isinstance(record, SubRecord):
        path, record = f"{path}.{record.sub_run}" if path else record.sub_run, record.record
    return path, record
