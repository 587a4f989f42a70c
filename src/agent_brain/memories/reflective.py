"""Reflective memory: episodes rated by importance, recalled by recency, importance and relevance, and thought over.

When an answer is there, a model rates the episode; when the ratings since the last reflection add up to a bound, it
asks itself questions about what has happened lately, and draws insights from what comes to mind, with their evidence.
Source: Park et al., Generative Agents, 2023, arXiv 2304.03442. Made for believable characters: measure what it does
for tasks. Reading changes nothing: what was shown counts as used when the run has its answer.
"""

import re
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
from agent_brain.memories.searching import Hit, choose, relate
from agent_brain.memories.settling import ask, get_found, keep_as
from agent_brain.memories.weighing import DECAY, weigh

BOUND = 150
"""Of the ratings since the last reflection."""
QUESTIONS = 3
INSIGHTS = 5
RECENT = 30
"""How many of the latest are looked at, and how much comes to mind."""
MIDDLE = 5
"""The rating of what was not rated understandably."""
INSIGHT, EPISODE = "insight", "episode"
TEXT_CHARACTERS_MAX = 400


@dataclass(frozen=True)
class Reflective(Recalling):
    """Shows what matters now of earlier runs and of what was concluded from them.

    Calls: one an answer, and two more when it reflects. A frozen archive costs none. With embeddings, relevance is as
    in any search by them; `threshold`: what is less relevant is not weighed at all.
    Raises: SetupError for numbers that make no sense.
    """

    file: ClassVar[str] = "reflective"

    threshold: float = field(default=0.0, kw_only=True)
    bound: int = field(default=BOUND, kw_only=True)
    """Of the ratings since the last reflection: when they reach it, it reflects."""
    decay: float = field(default=DECAY, kw_only=True)
    """What is left of recency after an hour."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.bound < 1 or not 0 < self.decay <= 1:
            found = f"bound={self.bound}, decay={self.decay}"
            raise SetupError(f"{self.name}: {found}; wanted at least 1, and more than 0 up to 1")

    def find_settling(self, env: MemoryEnv) -> Upkeep | Errand | None:
        """Rates and keeps the episode, and reflects where enough has come together."""
        mark, rated, kept = read_asked(env).goal, self._key("rated"), self._key("kept")
        if self.archive.is_frozen:
            return None
        if is_due(env, rated, mark):
            return ask("rating", self.says["rate"], describe_episode(env), keep_as(rated, mark, _read_rating))
        if is_due(env, kept, mark):
            return Errand("keeping the episode", kept, mark, self._make_keeping(env, mark, get_found(env, rated)))
        recent = get_found(env, kept)
        return self._find_reflecting(env, mark, recent) if recent else None

    def _find_reflecting(self, env: MemoryEnv, mark: int, recent: Sequence[str]) -> Upkeep | Errand | None:
        """Asks, remembers and concludes; that it has reflected is kept, also where nothing came of it."""
        asked, near, drawn, done = map(self._key, ("asked", "remembered", "drawn", "concluded"))
        if is_due(env, asked, mark):
            return ask("reflection", self.says["ask"], "\n".join(recent), keep_as(asked, mark, _read_questions))
        questions = get_found(env, asked)
        if questions and is_due(env, near, mark):
            return Errand("remembering", near, mark, self._make_remembering(questions))
        statements = get_found(env, near) if questions else []
        if statements and is_due(env, drawn, mark):
            told = "\n".join(f"{number}. {entry['text']}" for number, entry in enumerate(statements, 1))
            keep = keep_as(drawn, mark, lambda text: _read_insights(text, statements))
            return ask("insights", self.says["conclude"], told, keep)
        if is_due(env, done, mark):
            insights = get_found(env, drawn) if statements else []
            return Errand("keeping insights", done, mark, self._make_concluding(env, mark, insights))
        return None

    async def _find(self, query: str, entries: Sequence[Entry]) -> list[Hit]:
        return await self._choose(query, entries, self.top)

    async def _choose(self, query: str, entries: Sequence[Entry], top: int) -> list[Hit]:
        found = zip(entries, await relate(query, entries, self.embed), strict=True)
        relevant = [(entry, score) for entry, (score, meaning) in found if meaning >= self.threshold]
        weighed = weigh([entry for entry, _ in relevant], [score for _, score in relevant], self.clock(), self.decay)
        return choose(weighed, top)

    def _make_keeping(self, env: MemoryEnv, mark: int, importance: int) -> Callable[[Clean], Any]:
        """Keeps the episode, and that what was shown was used; brings the latest where it is time to reflect."""
        used = {entry["id"] for entry in self._get_recalled(env)}
        event, told, question, end = f"{env.run_id}:{mark}", describe_episode(env), env.goal, find_outcome(env)

        async def go(clean: Clean) -> list[str]:
            now = self.clock()
            data = {
                "kind": EPISODE,
                "from": f"run {event.rpartition(':')[0]}, {tell_day(now)}, {end}",
                "question": clean(question),
                "importance": importance,
                "used": now,
            }
            [put] = await embed_changes(self.embed, [Change(event, clean(told), data)])
            await self.archive.merge(event, lambda entries: [put, *_touch(entries, used, now)])
            return self._find_recent(await self.archive.read())

        return go

    def _find_recent(self, entries: Sequence[Entry]) -> list[str]:
        """The latest episodes, where those since the last insight matter enough together."""
        since = [entry for entry in entries[_find_reflected(entries) :] if entry.data.get("kind") == EPISODE]
        is_time = sum(entry.data.get("importance", 1) for entry in since) >= self.bound
        return [entry.text for entry in entries[-RECENT:]] if is_time else []

    def _make_remembering(self, questions: Sequence[str]) -> Callable[[Clean], Any]:
        async def go(clean: Clean) -> list[dict[str, Any]]:
            entries = await self.archive.read()
            found: dict[str, Entry] = {}
            for question in clean(list(questions)):
                for hit in await self._choose(question, entries, RECENT // QUESTIONS):
                    found[hit.entry.id] = hit.entry
            return [
                {"id": entry.id, "text": entry.text, "importance": entry.data.get("importance", 1)}
                for entry in found.values()
            ]

        return go

    def _make_concluding(self, env: MemoryEnv, mark: int, insights: Sequence[Any]) -> Callable[[Clean], Any]:
        episode = f"{env.run_id}:{mark}"

        async def go(clean: Clean) -> bool:
            now = self.clock()
            drawn = [
                Change(f"{episode}:{number}", clean(insight["text"]), _describe_insight(insight, now))
                for number, insight in enumerate(insights)
            ]
            drawn = await embed_changes(self.embed, drawn)
            return await self.archive.merge(
                f"{episode}:reflected", lambda entries: [*_mark_reflected(entries, episode), *drawn]
            )

        return go


def _describe_insight(insight: Any, now: float) -> dict[str, Any]:
    source = f"concluded on {tell_day(now)} from {', '.join(insight['because'])}"
    evidence = {"because": insight["because"], "importance": insight["importance"]}
    return {"kind": INSIGHT, "from": source, "used": now, **evidence}


def _mark_reflected(entries: Sequence[Entry], episode: str) -> list[Change]:
    return [Change(entry.id, entry.text, {**entry.data, "reflected": True}) for entry in entries if entry.id == episode]


def _touch(entries: Sequence[Entry], used: set[str], now: float) -> list[Change]:
    return [Change(entry.id, entry.text, {**entry.data, "used": now}) for entry in entries if entry.id in used]


def _find_reflected(entries: Sequence[Entry]) -> int:
    """Where what was not thought over yet begins."""
    places = [place for place, entry in enumerate(entries) if entry.data.get("reflected")]
    return places[-1] + 1 if places else 0


def _read_rating(text: str) -> int:
    found = re.search(r"\d+", text)
    return min(10, max(1, int(found[0][:3]))) if found else MIDDLE


def _read_questions(text: str) -> list[str]:
    lines = [line.strip(" -*0123456789.)\t")[:TEXT_CHARACTERS_MAX] for line in text.splitlines()]
    return [line for line in lines if line][:QUESTIONS]


def _read_insights(text: str, statements: Sequence[Any]) -> list[dict[str, Any]]:
    """What was concluded, with the ids of its evidence; one without any is no insight. It matters as its evidence."""
    insights = []
    for entry in read_objects(text)[:INSIGHTS]:
        because = entry.get("because")
        numbers = [get_number({"n": one}, "n") for one in because] if isinstance(because, list) else []
        cited = [statements[one - 1] for one in numbers if one is not None and 0 < one <= len(statements)]
        told = get_text(entry, "insight", TEXT_CHARACTERS_MAX)
        if told and cited:
            importance = max(one["importance"] for one in cited)
            insights.append({"text": told, "because": [one["id"] for one in cited], "importance": importance})
    return insights
