"""Tools as everything above sees them: what is told of one, and the ways in which one can be carried out."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NewType, Protocol, runtime_checkable

from agent_brain.core.events import HandedOver, SubEvent
from agent_brain.core.gauge import ANY_GAUGE as ANY_GAUGE
from agent_brain.core.gauge import Gauge as Gauge
from agent_brain.core.gauge import Room as Room
from agent_brain.core.items import Action, Observation
from agent_brain.core.lens import Budget as Budget
from agent_brain.core.lens import Lens as Lens
from agent_brain.core.lens import Memory as Memory
from agent_brain.core.memory_env import MemoryEnv

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
    reset: Callable[[], Awaitable[None]] | None = None
    """Undoes all that it has changed, before another attempt at the same question. Raises: RunError."""

    @property
    def leaves_traces(self) -> bool:
        """What it changes stays changed: another attempt would not find the world as the first one did."""
        return not self.read_only and not self.looks and self.reset is None


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


GIVEN_SLOTS = "given slots"
"""On a sub-run's board: the names of the slots that it began with."""


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
