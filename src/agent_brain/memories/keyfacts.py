"""Key facts: short sentences that a model keeps true from run to run, recalled where they fit the question.

After each answer it compares what was said with the facts that come nearest, and adds, rewords or removes some. It sees
them under small numbers, because it would make long ids up.
Source: Chhikara et al., Mem0, 2025, arXiv 2504.19413; whose present code only adds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from agent_brain.core.archive import Change, Entry
from agent_brain.core.errands import Clean, Errand, is_due
from agent_brain.core.items import Item, ItemKind
from agent_brain.core.lens import Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.asked import read_asked
from agent_brain.memories.embedding import embed_changes
from agent_brain.memories.episodic import tell_day
from agent_brain.memories.recalling import Recalling
from agent_brain.memories.reply_json import get_number, get_text, read_objects
from agent_brain.memories.searching import choose, find_relevant
from agent_brain.memories.settling import ask, get_found, keep_as

TOP = 10
NEIGHBOURS = 10
MESSAGES = 10
FACT_CHARACTERS_MAX = 300
MESSAGE_CHARACTERS_MAX = 1000


@dataclass(frozen=True)
class KeyFacts(Recalling):
    """Shows the facts that fit the question, and has a model keep them true after each answer: one call, metered."""

    file: ClassVar[str] = "keyfacts"

    top: int = field(default=TOP, kw_only=True)

    def find_settling(self, env: MemoryEnv) -> Upkeep | Errand | None:
        """Finds the neighbours, then has a model choose changes, then makes them; where one fails, none are made."""
        near, chosen, made = map(self._key, ("near", "chosen", "made"))
        mark = read_asked(env).goal
        if self.archive.is_frozen:
            return None
        if is_due(env, near, mark):
            return Errand("looking for facts", near, mark, self._find_near(env))
        neighbours = get_found(env, near)
        if neighbours is None:
            return None
        if is_due(env, chosen, mark):
            return ask(
                "facts", self.says["change"], tell_talk(env, neighbours), keep_as(chosen, mark, _read_operations)
            )
        changes = read_changes(get_found(env, chosen) or [], neighbours)
        if changes and is_due(env, made, mark):
            return Errand("keeping facts", made, mark, self._make_change(env, f"{env.run_id}:{mark}", changes))
        return None

    def _find_near(self, env: MemoryEnv) -> Callable[[Clean], Any]:
        query = "\n".join([*(item.text for item in read_asked(env).now), env.log[-1].text])

        async def go(clean: Clean) -> list[dict[str, str]]:
            hits = choose(await find_relevant(clean(query), await self.archive.read(), 0.0, self.embed), NEIGHBOURS)
            return [{"id": hit.entry.id, "text": hit.entry.text} for hit in hits]

        return go

    def _make_change(self, env: MemoryEnv, event: str, changes: Sequence[dict[str, str]]) -> Callable[[Clean], Any]:
        run_id = env.run_id

        async def go(clean: Clean) -> bool:
            data = {"from": f"run {run_id}, {tell_day(self.clock())}"}
            texts = [clean(change["text"]) or None for change in changes]
            names = [change["id"] or f"{event}:{number}" for number, change in enumerate(changes)]
            made = [Change(name, text, data) for name, text in zip(names, texts, strict=True)]
            made = await embed_changes(self.embed, made)
            return await self.archive.merge(event, lambda entries: _keep_known(made, entries, event))

        return go


def tell_talk(env: MemoryEnv, neighbours: Sequence[dict[str, str]]) -> str:
    """What the model is asked: the nearest facts under small numbers, and the last of what was said."""
    facts = "\n".join(f"{number}. {fact['text']}" for number, fact in enumerate(neighbours, 1)) or "none"
    said = "\n".join(_tell(item) for item in env.log if item.kind in _VOICES)
    last = "\n".join(said.splitlines()[-MESSAGES:])
    return f"Known facts:\n{facts}\n\nConversation:\n{last}"


def read_changes(operations: Sequence[dict[str, Any]], neighbours: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """What the operations come to, with the ids of facts, empty for a new one; what makes no sense is left out."""
    known = {fact["text"].casefold() for fact in neighbours}
    changes = []
    for operation in operations:
        number, text = operation["id"], operation["text"]
        fact = neighbours[number - 1] if number is not None and 0 < number <= len(neighbours) else None
        match operation["op"]:
            case "ADD" if text and text.casefold() not in known:
                changes.append({"id": "", "text": text})
                known.add(text.casefold())
            case "UPDATE" if fact is not None and text and text != fact["text"]:
                changes.append({"id": fact["id"], "text": text})
            case "DELETE" if fact is not None:
                changes.append({"id": fact["id"], "text": ""})
    return changes


def _keep_known(changes: Sequence[Change], entries: Sequence[Entry], event: str) -> list[Change]:
    """The changes, without those of facts that another run has removed meanwhile."""
    known = {entry.id for entry in entries}
    return [change for change in changes if change.id in known or change.id.startswith(f"{event}:")]


_VOICES = {
    ItemKind.GOAL: "Person",
    ItemKind.REPLY: "Person",
    ItemKind.QUESTION: "Assistant",
    ItemKind.ANSWER: "Assistant",
}


def _tell(item: Item) -> str:
    return f"{_VOICES[item.kind]}: {' '.join(item.text.split())[:MESSAGE_CHARACTERS_MAX]}"


def _read_operations(text: str) -> list[dict[str, Any]]:
    return [
        {
            "op": get_text(entry, "op", 10).upper(),
            "id": get_number(entry, "id"),
            "text": get_text(entry, "text", FACT_CHARACTERS_MAX),
        }
        for entry in read_objects(text)
    ]
