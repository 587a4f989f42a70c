"""A whole prompt as the simulated model reads it: the goal, the facts with their distances, the errors in sight."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agent_brain.core.items import Message
from agent_brain.core.usage import CHARACTERS_PER_TOKEN
from agent_brain.models.simulated.houses import TOOL, House
from agent_brain.models.simulated.pages import THINK, Fact, Outcome, Page, read_call, read_page
from agent_brain.models.simulated.stones import Stone

TODO, LESSONS, STATE = "todo", "lessons", "state"
"""Names of blocks of memories."""


@dataclass(frozen=True, slots=True)
class Known:
    """A key that is in sight."""

    key: str
    place: int
    """In characters from the beginning."""


@dataclass(slots=True)
class Prompt:
    """What can be known from a prompt, and nothing else."""

    system: str = ""
    goal: House | Stone | None = None
    beyond: str = ""
    directive: str = ""
    keys: dict[int, Known] = field(default_factory=dict)
    """Of the goal's house, by the door that they lie behind."""
    opened: set[int] = field(default_factory=set)
    errors: int = 0
    has_failed: bool = False
    """The last call did."""
    is_reflected: bool = False
    """The newest of all is a reflection on that."""
    recited: int = 0
    """Where the goal was told last."""
    blocks: dict[str, str] = field(default_factory=dict)
    said: str = ""
    """The last words of the assistant."""
    told: str = ""
    """The last message that is not the assistant's."""
    size: int = 0
    """Characters of all of it."""
    messages: int = 0

    def find_distance(self, place: int) -> float:
        """How far from the end, in tokens."""
        return (self.size - place) / CHARACTERS_PER_TOKEN

    @property
    def is_taught(self) -> bool:
        """A reflection on the last failure is the newest item, or a lesson is in sight."""
        return self.is_reflected or LESSONS in self.blocks


def read_prompt(messages: Sequence[Message]) -> Prompt:
    """Read it from its messages, those of either wire, in one pass."""
    reader = _Reader(messages)
    reader.follow_all()
    return reader.prompt


class _Reader:
    """Goes through the messages; each is read once, whatever prompts it stands in."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.prompt = prompt = Prompt(messages=len(messages))
        self._messages = messages
        self._pages: list[Page] = []
        for message in messages:
            content, role = message.get("content") or "", message["role"]
            if role == "system":
                prompt.system = content
            elif role != "assistant":
                prompt.told = content
            page = read_page(role, content)
            self._pages.append(page)
            prompt.size += page.size
            if page.goal is not None:
                prompt.goal, prompt.beyond = page.goal, page.beyond
            for call in message.get("tool_calls", ()):
                prompt.size += len(call["function"]["name"]) + len(call["function"]["arguments"])
        self._house = prompt.goal.name if isinstance(prompt.goal, House) else ""
        self._pending: list[tuple[str, Fact | None, int]] = []
        """Calls that have no outcome yet: the tool, the door, and where that stands."""

    def follow_all(self) -> None:
        """Take up every message in turn."""
        start = 0
        for message, page in zip(self._messages, self._pages, strict=True):
            self._follow(page, start)
            start += page.size
            for call in message.get("tool_calls", ()):
                name, arguments = call["function"]["name"], call["function"]["arguments"]
                self._pending.append((name, read_call(name, arguments), start))
                start += len(name) + len(arguments)
        self.prompt.directive = self._pages[-1].instruction if self._pages else ""

    def _follow(self, page: Page, start: int) -> None:
        prompt, house = self.prompt, self._house
        if page.text:
            prompt.said = page.text
        prompt.errors += page.failures
        for outcome in page.outcomes:
            self._settle(outcome)
        for call in page.calls:
            self._pending.append((TOOL, call, start))
        if page.is_reflection:
            prompt.is_reflected = prompt.has_failed
        for where, door, key, place in page.facts:
            self._learn(where, door, key, start + place)
        for where, place in page.recitals:
            if where == house:
                prompt.recited = start + place
        if page.blocks:
            prompt.blocks.update(page.blocks)

    def _learn(self, house: str, door: int, key: str, place: int) -> None:
        """A door of the house is open; with a key, that one lies behind it."""
        if house == self._house:
            self.prompt.opened.add(door)
            if key:
                self.prompt.keys[door] = Known(key, place)

    def _settle(self, outcome: Outcome) -> None:
        """Give the first open call its outcome."""
        prompt = self.prompt
        if outcome.is_correction:
            self._pending.clear()
        elif self._pending:
            name, call, start = self._pending.pop(0)
            if call is None:
                prompt.is_reflected = prompt.has_failed and name == THINK
                return
            where, door, key, place = call
            if not outcome.is_failed:
                self._learn(where, door, "", 0)
                if key:
                    self._learn(where, door - 1, key, start + place)
        prompt.errors += outcome.is_failed
        prompt.has_failed, prompt.is_reflected = outcome.is_failed, False
