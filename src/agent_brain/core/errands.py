"""Errands: what memories do outside of a run, and what the run keeps of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from agent_brain.core.memory_env import MemoryEnv

T = TypeVar("T")

STORE = "store"
"""The kind of a failure of the place where a memory keeps things."""
Clean = Callable[[Any], Any]
"""The same text or JSON without the secrets that no journal may hold."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Something outside of the run that a memory reads or writes, such as an archive.

    What it brings is written on the board, and all that the memory shows of it, it takes from there. So a run that is
    resumed shows what it showed, and a replay goes nowhere. One that writes does so under a name of its own, because
    its step may be made again.
    """

    name: str
    """What it is for: `recall`."""
    key: str
    """Of the board, where what it brings is kept."""
    mark: Any
    """What it was for, kept beside it: while that is the same, it is not due again."""
    go: Callable[[Clean], Awaitable[Any]]
    """Brings something, JSON only; what it writes elsewhere it cleans."""
    keep: Callable[[MemoryEnv], None] | None = None
    """What else the run is to keep once it has succeeded."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What an errand has brought, or why it brought nothing."""

    mark: Any
    found: Any = None
    error: str = ""
    kind: str = ""
    """Of the error, where something outside broke: that of a model's error, or `STORE`."""

    def data(self) -> dict[str, Any]:
        """It as the board holds it."""
        kind = {"kind": self.kind} if self.kind else {}
        return {"for": self.mark, "found": self.found, "error": self.error, **kind}


def is_due(env: MemoryEnv, key: str, mark: Any) -> bool:
    """True where nobody was sent for this yet."""
    brought = find_brought(env, key)
    return brought is None or brought.mark != mark


def find_brought(env: MemoryEnv, key: str) -> Brought | None:
    """What the last errand with this key has brought; None: there was none."""
    kept = env.board.get(key)
    return None if kept is None else read_brought(kept)


def read_brought(kept: Any) -> Brought:
    """What the board holds, as what it was."""
    return Brought(kept["for"], kept["found"], kept["error"], kept.get("kind", ""))


def is_brought(value: Any) -> bool:
    """True for what the board holds of an errand, or of a call whose reply is kept alike."""
    return isinstance(value, dict) and {"for", "found", "error"} <= value.keys() <= {"for", "found", "error", "kind"}


async def go_on_errand(env: MemoryEnv, errand: Errand) -> Brought:
    """What it brings in a run that has no secrets."""
    return Brought(errand.mark, await errand.go(lambda value: value))
