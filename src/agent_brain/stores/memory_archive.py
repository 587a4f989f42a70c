"""An archive in this process's memory."""

import json
from collections.abc import Sequence

from agent_brain.core.archive import Change, Entry, Merge
from agent_brain.core.errors import SetupError


class MemoryArchive:
    """Keeps entries as long as it lives itself."""

    def __init__(self, entries: Sequence[Entry] = (), *, frozen: bool = False) -> None:
        self.is_frozen = frozen
        self._entries = {entry.id: entry for entry in entries}
        self._events: set[str] = set()

    async def read(self) -> Sequence[Entry]:
        """All entries, in the order in which their ids came."""
        return list(self._entries.values())

    async def change(self, event: str, changes: Sequence[Change]) -> bool:
        """Make all of these changes, once for each event. Raises: SetupError where it is frozen."""
        return await self.merge(event, lambda _: changes)

    async def merge(self, event: str, merge: Merge) -> bool:
        """As `change`, by what is there."""
        refuse_frozen(is_frozen=self.is_frozen)
        if event in self._events:
            return False
        changes = merge(list(self._entries.values()))
        texts = [json.dumps(dict(change.data)) for change in changes]
        self._events.add(event)
        for change, data in zip(changes, texts, strict=True):
            if change.text is None:
                self._entries.pop(change.id, None)
            else:
                self._entries[change.id] = Entry(change.id, change.text, json.loads(data))
        return True


def refuse_frozen(*, is_frozen: bool) -> None:
    """Let a change pass where changes may be made. Raises: SetupError."""
    if is_frozen:
        raise SetupError("the archive is frozen: nothing may be written to it; make it without frozen=True")
