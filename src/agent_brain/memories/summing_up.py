"""What a model is shown to sum up, and what of it is carried word for word."""

from collections.abc import Sequence

from agent_brain.core.items import Item, ItemKind, Message
from agent_brain.core.tokens import ANY
from agent_brain.memories.recall import RECALL, get_content

CLIPS = (None, 8000, 2000, 500, 120)
"""How many characters of an item are told, until all of them have room."""
RESULT_CHARACTERS_MAX = 200
RESULTS_CHARACTERS_MAX = 4000
"""Older lines go first; the summary is told of them."""
_VOICES = {ItemKind.GOAL: "person", ItemKind.REPLY: "person", ItemKind.OBSERVATION: "correction"}


def write_request(words: str, goal: str, summary: str, told: Sequence[Item], tokens: int) -> list[Message]:
    """The messages that ask for a summary, with so much of each item that they take no more than these tokens."""
    said = ""
    for clip in CLIPS:
        items = "\n\n".join(_tell(item, clip) for item in told)
        said = f"Goal:\n{goal}\n\nSummary so far:\n{summary or '(none)'}\n\nAfter it:\n\n{items}"
        if ANY.count(said) <= tokens:
            break
    return [{"role": "system", "content": words}, {"role": "user", "content": said}]


def list_results(told: Sequence[Item], before: str) -> str:
    """A line for each action: its id, what was asked for, and what came of it, word for word where that is short."""
    lines = before.splitlines()
    lines += [_tell_result(item) for item in told if item.action is not None and item.action.name != RECALL]
    while sum(map(len, lines)) + len(lines) > RESULTS_CHARACTERS_MAX:
        del lines[0]
    return "\n".join(lines)


def _tell(item: Item, clip: int | None) -> str:
    text = get_content(item)
    if clip is not None and len(text) > clip:
        text = f"{text[: clip // 2]}\n(... {len(text) - clip} characters ...)\n{text[-(clip // 2) :]}"
    voice = _VOICES.get(item.kind, "assistant") if item.action is None else _describe(item)
    return f"[{item.seq}] {voice}: {text}"


def _tell_result(item: Item) -> str:
    text = get_content(item)
    if "\n" in text or len(text) > RESULT_CHARACTERS_MAX:
        text = f"({text.count(chr(10)) + 1} lines, {len(text)} characters)"
    return f"[{item.seq}] {_describe(item)}: {text}"


def _describe(item: Item) -> str:
    """An action as a call on one line, and how it ended where it did not finish."""
    assert item.action is not None  # who asks has looked
    call = " ".join(item.action.describe().split())
    call = call if len(call) <= RESULT_CHARACTERS_MAX else f"{call[:RESULT_CHARACTERS_MAX]}..."
    is_error = item.outcome is not None and item.outcome.is_error
    return f"{call} {item.outcome.status}" if is_error and item.outcome is not None else call
