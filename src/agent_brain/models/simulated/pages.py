"""One message of a prompt, as the simulated model reads it; the reading is kept, since prompts grow by messages."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from agent_brain.models.simulated.houses import ASKED, FOUND, TOOL, House, read_house
from agent_brain.models.simulated.stones import Stone, read_stone

PAGES_MAX = 4096
"""Messages whose reading is remembered, in a process."""

_BLOCK = re.compile(
    r'<(?P<tag>observation|correction|memory|instruction)(?: tool="(?P<tool>[^"]*)")?(?: name="(?P<name>[^"]*)")?'
    r'(?: status="(?P<status>\w+)")?>\n(?P<text>.*?)\n</(?P=tag)>',
    re.DOTALL,
)
_CALL = re.compile(r'"house": ?"([\w-]+)", ?"door": ?(\d+)(?:, ?"key": ?"(\w*)")?[^{}]*\}')
_TOLD = re.compile(rf"{TOOL}\(house='([\w-]+)', door=(\d+)(?:, key='(\w*)')?\)( failed)?: ")
"""A call as summaries list it, with how it ended."""
_FAILED = "[failed] "
"""How results of calls that failed begin over the native wire."""
REVISE = "Verdict: revise"
THINK = "think"
"""The tool that writes a thought down."""

Fact = tuple[str, int, str, int]
"""House, door, the key behind it, and where in the message that stands; without a key the door is known to be open."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call."""

    is_failed: bool
    is_correction: bool = False
    """There was no call."""


@dataclass(slots=True)
class Page:
    """What one message says."""

    size: int
    facts: list[Fact] = field(default_factory=list)
    calls: list[Fact] = field(default_factory=list)
    """Doors to be opened, with the keys that were tried: proof of them where the door has opened."""
    outcomes: list[Outcome] = field(default_factory=list)
    failures: int = 0
    """Further ones, of which a memory tells."""
    goal: House | Stone | None = None
    beyond: str = ""
    """What follows the goal that is no part of it."""
    recitals: list[tuple[str, int]] = field(default_factory=list)
    """Where a house's goal is told, in whatever words."""
    blocks: dict[str, str] = field(default_factory=dict)
    """What memories show, by name."""
    instruction: str = ""
    text: str = ""
    """An assistant's words."""
    is_reflection: bool = False
    """A reflection on a failure ends here, or a thought that was written down by a tool."""


@lru_cache(maxsize=PAGES_MAX)
def read_page(role: str, content: str) -> Page:
    """What a message says, by its words alone."""
    page = Page(len(content))
    page.facts = [(house, int(door), key, match.start()) for match in FOUND.finditer(content) for door, house, key in
                  (match.groups(),)]  # fmt: skip
    page.recitals = [(match["house"], match.start()) for match in ASKED.finditer(content)]
    if role == "assistant":
        page.text = content
        page.is_reflection = REVISE in content
        page.calls = _read_calls(content)
    elif role == "tool":
        page.outcomes = [Outcome(content.startswith(_FAILED))]
    elif role == "user":
        _read_user(content, page)
    return page


def read_call(name: str, arguments: str) -> Fact | None:
    """The door of one tool call; None where it is a call of another tool, without a house where it is of no door."""
    if name != TOOL:
        return None
    found = _read_calls(arguments)
    return found[0] if found else ("", 0, "", 0)


def _read_user(content: str, page: Page) -> None:
    raw, place = [], 0
    for block in _BLOCK.finditer(content) if "</" in content else ():
        raw.append(content[place : block.start()])
        place = block.end()
        match block["tag"]:
            case "observation" if block["tool"] == TOOL:
                page.outcomes.append(Outcome(block["status"] != "finished"))
            case "observation":
                page.is_reflection |= block["tool"] == THINK
            case "correction":
                page.outcomes.append(Outcome(True, is_correction=True))
            case "memory":
                page.blocks[block["name"]] = block["text"]
            case "instruction":
                page.instruction = block["text"]
    raw.append(content[place:])
    for told in _TOLD.finditer(content) if TOOL in content else ():
        if told[4]:
            page.failures += 1
        else:
            _add_told(page, told[1], int(told[2]), told[3] or "", told.start())
    words = "".join(raw).strip()
    found: Any = read_house(words) or read_stone(words)
    if found is not None:
        page.goal, page.beyond = found[0], found[1].strip()


def _add_told(page: Page, house: str, door: int, key: str, place: int) -> None:
    page.facts.append((house, door, "", place))
    if key:
        page.facts.append((house, door - 1, key, place))


def _read_calls(text: str) -> list[Fact]:
    if '"door"' not in text:
        return []
    return [(found[1], int(found[2]), found[3] or "", found.start()) for found in _CALL.finditer(text)]
