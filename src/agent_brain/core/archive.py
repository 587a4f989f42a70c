"""The port of archives: what memories keep across runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is kept."""

    id: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    """What else there is to it; JSON only."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry is put, in place of the one that has its id, or removed where it has no text."""

    id: str
    text: str | None
    data: Mapping[str, Any] = field(default_factory=dict)


Merge = Callable[[Sequence[Entry]], Sequence[Change]]
"""What is to change, given what is there: a pure function."""


@runtime_checkable
class Archive(Protocol):
    """A place where entries are kept, apart from those of other memories and of other names."""

    @property
    def is_frozen(self) -> bool:
        """True where nothing may be changed: what it holds is the same for all runs."""

    async def read(self) -> Sequence[Entry]:
        """All entries, in the order in which their ids came. Raises: StoreError."""

    async def change(self, event: str, changes: Sequence[Change]) -> bool:
        """Make all of these changes, and remember the event; one that is known changes nothing and gives False.

        So a step may be made again, and what it writes is written once.
        Raises: StoreError; SetupError where it is frozen.
        """

    async def merge(self, event: str, merge: Merge) -> bool:
        """As `change`, by what is there at that moment: nobody else writes between the look and the change."""
