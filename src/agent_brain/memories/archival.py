"""Archival memory: passages that the model puts away and searches with tools, and the search of its own conversation.

What is put away waits in a slot, as a part of the tool's outcome, and is written to the archive before the next prompt:
by then the outcome is in the journal, so a passage that is in the archive was kept by a run that knows of it. The name
of the write is that of its slot, so that a step that is made again writes nothing twice.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import Field, ValidationError

from agent_brain.core.archive import Archive, Change, Entry
from agent_brain.core.errands import Clean, Errand, is_due
from agent_brain.core.errors import StoreError
from agent_brain.core.items import Item, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Tool, ToolSpec
from agent_brain.core.words import Words
from agent_brain.memories.looking import MemoryTool, ToolArgs, explain, make_schema, refuse
from agent_brain.memories.searching import Hit, choose, find_by_words

PREFIX = "to archive/"
"""What the slots of passages begin with that wait."""
PASSAGE = "passage"
INSERT = "archival_insert"
SEARCHES = ("archival_search", "conversation_search")
PAGE = 5
"""As MemGPT has it."""
PASSAGE_CHARACTERS_MAX = 4000
FOUND_CHARACTERS_MAX = 1000


class _Passage(ToolArgs):
    text: str = Field(min_length=1, max_length=PASSAGE_CHARACTERS_MAX)


class Query(ToolArgs):
    """What is looked for."""

    query: str = Field(min_length=1)
    page: int = Field(default=1, ge=1)


def make_insert_tool(words: Words) -> Tool:
    """The tool that puts a passage away."""
    return MemoryTool(INSERT, words[INSERT], _Passage, put_away)


def put_away(args: _Passage, env: MemoryEnv) -> Observation:
    """Keep a passage in a slot of its own until it is written."""
    return Observation("put away", slots={f"{PREFIX}{len(env.log)}": args.text.strip() or None})


@dataclass(frozen=True)
class ArchivalSearch:
    """The tool that searches an archive: it goes outside of the run, and what it found is in the journal."""

    archive: Archive
    description: str

    @cached_property
    def spec(self) -> ToolSpec:
        """What a model is told of it."""
        return ToolSpec(SEARCHES[0], self.description, make_schema(Query), read_only=True)

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation, None]:
        """A page of what fits, best first."""
        try:
            query = Query.model_validate(dict(args))
            entries = [entry for entry in await self.archive.read() if entry.data.get("kind") == PASSAGE]
        except ValidationError as error:
            yield refuse(explain(error))
        except StoreError as error:
            yield Observation(str(error), OutcomeStatus.FAILED)
        else:
            hits = choose(find_by_words(query.query, entries), len(entries), 0.0)
            yield Observation(_show_page(hits, query.page))


def search_talk(args: Query, env: MemoryEnv) -> Observation:
    """A page of what fits in the log, but for what was looked for and found before."""
    entries = [Entry(str(item.seq), _tell(item)) for item in env.log if not _is_search(item)]
    return Observation(_show_page(choose(find_by_words(args.query, entries), len(entries), 0.0), args.page))


def make_searches(archive: Archive, words: Words) -> Sequence[Tool]:
    """The tools that search what was put away, and the conversation."""
    talk = MemoryTool(SEARCHES[1], words[SEARCHES[1]], Query, search_talk, writes=False)
    return ArchivalSearch(archive, words[SEARCHES[0]]), talk


def find_flush(env: MemoryEnv, archive: Archive, key: str) -> Errand | None:
    """Writes what waits in slots to the archive, and clears them; where that fails, it is tried again later."""
    waiting = {slot: text for slot, text in env.slots.items() if slot.startswith(PREFIX)}
    if not waiting or not is_due(env, key, len(env.log)):
        return None
    run_id = env.run_id

    async def go(clean: Clean) -> None:
        for slot, text in waiting.items():
            name = f"{run_id}:{slot.removeprefix(PREFIX)}"
            await archive.change(name, [Change(name, clean(text), {"kind": PASSAGE, "from": f"run {run_id}"})])

    def clear(env: MemoryEnv) -> None:
        for slot in waiting:
            env.put_slot(slot, None)

    return Errand("putting passages away", key, len(env.log), go, clear)


def _show_page(hits: Sequence[Hit], page: int) -> str:
    pages = -(-len(hits) // PAGE)
    if not hits:
        return "nothing was found"
    lines = [
        f"({hit.entry.data.get('from', hit.entry.id)}) {hit.entry.text[:FOUND_CHARACTERS_MAX]}"
        for hit in hits[(page - 1) * PAGE : page * PAGE]
    ]
    return "\n".join([f"page {page} of {pages}", *lines])


def _tell(item: Item) -> str:
    if item.action is None:
        return item.text
    return f"{item.action.describe()}: {item.outcome.text if item.outcome else ''}"


def _is_search(item: Item) -> bool:
    """True for a search, and for the words that asked for one: they hold what is looked for."""
    text = item.text if item.action is None else f'"{item.action.name}"'
    return any(f'"{name}"' in text for name in SEARCHES)
