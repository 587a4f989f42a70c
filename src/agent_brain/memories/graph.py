"""Linked notes: each episode becomes a note with keywords, tags and a context, linked to those that it has to do with.

When an answer is there, a model describes the note; then, shown its neighbours under small numbers, it says which are
linked to it, and which of them are understood otherwise with it.
Source: Xu et al., A-MEM, 2025, arXiv 2502.12110; whose code describes no note by itself, and updates the first notes
that were ever kept in place of the neighbours.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from agent_brain.core.archive import Change, Entry
from agent_brain.core.errands import Clean, Errand, is_due
from agent_brain.core.errors import SetupError
from agent_brain.core.lens import Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.asked import read_asked
from agent_brain.memories.embedding import embed_changes
from agent_brain.memories.episodic import describe_episode, find_outcome, tell_day
from agent_brain.memories.recalling import Recalling
from agent_brain.memories.reply_json import get_number, get_text, read_objects
from agent_brain.memories.searching import Hit, choose, find_relevant
from agent_brain.memories.settling import ask, get_found, keep_as

NEIGHBOURS = 5
WORDS_MAX = 8
WORD_CHARACTERS_MAX = 40
CONTEXT_CHARACTERS_MAX = 200


@dataclass(frozen=True)
class Graph(Recalling):
    """Shows the notes that fit the question, each followed by those that it is linked to; `top` counts these too.

    Calls: one an answer, and one more where there are neighbours. A frozen archive costs none. The embedding of a note
    is that of its text: its tags and context may be written anew.
    Raises: SetupError for numbers that make no sense.
    """

    file: ClassVar[str] = "graph"

    neighbours: int = field(default=NEIGHBOURS, kw_only=True)
    """How many notes a new one is compared with."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.neighbours < 1:
            raise SetupError(f"{self.name}: neighbours={self.neighbours}; wanted at least 1")

    def find_settling(self, env: MemoryEnv) -> Upkeep | Errand | None:
        """Describes the note, finds its neighbours, connects it with them, and keeps all of that at once."""
        mark = read_asked(env).goal
        described, near, connected, kept = map(self._key, ("described", "near", "connected", "kept"))
        if self.archive.is_frozen:
            return None
        text = describe_episode(env)
        if is_due(env, described, mark):
            return ask("note", self.says["describe"], text, keep_as(described, mark, _read_description))
        description = get_found(env, described)
        if is_due(env, near, mark):
            return Errand("looking for neighbours", near, mark, self._make_looking(text, description))
        neighbours = get_found(env, near)
        if neighbours and is_due(env, connected, mark):
            told = _tell(text, description, neighbours)
            return ask("connecting", self.says["connect"], told, keep_as(connected, mark, _read_operations))
        if neighbours is not None and is_due(env, kept, mark):
            operations = get_found(env, connected) if neighbours else []
            return Errand("keeping the note", kept, mark, self._make_keeping(env, mark, operations))
        return None

    async def _find(self, query: str, entries: Sequence[Entry]) -> list[Hit]:
        """The best notes, each followed by those linked to it, and never more than may be shown."""
        notes = {entry.id: entry for entry in entries}
        found: dict[str, Hit] = {}
        for hit in await self._search(query, entries, self.top):
            links = (link for link in notes[hit.entry.id].data.get("links", ()) if link in notes)
            for note_id in (hit.entry.id, *links):
                found.setdefault(note_id, Hit(notes[note_id], hit.score))
        return list(found.values())[: self.top]

    async def _search(self, query: str, entries: Sequence[Entry], top: int) -> list[Hit]:
        """The notes that fit a query best, by what they say and how they are described."""
        notes = {entry.id: entry for entry in entries}
        told = [Entry(entry.id, f"{entry.text} {_tell_words(_get_words(entry))}", entry.data) for entry in entries]
        found = await find_relevant(query, told, self.threshold, self.embed)
        return choose([Hit(notes[hit.entry.id], hit.score) for hit in found], top)

    def _make_looking(self, text: str, description: Any) -> Callable[[Clean], Any]:
        async def go(clean: Clean) -> list[dict[str, Any]]:
            query = clean(" ".join([text, *description["keywords"], *description["tags"]]))
            hits = await self._search(query, await self.archive.read(), self.neighbours)
            return [{"id": hit.entry.id, "text": hit.entry.text, **_get_words(hit.entry)} for hit in hits]

        return go

    def _make_keeping(self, env: MemoryEnv, mark: int, operations: Sequence[Any]) -> Callable[[Clean], Any]:
        event, end, question = f"{env.run_id}:{mark}", find_outcome(env), env.goal
        text, description = describe_episode(env), get_found(env, self._key("described"))
        neighbours = [note["id"] for note in get_found(env, self._key("near"))]

        async def go(clean: Clean) -> bool:
            source = f"run {event.rpartition(':')[0]}, {tell_day(self.clock())}, {end}"
            data = {"from": source, "question": clean(question), **clean(description), "links": []}
            [put] = await embed_changes(self.embed, [Change(event, clean(text), data)])
            note = Entry(event, put.text or "", put.data)
            return await self.archive.merge(
                event, lambda entries: connect(note, entries, neighbours, clean(operations))
            )

        return go


def connect(
    note: Entry, entries: Sequence[Entry], neighbours: Sequence[str], operations: Sequence[Any]
) -> list[Change]:
    """What a new note changes, itself included: the numbers of operations are places among the neighbours, from 1."""
    after = {entry.id: dict(entry.data) for entry in entries}
    texts = {entry.id: entry.text for entry in entries}
    after[note.id], texts[note.id] = {**note.data}, note.text
    touched = {note.id}
    for operation in operations:
        number = operation["id"]
        other = neighbours[number - 1] if number is not None and 0 < number <= len(neighbours) else ""
        if other not in after:
            continue
        if operation["op"] == "LINK":
            for one, end in ((note.id, other), (other, note.id)):
                after[one]["links"] = list(dict.fromkeys([*after[one].get("links", ()), end]))
        elif operation["op"] == "UPDATE":
            after[other] |= {name: operation[name] for name in ("tags", "context") if operation[name]}
        touched.add(other)
    return [Change(note_id, texts[note_id], after[note_id]) for note_id in after if note_id in touched]


def _get_words(entry: Entry) -> dict[str, Any]:
    data = entry.data
    return {"keywords": data.get("keywords", []), "tags": data.get("tags", []), "context": data.get("context", "")}


def _tell_words(words: Any) -> str:
    return f"({', '.join([*words['keywords'], *words['tags']])}) {words['context']}"


def _tell(text: str, description: Any, neighbours: Sequence[Any]) -> str:
    lines = [f"{number}. {note['text']} {_tell_words(note)}" for number, note in enumerate(neighbours, 1)]
    return "\n".join([f"New: {text} {_tell_words(description)}", *lines])


def _read_description(text: str) -> dict[str, Any]:
    found = next(iter(read_objects(text)), {})
    context = get_text(found, "context", CONTEXT_CHARACTERS_MAX)
    return {"keywords": _read_words(found, "keywords"), "tags": _read_words(found, "tags"), "context": context}


def _read_operations(text: str) -> list[dict[str, Any]]:
    return [
        {
            "op": get_text(entry, "op", 10).upper(),
            "id": get_number(entry, "id"),
            "tags": _read_words(entry, "tags"),
            "context": get_text(entry, "context", CONTEXT_CHARACTERS_MAX),
        }
        for entry in read_objects(text)
    ]


def _read_words(entry: dict[str, Any], name: str) -> list[str]:
    words = entry.get(name)
    if not isinstance(words, list):
        return []
    return [word.strip()[:WORD_CHARACTERS_MAX] for word in words if isinstance(word, str) and word.strip()][:WORDS_MAX]
