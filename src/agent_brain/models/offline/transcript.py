"""A conversation as the offline model reads it: tools, and for each question what was tried and what came of it."""

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.items import Message

TOOLS_LINE = "Tools, one a line:"
GO_ON = "Go on."
"""How the wire's filler begins where it ends on a user's message of its own; it asks for no answer."""
_OPENING = re.compile(r"<(observation|correction|instruction)((?: [a-z_]{1,20}=\"[^\"\n]*\")*)>")
_ATTRIBUTE = re.compile(r"([a-z_]+)=\"([^\"\n]*)\"")
_FENCE = "```"


@dataclass(frozen=True, slots=True)
class Card:
    """A tool as the prompt describes it."""

    name: str
    description: str
    properties: Mapping[str, Mapping[str, Any]]
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """An action that was asked for, and what came of it; status `asked` while nothing did."""

    tool: str
    args: Mapping[str, Any]
    status: str = "asked"
    text: str = ""


@dataclass(slots=True)
class Turn:
    """One question, what was tried for it, and the last thing said to it."""

    question: str
    attempts: list[Attempt] = field(default_factory=list)
    said: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The whole conversation; the last turn is the one to go on with."""

    cards: tuple[Card, ...]
    turns: tuple[Turn, ...]
    is_instructed: bool
    """The last message ends in an instruction: answer now."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a user message: raw text where it has no tag."""

    tag: str
    text: str
    attributes: Mapping[str, str] = field(default_factory=dict)


def read_transcript(messages: Sequence[Message]) -> Transcript:
    """Read the messages in one pass; what does not fit the wire is left out."""
    cards: list[Card] = []
    turns: list[Turn] = []
    is_instructed = False
    for message in messages:
        content, role = message.get("content") or "", message.get("role")
        is_instructed = False
        if role == "system":
            cards.extend(_read_cards(content))
        elif role == "assistant":
            turns = turns or [Turn("")]
            _read_reply(content, turns[-1])
        else:
            for block in split_blocks(content):
                is_instructed = block.tag == "instruction" and not block.text.startswith(GO_ON)
                _read_block(block, turns)
    return Transcript(tuple(cards), tuple(turns or [Turn("")]), is_instructed)


def split_blocks(content: str) -> list[Block]:
    """The tagged blocks of a user message and the raw text between them, in one pass over its lines."""
    lines = content.split("\n")
    closings: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        if line.startswith("</") and line.endswith(">"):
            closings[line[2:-1]].append(number)
    blocks: list[Block] = []
    raw: list[str] = []
    place = 0
    while place < len(lines):
        opening = _OPENING.fullmatch(lines[place]) if len(lines[place]) < 400 else None
        ends = closings.get(opening[1], []) if opening else []
        index = bisect_left(ends, place)
        if opening is None or index == len(ends):
            raw.append(lines[place])
            place += 1
            continue
        blocks.extend(_raw_block(raw))
        raw.clear()
        blocks.append(
            Block(opening[1], "\n".join(lines[place + 1 : ends[index]]), dict(_ATTRIBUTE.findall(opening[2])))
        )
        place = ends[index] + 1
    return blocks + list(_raw_block(raw))


def _raw_block(lines: Sequence[str]) -> Iterator[Block]:
    text = "\n".join(lines).strip()
    if text:
        yield Block("", text)


def _read_block(block: Block, turns: list[Turn]) -> None:
    if not block.tag:
        turns.append(Turn(block.text))
        return
    if not turns:
        turns.append(Turn(""))
    if block.tag == "observation":
        _settle(turns[-1], block.attributes.get("tool", ""), block.attributes.get("status", "finished"), block.text)
    elif block.tag == "correction":
        _settle(turns[-1], "", "failed", block.text)


def _settle(turn: Turn, tool: str, status: str, text: str) -> None:
    """Give the first open attempt of this tool its outcome."""
    for place, attempt in enumerate(turn.attempts):
        if attempt.status == "asked" and tool in ("", attempt.tool):
            turn.attempts[place] = Attempt(attempt.tool, attempt.args, status, text)
            return


def _read_reply(content: str, turn: Turn) -> None:
    """The model's own reply: it writes its action in a fence of its own."""
    turn.said = content
    for part in content.split(_FENCE)[1::2]:
        try:
            action = json.loads(part.removeprefix("json"))
        except (ValueError, RecursionError):
            continue
        if isinstance(action, dict) and isinstance(action.get("name"), str):
            args = action.get("args")
            turn.attempts.append(Attempt(action["name"], args if isinstance(args, dict) else {}))


def _read_cards(content: str) -> Iterator[Card]:
    """The tools, which stand one a line as JSON."""
    _, found, listing = content.partition(TOOLS_LINE)
    for line in listing.splitlines() if found else ():
        if not line.startswith("{"):
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and isinstance(row.get("name"), str):
            yield _read_card(row)


def _read_card(row: Mapping[str, Any]) -> Card:
    schema = row.get("parameters")
    schema = schema if isinstance(schema, dict) else {}
    properties = schema.get("properties")
    required = schema.get("required")
    rows = properties.items() if isinstance(properties, dict) else ()
    return Card(
        name=row["name"],
        description=str(row.get("description") or ""),
        properties={str(name): rule if isinstance(rule, dict) else {} for name, rule in rows},
        required=tuple(map(str, required)) if isinstance(required, list) else (),
    )
