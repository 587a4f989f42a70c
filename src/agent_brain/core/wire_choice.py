"""Which wire a run talks to a model over, why, and how the run remembers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from agent_brain.core.usage import Usage

Way = Literal["native", "text"]
BOARD_PREFIX = "wire: "
"""Of the keys on a run's board, one for each model."""
BROKEN_CALLS_MAX = 2
"""After so many calls of one run that a server could not read, its model is asked over text for the rest of the run."""


@dataclass(frozen=True, slots=True)
class WireChoice:
    """Over which of two wires a model is asked, and why."""

    way: Way
    why: str = ""
    """Empty where nothing had to be found out."""
    broken_calls: int = 0
    """How many of its calls the server could not read."""
    spent: Usage | None = field(default=None, compare=False)
    """What finding it out has taken, for the first who asks; no part of what a run remembers."""

    def refused(self, why: str) -> Self:
        """The choice after a server has refused tools."""
        return replace(self, way="text", why=why, spent=None)

    def broken(self, why: str) -> Self:
        """The choice after a server could not read its own model's call, however often it was asked again."""
        calls = self.broken_calls + 1
        return replace(
            self, way="text" if calls >= BROKEN_CALLS_MAX else self.way, why=why, broken_calls=calls, spent=None
        )

    def data(self) -> dict[str, Any]:
        """As the board keeps it."""
        return {"wire": self.way, "why": self.why, "broken_calls": self.broken_calls}


def make_key(model: str, host: str) -> str:
    """The place of a model's choice on the board: of two servers with models of one name, each has its own."""
    return f"{BOARD_PREFIX}{model}{f' at {host}' if host else ''}"


def is_choice(key: str) -> bool:
    """True for the places of choices."""
    return key.startswith(BOARD_PREFIX)


def describe_choice(key: str, value: Any) -> str:
    """What the board holds in this place, in words."""
    model, choice = key.removeprefix(BOARD_PREFIX), read_choice({key: value}, key)
    if choice is None:
        return f"{model}: {value!r:.200}"
    if choice.way == "native" and choice.broken_calls:
        return f"{model} was asked over text for once: {choice.why}"
    return f"{model} is asked over {'tool calls' if choice.way == 'native' else 'text'}: {choice.why}"


def read_choice(board: Mapping[str, Any], key: str) -> WireChoice | None:
    """The choice in this place; None where there is none."""
    kept = board.get(key)
    if not isinstance(kept, Mapping) or kept.get("wire") not in ("native", "text"):
        return None
    return WireChoice(kept["wire"], str(kept.get("why", "")), int(kept.get("broken_calls", 0)))
