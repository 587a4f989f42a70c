"""The ports of the house: what states ask of models, memories, tools and wires; adapters live a floor above."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.answer_type import AnswerType
from agent_brain.core.chat import ChatModel, Reply
from agent_brain.core.errands import Brought, Errand, go_on_errand
from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.events import HandedOver, SubEvent
from agent_brain.core.gauge import ANY_GAUGE as ANY_GAUGE
from agent_brain.core.gauge import Gauge as Gauge
from agent_brain.core.gauge import Room as Room
from agent_brain.core.guards import NO_GUARDS, Guards
from agent_brain.core.items import Action, Details, FaultKind, Item, Message
from agent_brain.core.lens import Budget as Budget
from agent_brain.core.lens import Lens as Lens
from agent_brain.core.lens import Memory as Memory
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Inside, Tools, ToolSpec
from agent_brain.core.usage import Usage
from agent_brain.core.wire_choice import WireChoice

Derive = Callable[[Callable[[], Any]], Any]
"""Gives what a run keeps for a kind of thing that is worked out from its log."""


@runtime_checkable
class Closable(Protocol):
    """A part that opens something for the running event loop and can close it."""

    async def aclose(self) -> None:
        """Close it; the part can be used again afterwards."""


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
class Following(Protocol):
    """A wire that can keep what it has shown of a run, and go on with it where the run's log has grown."""

    def follow(self, derive: Derive) -> Wire:
        """The same wire for one run; `derive` is that run's `MemoryEnv.derive`."""


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
class Noting(Protocol):
    """A choosing wire that remembers what it is told, so that the next run does not find it out again."""

    def note_refusal(self, model: ChatModel, why: str) -> None:
        """Know that the server of this model refuses tools."""


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


GoOnErrand = Callable[[MemoryEnv, Errand], Awaitable[Brought]]
"""Does what a memory wants to have done outside of a run."""


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
    errand: GoOnErrand = go_on_errand
    """Goes where a memory sends it, without the run's secrets."""
    is_inside: bool = False
    """They are of a net in a run that a state has made inside its own: what comes of it is the outer run's to keep."""
    is_played: bool = False
    """The tools play a journal back: that an argument was a secret, which is not in it, keeps none from its outcome."""
    guards: Guards = NO_GUARDS
    """What sees actions, their outcomes and the answer before they count."""

    def get_model(self, role: str) -> ChatModel:
        """The model of a role, or the default one. Raises: UnknownName."""
        if role not in ROLES:
            raise UnknownName("model role", role, ROLES)
        return self.models.get(role) or self.models[DEFAULT_ROLE]
