"""How much of a model's context there is, and the port of what counts tokens."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.tokens import ANY


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a model's context there is."""

    window: int
    """Tokens of prompt and reply together."""
    reply: int = 0
    """Of these, what is kept back for the reply."""
    is_counted: bool = False
    """They are tokens as counted here, not as the model's server counts them."""


@runtime_checkable
class Gauge(Protocol):
    """Knows how large models' contexts are, and counts tokens as they do.

    A model is an `agent_brain.core.ports.ChatModel`; parts have a gauge, so that ports import this file.
    """

    def find_room(self, model: Any) -> Room | None:
        """What is known before the first call; None: nothing, and nothing is cut."""

    def count(self, model: Any, text: str) -> int:
        """Tokens of a text, rather too many than too few."""


class AnyGauge:
    """Knows no window, and counts for any model."""

    def find_room(self, model: Any) -> Room | None:
        """None."""

    def count(self, model: Any, text: str) -> int:
        """By characters."""
        return ANY.count(text)


ANY_GAUGE = AnyGauge()
