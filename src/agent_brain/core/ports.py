"""The ports of the house: what states ask of models, memories, tools and wires; adapters live a floor above."""

import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NewType, Protocol, runtime_checkable

from agent_brain.core.answer_type import AnswerType
from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.events import HandedOver, SubEvent
from agent_brain.core.gauge import ANY_GAUGE as ANY_GAUGE
from agent_brain.core.gauge import Gauge as Gauge
from agent_brain.core.gauge import Room as Room
from agent_brain.core.guards import NO_GUARDS, Guards
from agent_brain.core.items import Action, Details, FaultKind, Item, Message, Observation, ReplyCall
from agent_brain.core.lens import Budget as Budget
from agent_brain.core.lens import Lens as Lens
from agent_brain.core.lens import Memory as Memory
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.usage import Usage
from agent_brain.core.wire_choice import WireChoice


@dataclass(frozen=True, slots=True)
class CallDelta:
    """A piece of one tool call, however its server sends calls."""

    index: int
    """Which call of the reply it belongs to, counted from 0 in the order in which they began."""
    name: str = ""
    """The tool's whole name, once."""
    arguments: str = ""
    """A piece of the arguments' JSON."""


@dataclass(frozen=True, slots=True)
class Delta:
    """One step of a model's stream."""

    text: str = ""
    reasoning: str = ""
    finish: str | None = None
    """Why the model stopped (`stop`, `length`, ...), on one delta near the end."""
    usage: Usage | None = None
    """What the call has spent, where the server says so; tokens only, the call itself is counted by who asks."""
    calls: tuple[CallDelta, ...] = ()
    details: Details | None = None
    """What the server wants back as it came: all of it on one delta near the end."""


@dataclass(frozen=True, slots=True)
class Again:
    """The call broke and is made again: what it streamed so far does not count."""

    reason: str
    attempt: int
    """The attempt that failed, counted from 1."""
    wait_seconds: float
    model: "ChatModel | None" = None
    """Who is asked from here on; None: the same model as before."""


@runtime_checkable
class ChatModel(Protocol):
    """A model behind some server, or one of its twins."""

    @property
    def name(self) -> str:
        """What logs and usage call it."""

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """Stream one reply, whole or not at all: an end without an error means that nothing is missing.

        Raises: ModelError.
        """


ToolChoice = Literal["auto", "none"]
"""Whether the model may call the tools that it is told of."""


@runtime_checkable
class CallingModel(ChatModel, Protocol):
    """A model whose server takes tools and gives back calls of them."""

    def stream_calls(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], *, choice: ToolChoice = "auto"
    ) -> AsyncGenerator[Delta | Again, None]:
        """As `stream`, with tools as chat completions describe them; a reply may hold calls beside its text.

        Raises: ModelError.
        """


@runtime_checkable
class Several(Protocol):
    """Models of which one after the other is asked until one answers; each may have to be asked in its own way."""

    @property
    def models(self) -> "Sequence[ChatModel]":
        """In the order in which they are asked; at least one."""

    def ask_each(
        self, ask: Callable[[ChatModel], AsyncGenerator[Delta | Again, None]]
    ) -> AsyncGenerator[Delta | Again, None]:
        """What `ask` streams of the first model that has a reply; an `Again` before it names who goes on.

        Raises: ModelError.
        """


def takes_tools(model: ChatModel) -> bool:
    """True where a model can be asked with tools; one that stands for others says so itself, as `takes_tools`."""
    return isinstance(model, CallingModel) and bool(getattr(model, "takes_tools", True))


@runtime_checkable
class Tunable(ChatModel, Protocol):
    """A model whose requests have options."""

    def tuned(self, options: Mapping[str, Any]) -> ChatModel:
        """The same model with these options, such as `temperature`, in place of its own; its connections are shared."""


@runtime_checkable
class Closable(Protocol):
    """A part that opens something for the running event loop and can close it."""

    async def aclose(self) -> None:
        """Close it; the part can be used again afterwards."""


ActionId = NewType("ActionId", str)
"""A function tool's parameter of this type is given the action's id: its idempotency key. No model sees it."""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What a model is told of a tool, and what the engine must know of it."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON schema of an object."""
    read_only: bool = False
    """Changes nothing outside: may be run again when in doubt."""
    idempotent: bool = False
    """Running it twice with the same arguments is running it once."""
    timeout_seconds: float | None = None
    needs_approval: bool | Callable[[Mapping[str, Any]], bool] = False
    """Whether a person is asked before it is started: always, never, or by its arguments."""
    approval_seconds: float | None = None
    """How long a person has for that; then it is refused. None: for ever."""
    parallel: bool = True
    """May run beside the other actions of its turn; False: the others wait for it, and it waits for them."""
    nests: bool = False
    """It is a run of its own, whose journal is a part of that of the run that calls it (`Nesting`)."""
    looks: bool = False
    """It looks into the run that calls it, and changes nothing but its slots (`Looking`)."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a tool wants to know of a person before it can end; the reply becomes its outcome, unless it has a token."""

    text: str
    wanted: Mapping[str, Any] | None = None
    """JSON schema of the reply; None: anything."""
    default: Any = None
    """What counts as the reply when it expires."""
    expires_seconds: float | None = None
    """None: the run waits for ever."""
    token: Any = None
    """What the tool wants back with the reply, by whatever process goes on (`Answering`); JSON only."""


class Tool(Protocol):
    """Something that a model can have done."""

    @property
    def spec(self) -> ToolSpec:
        """Its name, description and schema."""

    def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation | Question, None]:
        """Stream progress as text, and last of all one observation; a failure is an observation, not an exception.

        Last of all may also be a question to a person. An action that is run again, because nobody knows whether it
        took effect, has the same `action_id`: it is the idempotency key to hand on.
        """


@runtime_checkable
class Tools(Protocol):
    """The tools of a brain, by name."""

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """In the order in which the model is told of them."""

    def call(self, action: Action, action_id: str) -> AsyncGenerator[str | Observation | Question, None]:
        """As `Tool.call`; an unknown name is an observation too."""


@runtime_checkable
class Answering(Protocol):
    """Tools that go on with the reply to what they asked, where their question had a token."""

    def answer(
        self, action: Action, action_id: str, token: Any, reply: Any
    ) -> AsyncGenerator[str | Observation | Question, None]:
        """As `Tools.call`, from where it asked. The reply is a person's, or the question's default."""


@dataclass(frozen=True, slots=True)
class Inside:
    """Where a sub-run is."""

    run_id: str
    """Its name, which ends with its key: the id of the action that it carries out, or what its state calls it."""
    env: MemoryEnv | None
    """What it knows, where it has begun: it goes on from there."""
    allowance: object
    """What it may spend, as `MemoryEnv.allowance` of the run that it is inside of has it."""


@runtime_checkable
class Nesting(Protocol):
    """Tools some of which are runs of their own (`ToolSpec.nests`)."""

    def nest(self, action: Action, inside: Inside) -> AsyncGenerator[SubEvent | HandedOver | Observation, None]:
        """Begin such a run, or take it on; last of all its outcome, unless it waits for a person.

        Paths and records are as seen from inside: who calls it knows the key.
        """


@runtime_checkable
class Looking(Protocol):
    """Tools some of which look into the run that calls them (`ToolSpec.looks`)."""

    def look(self, action: Action, env: MemoryEnv) -> Observation:
        """What such a tool finds, and puts into slots: a pure function of the run and the arguments."""


@runtime_checkable
class Openable(Protocol):
    """Tools that have to reach something before their specs are known."""

    async def open(self) -> None:
        """Get ready on the running event loop; awaited whenever a run is begun or taken up. Raises: RunError."""


FOUND_TOOLS = "found tools"
"""Where a journal keeps what `Recalling.tell_found` said, among the words of its prompts."""


@runtime_checkable
class Recalling(Protocol):
    """Tools that have to be found somewhere, and can do without that for a replay, which calls none of them."""

    def tell_found(self) -> str:
        """What was found, as JSON; empty where nothing was."""

    def recall(self, told: str) -> Sequence[str]:
        """Take this for what is there, wherever nothing has been reached; gives the names of those places."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's whole reply."""

    text: str
    reasoning: str = ""
    finish: str | None = None
    calls: tuple[ReplyCall, ...] = ()
    details: Details | None = None
    """What the server wants back of it as it came."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a wire finds in a reply: actions, or a fault with the words that mend it, or neither.

    Both where several calls came at once and only some of them can be read: the others are carried out.
    """

    text: str
    """The reply as the log shall keep it."""
    actions: tuple[Action, ...] = ()
    fault: FaultKind | None = None
    remedy: str = ""
    details: Details | None = None
    """What the log shall keep as it came; its `calls` are those of the actions."""


@runtime_checkable
class Wire(Protocol):
    """How actions travel between a run and a model."""

    def get_messages(
        self, instructions: str, items: Sequence[Item], specs: Sequence[ToolSpec], directive: str = ""
    ) -> list[Message]:
        """The messages that show these items: one system message for the whole run, the directive last."""

    def get_tools(self, specs: Sequence[ToolSpec]) -> Sequence[Mapping[str, Any]]:
        """What is sent beside the messages to tell the model of its tools; nothing where the messages do."""

    def read(self, reply: Reply, specs: Sequence[ToolSpec]) -> Reading:
        """Find the actions in a reply; never raises."""


@runtime_checkable
class Choosing(Protocol):
    """Two wires in one: which of them is used is chosen for each model, and written down in the run."""

    @property
    def native(self) -> Wire:
        """For models that take tools."""

    @property
    def text(self) -> Wire:
        """For all others, and where a server refuses tools or cannot read its own model's calls."""

    async def choose(self, model: ChatModel, known: WireChoice | None, *, may_ask: bool = True) -> WireChoice:
        """The choice for a model; `known` is what the run has chosen before.

        Where it may not ask, because a limit was met, nobody is waited for.
        """


@runtime_checkable
class Allowing(Protocol):
    """What a run, and what is inside it, may still spend: `MemoryEnv.allowance` while a driver has it."""

    def find_met(self, calls: int, actions: Sequence[Action] = ()) -> str:
        """The limit that forbids so many more model calls or these actions, as a sentence; empty for none."""


Nest = Callable[[Any, str, Mapping[str, str], Inside], tuple[MemoryEnv, AsyncGenerator[SubEvent | HandedOver, None]]]
"""Takes a bound net, a question, the slots to begin with, and where the sub-run is; gives its env, and what it streams
until it ends or waits.

The net is an `agent_brain.core.net.Net`, which is made of states, which are made of parts.
"""


def nest_nothing(*_: object) -> Any:
    """What parts without a driver do. Raises: SetupError."""
    raise SetupError("these parts have no driver for runs inside runs: put the net into a Brain")


DEFAULT_ROLE = "default"
ROLES = (DEFAULT_ROLE, "reasoning", "answering", "memory")
"""What states may ask for a model as; a role without a model of its own has the default one."""


def leave_unpriced(_: ChatModel, usage: Usage) -> Usage:
    """The same usage: where there is no table of prices, what the server has told of costs is all that is known."""
    return usage


@dataclass(frozen=True, slots=True)
class Parts:
    """What a brain gives its states: models by role, a memory, tools, a wire, and the net's instructions."""

    models: Mapping[str, ChatModel]
    memory: Memory
    tools: Tools
    wire: Wire
    instructions: str = ""
    clock: Callable[[], float] = time.time
    """Seconds since the epoch: by it pauses expire."""
    price: Callable[[ChatModel, Usage], Usage] = leave_unpriced
    """Gives what a model has taken its price, where that is known."""
    gauge: Gauge = ANY_GAUGE
    """How large contexts are, and how tokens are counted."""
    answer_type: AnswerType | None = None
    """What answers have to be; None: words."""
    is_wire_chosen: bool = False
    """The wire is the one of the call under way: a choosing one has chosen."""
    evaluator: Evaluator | None = None
    """Says whether an answer is good, where that was given."""
    nest: Nest = nest_nothing
    """Walks a net in a run inside the present one."""
    is_played: bool = False
    """The tools play a journal back: that an argument was a secret, which is not in it, keeps none from its outcome."""
    guards: Guards = NO_GUARDS
    """What sees actions, their outcomes and the answer before they count."""

    def get_model(self, role: str) -> ChatModel:
        """The model of a role, or the default one. Raises: UnknownName."""
        if role not in ROLES:
            raise UnknownName("model role", role, ROLES)
        return self.models.get(role) or self.models[DEFAULT_ROLE]
