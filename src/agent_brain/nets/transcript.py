"""A run's transcript, cut to a bound: what was most of it, long observations, goes first."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent_brain.core.items import Item, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tokens import ANY
from agent_brain.tools.result_text import cut_middle

LEFT_OUT = "(left out: {} characters)"
"""What stands in the place of an observation."""

_TITLES = {
    ItemKind.THOUGHT: "Thought",
    ItemKind.OBSERVATION: "Correction",
    ItemKind.PLAN: "Plan",
    ItemKind.NOTE: "Note",
    ItemKind.REFLECTION: "Reflection",
    ItemKind.QUESTION: "Question to a person",
    ItemKind.REPLY: "Reply of the person",
    ItemKind.ANSWER: "Answer",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that was thought, done or seen."""

    title: str
    text: str
    is_observation: bool = False

    @property
    def tokens(self) -> int:
        """How long it is."""
        return ANY.count(self.shown) + 1

    @property
    def shown(self) -> str:
        """It with its title."""
        return f"{self.title}: {self.text}"

    def leave_out(self) -> "Entry":
        """It without its text, where that is shorter."""
        short = Entry(self.title, LEFT_OUT.format(len(self.text)), self.is_observation)
        return short if short.tokens < self.tokens else self


def make_transcript(env: MemoryEnv, tokens_max: int) -> str:
    """What a run has thought, done and seen since its question, in at most so many tokens, by a count of characters.

    The largest observations are left out until it fits; then what came first is. The end stays.
    Source: Reflexion's code, which cuts the trajectory that it reflects on in this way.
    """
    entries = [entry for item in _find_items(env) for entry in _read(item)]
    sizes = [entry.tokens for entry in entries]
    total = sum(sizes)
    seen = (place for place, entry in enumerate(entries) if entry.is_observation)
    for place in sorted(seen, key=lambda place: -sizes[place]):
        if total <= tokens_max:
            break
        entries[place] = entries[place].leave_out()
        total += entries[place].tokens - sizes[place]
        sizes[place] = entries[place].tokens
    return _keep_end(entries, tokens_max)


def _keep_end(entries: list[Entry], tokens_max: int) -> str:
    """As many of the last entries as fit, and how many came before them."""
    start = len(entries)
    left = tokens_max - sum(entry.tokens for entry in entries)
    if left >= 0:
        return "\n".join(entry.shown for entry in entries)
    left = tokens_max - ANY.count(_count_earlier(len(entries))) - 1
    while start > 0 and entries[start - 1].tokens <= left:
        start -= 1
        left -= entries[start].tokens
    if start == len(entries):
        return _cut(entries[-1].shown, tokens_max)
    return "\n".join([_count_earlier(start), *(entry.shown for entry in entries[start:])])


def _cut(text: str, tokens_max: int) -> str:
    """The beginning and the end of a text."""
    characters = len(text)
    while characters and ANY.count(cut_middle(text, characters)) > tokens_max:
        characters = characters * 3 // 4
    return cut_middle(text, characters)


def _count_earlier(count: int) -> str:
    return f"({count} earlier entries left out)"


def _find_items(env: MemoryEnv) -> list[Item]:
    place = next((item.seq for item in reversed(env.log) if item.kind is ItemKind.GOAL), -1)
    return list(env.log[place + 1 :])


def _read(item: Item) -> Iterator[Entry]:
    if item.action is not None:
        yield Entry("Action", item.action.describe())
        text = "there is no outcome" if item.outcome is None else item.outcome.text
        yield Entry("Observation", text, is_observation=True)
    elif item.text.strip():
        yield Entry(_TITLES.get(item.kind, str(item.kind)), item.text)
