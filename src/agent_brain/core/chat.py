"""Chat models as everything above sees them, and what they stream."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from agent_brain.core.gauge import ANY_GAUGE as ANY_GAUGE
from agent_brain.core.gauge import Gauge as Gauge
from agent_brain.core.gauge import Room as Room
from agent_brain.core.items import Details, Message, ReplyCall
from agent_brain.core.lens import Budget as Budget
from agent_brain.core.lens import Lens as Lens
from agent_brain.core.lens import Memory as Memory
from agent_brain.core.offers import offers
from agent_brain.core.usage import Usage


@dataclass(slots=True)  # not frozen, as Delta: one is made for each token, and a frozen one takes three times as long
class CallDelta:
    """A piece of one tool call, however its server sends calls."""

    index: int
    """Which call of the reply it belongs to, counted from 0 in the order in which they began."""
    name: str = ""
    """The tool's whole name, once."""
    arguments: str = ""
    """A piece of the arguments' JSON."""


@dataclass(slots=True)
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
    return offers(model, CallingModel) and bool(getattr(model, "takes_tools", True))


@runtime_checkable
class Tunable(ChatModel, Protocol):
    """A model whose requests have options."""

    def tuned(self, options: Mapping[str, Any]) -> ChatModel:
        """The same model with these options, such as `temperature`, in place of its own; its connections are shared."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's whole reply."""

    text: str
    reasoning: str = ""
    finish: str | None = None
    calls: tuple[ReplyCall, ...] = ()
    details: Details | None = None
    """What the server wants back of it as it came."""
