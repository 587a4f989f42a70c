"""What an answer can be beside words: a type, how a model is asked for a value of it, and how its reply is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.items import FaultKind


@dataclass(frozen=True, slots=True)
class ReplyForm:
    """The JSON that a reply has to be, for servers that can hold a model to it."""

    name: str
    """What the server calls it: letters, digits, `_` and `-`."""
    schema: Mapping[str, Any]
    """Its root is an object."""
    strict: Mapping[str, Any] | None = None
    """The same in the strict form that some servers want; None where there is none."""


@dataclass(frozen=True, slots=True)
class Fit:
    """An answer of the type that was asked for."""

    text: str
    """JSON, as the log keeps it."""
    data: Any
    """The same as plain data."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """No such answer, and the words that tell a model how to mend it."""

    fault: FaultKind
    remedy: str


@dataclass(frozen=True, slots=True)
class Grown:
    """What of an answer can be read so far."""

    data: Any


class AnswerWatch(Protocol):
    """Reads one answer while it is written."""

    def add(self, text: str) -> Grown | None:
        """What can be read with this piece too, where that is more than before; never raises."""


@runtime_checkable
class AnswerType(Protocol):
    """The type of a brain's answers."""

    @property
    def name(self) -> str:
        """What people are told that it is."""

    @property
    def form(self) -> ReplyForm:
        """What a server can hold a reply to."""

    @property
    def directive(self) -> str:
        """What a model is told, beside the state's own directive."""

    def read(self, text: str, *, is_limited: bool = False, is_whole: bool = False) -> Fit | Misfit:
        """Find the answer in a reply; never raises.

        `is_limited`: the reply met its token limit. `is_whole`: the text has to be the value and nothing else.
        """

    def load(self, text: str) -> Any:
        """The value of an answer as the log keeps it. Raises: WrongAnswer."""

    def watch(self) -> AnswerWatch:
        """What reads one answer while it is written."""


def has_grown(before: Any, after: Any) -> bool:
    """True where `after` says all that `before` says: longer texts and lists, further keys, else the same."""
    match before, after:
        case dict(), dict():
            return all(key in after and has_grown(entry, after[key]) for key, entry in before.items())
        case list(), list():
            return len(before) <= len(after) and all(map(has_grown, before, after))
        case str(), str():
            return after.startswith(before)
        case _:
            return bool(before == after) and type(before) is type(after)
