"""A run's journal as a story: its steps, what was said, done and seen in each, and why it moved."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from agent_brain.core.items import FaultKind, ItemKind, OutcomeStatus
from agent_brain.core.judgements import Judgement
from agent_brain.core.pauses import PauseKind, ReplySource
from agent_brain.core.records import Status
from agent_brain.core.usage import Usage
from agent_brain.engine.calls import Call


@dataclass(frozen=True, slots=True)
class Said:
    """One item that a step wrote."""

    kind: ItemKind
    text: str
    reasoning: str = ""
    fault: FaultKind | None = None
    """Set on the words that tell the model how to mend its reply."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One action and what came of it."""

    action_id: str
    name: str
    args: Mapping[str, Any]
    starts: int = 0
    """How often it was started: 0 while it is held back, more than once where a process died on it."""
    status: OutcomeStatus | None = None
    """None while there is no outcome."""
    outcome: str = ""
    fault: FaultKind | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """One pause and the reply to it."""

    pause_id: str
    kind: PauseKind
    text: str
    action_id: str = ""
    reply: Any = None
    source: ReplySource | None = None
    """Whose word the reply is; None while nobody has replied."""


@dataclass(frozen=True, slots=True)
class Step:
    """One visit of one state, its waiting included."""

    question: int
    """Which question of the conversation it belongs to, counted from 1."""
    number: int
    """Counted from 1 for each question."""
    state: str
    run_id: str
    """The run that wrote it: a fork's first steps are those of its parent."""
    first: int
    """The number of its first record."""
    last: int
    began_at: float
    """Seconds since the epoch, of its first commit; a step's records are written when it ends."""
    ended_at: float
    said: tuple[Said, ...] = ()
    actions: tuple[Deed, ...] = ()
    pauses: tuple[Wait, ...] = ()
    calls: tuple[Call, ...] = ()
    usage: Usage = field(default_factory=Usage)
    limit: str = ""
    """What limit was met, in words."""
    target: str = ""
    """Where it moved; empty where it has not, END where it ended the run."""
    reason: str = ""
    """Why it moved there."""
    errors: tuple[str, ...] = ()
    """What it failed with, each time that it did."""
    fits: tuple[str, ...] = ()
    """What was hidden so that a prompt fits, and what was refused before, in words."""
    wires: tuple[str, ...] = ()
    """What was found out of the wire that goes with a model, in words."""
    judgements: tuple[Judgement, ...] = ()
    """What an evaluator has said of answers."""
    inside: "tuple[Story, ...]" = ()
    """The runs inside it; one that carries out an action is named by the action's id."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where another run's records begin: a fork, or a further question to an env."""

    run_id: str
    first: int
    """The number of its first record."""
    parent: str
    is_fork: bool


@dataclass(frozen=True, slots=True)
class Asking:
    """One question of the conversation."""

    run_id: str
    goal: str
    first: int
    net: str


@dataclass(frozen=True, slots=True)
class Story:
    """A run as its journal tells it, from the first record that is left to the last one."""

    run_id: str = ""
    net: str = ""
    goal: str = ""
    """The last question."""
    status: Status = Status.RUNNING
    """RUNNING for all that has not ended and does not wait; only the run's row tells whether somebody drives it."""
    state: str = ""
    """Where it stands."""
    answer: str = ""
    error: str = ""
    steps: tuple[Step, ...] = ()
    questions: tuple[Asking, ...] = ()
    origins: tuple[Origin, ...] = ()
    usage: Usage = field(default_factory=Usage)
    """What the last question has spent."""
    oracles: tuple[str, ...] = ()
    """The evaluators that had a say and knew what an agent at work would not."""
    passed: bool | None = None
    """Whether the answer passed the evaluator of its tries; None: nobody has judged it, or there is none."""
    gone: int = 0
    """How many records were compacted away before the first one told of here."""
    last: int = 0
    """The number of the last record."""
    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    """System prompts and directives, by digest."""

    def data(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        return asdict(self)
