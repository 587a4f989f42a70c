"""Recall: what an archive holds that fits the question, brought once a question and shown after the log."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.archive import Archive, Entry
from agent_brain.core.errands import Clean, Errand, find_brought, is_due
from agent_brain.core.errors import SetupError
from agent_brain.core.lens import Lens, Place
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.asked import read_asked
from agent_brain.memories.embedding import Embed
from agent_brain.memories.searching import Hit, choose, find_relevant
from agent_brain.memories.words import Worded

TOP = 5
THRESHOLD = 0.02
"""One common word of a short question is worth about as much."""
CHARACTERS_MAX = 2000


@dataclass(frozen=True)
class Recalling(Worded):
    """The half of overlays that keep entries in an archive and show those that fit what the person has said.

    What was found is kept on the board, so that a run that is taken up, or played back, shows the same, whatever the
    archive holds by then. A frozen archive is read and not written to.
    Raises: SetupError for numbers that make no sense.
    """

    archive: Archive
    top: int = field(default=TOP, kw_only=True)
    """How many entries are shown at most."""
    threshold: float = field(default=THRESHOLD, kw_only=True)
    """From 0 to 1: what is less relevant is not shown."""
    characters: int = field(default=CHARACTERS_MAX, kw_only=True)
    """How much is shown at most."""
    embed: Embed | None = field(default=None, kw_only=True, repr=False)
    """None: by words alone."""
    clock: Callable[[], float] = field(default=time.time, kw_only=True, repr=False)
    name: str = field(default="", kw_only=True)
    """Of its block; empty: that of its kind."""
    place: Place = field(default=Place.TAIL, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "name", self.name or self.file)
        if self.top < 1 or not 0 <= self.threshold <= 1 or self.characters < 1:
            raise SetupError(
                f"{self.name} has top={self.top}, threshold={self.threshold}, characters={self.characters}; wanted at "
                "least 1, from 0 to 1, and at least 1"
            )

    @property
    def archives(self) -> Sequence[Archive]:
        """Where it keeps them."""
        return (self.archive,)

    def show(self, env: MemoryEnv) -> str:
        """What was found, best first, each with where it comes from; empty for nothing."""
        lines, left = [self.says["heading"]], self.characters
        for number, entry in enumerate(self._get_recalled(env), 1):
            line = f"[{number}] ({entry['from']}) {entry['text']}"
            left -= len(line)
            if left < 0:
                break
            lines.append(line)
        return "\n".join(lines) if len(lines) > 1 else ""

    def find_upkeep(self, env: MemoryEnv, lens: Lens) -> Errand | None:
        """Sends for entries when the person has said something new, and they would be shown."""
        asked = read_asked(env).items
        if not asked or (lens.slots is not None and self.name not in lens.slots):
            return None
        mark, key = asked[-1].seq, self._key("recalled")
        return Errand("recall", key, mark, self._make_search(env)) if is_due(env, key, mark) else None

    async def _find(self, query: str, entries: Sequence[Entry]) -> Sequence[Hit]:
        """What is to be shown, best first."""
        return choose(await find_relevant(query, entries, self.threshold, self.embed), self.top)

    def _key(self, what: str) -> str:
        """Where the board keeps something of it."""
        return f"{self.name}: {what}"

    def _get_recalled(self, env: MemoryEnv) -> Sequence[Any]:
        brought = find_brought(env, self._key("recalled"))
        return brought.found if brought is not None and brought.found else ()

    def _make_search(self, env: MemoryEnv) -> Any:
        asked = read_asked(env)
        query, known = "\n".join(item.text for item in asked.now), [item.text for item in asked.earlier]

        async def go(clean: Clean) -> list[dict[str, Any]]:
            before = clean(known)
            entries = [entry for entry in await self.archive.read() if not _is_known(entry, before)]
            return [_tell(hit) for hit in await self._find(clean(query), entries)]

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
