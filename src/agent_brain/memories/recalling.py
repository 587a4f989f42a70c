"""Recall: what an archive holds that fits the question, brought once a question and shown after the log."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.archive import Archive, Entry
from agent_brain.core.errands import Clean, Errand, find_brought, is_due
from agent_brain.core.errors import SetupError
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.asked import read_asked
from agent_brain.memories.searching import Embed, Hit, search

TOP = 5
THRESHOLD = 0.02
"""One common word of a short question is worth about as much."""
CHARACTERS_MAX = 2000

Find = Callable[[str, Sequence[Entry]], Sequence[Hit]]
"""Gives what is to be shown, best first."""


@dataclass(frozen=True)
class Recall:
    """Finds the entries that fit best what the person has said since the last question, and shows so many of them.

    What was found is kept on the board, so that a run that is taken up, or played back, shows the same, whatever the
    archive holds by then.
    Raises: SetupError for numbers that make no sense.
    """

    name: str
    """Of the memory that recalls."""
    archive: Archive
    top: int = TOP
    threshold: float = THRESHOLD
    """From 0 to 1: what is less relevant is not shown."""
    characters: int = CHARACTERS_MAX
    """How much is shown at most."""
    embed: Embed | None = field(default=None, repr=False)
    """None: by words alone."""
    find: Find | None = field(default=None, repr=False)
    """Finds in another way than by what fits the question best."""

    def __post_init__(self) -> None:
        if self.top < 1 or not 0 <= self.threshold <= 1 or self.characters < 1:
            raise SetupError(
                f"{self.name} has top={self.top}, threshold={self.threshold}, characters={self.characters}; wanted at "
                "least 1, from 0 to 1, and at least 1"
            )

    @property
    def key(self) -> str:
        """Where the board keeps what was found."""
        return f"{self.name}: recalled"

    def find_errand(self, env: MemoryEnv, lens: Lens) -> Errand | None:
        """Sends for it when the person has said something new, and it would be shown."""
        asked = read_asked(env).items
        if not asked or (lens.slots is not None and self.name not in lens.slots):
            return None
        mark = asked[-1].seq
        return Errand("recall", self.key, mark, self._make_search(env)) if is_due(env, self.key, mark) else None

    def show(self, env: MemoryEnv, heading: str) -> str:
        """What was found, best first, each with where it comes from; empty for nothing."""
        brought = find_brought(env, self.key)
        found = brought.found if brought is not None and brought.found else ()
        lines, left = [heading], self.characters
        for number, entry in enumerate(found, 1):
            line = f"[{number}] ({entry['from']}) {entry['text']}"
            left -= len(line)
            if left < 0:
                break
            lines.append(line)
        return "\n".join(lines) if len(lines) > 1 else ""

    def _make_search(self, env: MemoryEnv) -> Any:
        asked = read_asked(env)
        query, known = "\n".join(item.text for item in asked.now), {item.text for item in asked.earlier}

        async def go(_: Clean) -> list[dict[str, Any]]:
            entries = [entry for entry in await self.archive.read() if not _is_known(entry, known)]
            if self.find is not None:
                return [_tell(hit) for hit in self.find(query, entries)]
            return [_tell(hit) for hit in await search(query, entries, self.top, self.threshold, self.embed)]

        return go


def _is_known(entry: Entry, questions: Collection[str]) -> bool:
    """True for what a question of this very conversation has left: the log holds it."""
    return entry.data.get("question") in questions


def _tell(hit: Hit) -> dict[str, Any]:
    return {
        "id": hit.entry.id,
        "text": hit.entry.text,
        "from": hit.entry.data.get("from", "unknown"),
        "score": round(hit.score, 3),
    }
