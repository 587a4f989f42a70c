"""Items as messages with tool calls: every call is followed at once by its result, whatever the log holds.

A call and its outcome are one item, so neither can be shown without the other; ids are made from the items' places,
because a server's own may be missing, repeated, or of a form that another server refuses.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from agent_brain.core.digest import digest_text
from agent_brain.core.items import FaultKind, Item, ItemKind, Message, OutcomeStatus
from agent_brain.wires.messages import NO_OUTCOME, Turns, escape

NAME_CHARACTERS_MAX = 64
"""Of a tool's name, as OpenAI's interface takes it."""
EMPTY_RESULT = "(nothing)"
"""What is shown of a result without a word: some servers refuse an empty one."""
_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{NAME_CHARACTERS_MAX}}}")
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")

_ACTION, _OBSERVATION = ItemKind.ACTION, ItemKind.OBSERVATION
_ASKED = frozenset({ItemKind.GOAL, ItemKind.QUESTION, ItemKind.REPLY})


def fit_name(name: str) -> str:
    """A tool's name as every server takes it: the same where it can be, else one that no other name becomes."""
    if _NAME.fullmatch(name):
        return name
    digest = digest_text(name)[:8]
    return f"{_UNFIT.sub('_', name)[: NAME_CHARACTERS_MAX - 1 - len(digest)]}_{digest}"


def make_call_id(item: Item) -> str:
    """Nine letters and digits, which is what the strictest servers (Mistral's) demand."""
    return f"c{item.seq:08d}"


def show_calls(items: Sequence[Item], directive: str) -> list[Message]:
    """The messages after the system message: a user's first; a user's or a tool's last.

    The calls of one reply stand in one assistant message, with what was said beside them. What could not be carried out
    because its name or its form was wrong is no call here but a correction, after the results of the others.
    """
    shown = _Shown()
    for item in items:
        if item.kind is _ACTION:
            shown.add_action(item)
        elif item.kind is _OBSERVATION:
            shown.add_correction(item.text, item.turn)
        else:
            shown.add_text("user" if item.kind in _ASKED else "assistant", item.text)
    return shown.finish(directive)


class _Shown:
    """Messages under construction; what one reply asked for is held back until all of it is known."""

    def __init__(self) -> None:
        self._turns = Turns()
        self._calls: list[Item] = []
        self._corrections: list[str] = []
        self._turn = -1
        """The step in which what is held back was carried out."""

    def add_text(self, role: str, text: str) -> None:
        if text and not text.isspace():
            self._flush()
            self._turns.add(role, text)

    def add_correction(self, text: str, turn: int) -> None:
        """What was wrong with a reply, written in the step of that reply: its actions follow in the next one."""
        if self._calls or turn + 1 != self._turn:
            self._flush()
        self._turn = turn + 1
        if text and not text.isspace():
            self._corrections.append(text)

    def add_action(self, item: Item) -> None:
        if item.action is None:
            return
        if item.turn != self._turn:
            self._flush()
        self._turn = item.turn
        if item.outcome is not None and item.outcome.fault is FaultKind.UNKNOWN_TOOL:
            self._corrections.append(item.outcome.text)
        else:
            self._calls.append(item)

    def finish(self, directive: str) -> list[Message]:
        self._flush()
        if directive and not directive.isspace():
            self._turns.add("user", f"<instruction>\n{directive}\n</instruction>")
        return self._turns.finish()

    def _flush(self) -> None:
        if self._calls:
            self._turns.add_calls(list(map(_show_call, self._calls)), list(map(_show_result, self._calls)))
        for text in self._corrections:
            self._turns.add("user", f"<correction>\n{escape(text)}\n</correction>")
        self._calls, self._corrections, self._turn = [], [], -1


def _show_call(item: Item) -> dict[str, Any]:
    assert item.action is not None  # what has none is not shown
    arguments = json.dumps(item.action.args, ensure_ascii=False, default=str)
    function = {"name": fit_name(item.action.name), "arguments": arguments}
    return {"id": make_call_id(item), "type": "function", "function": function}


def _show_result(item: Item) -> Message:
    return {"role": "tool", "tool_call_id": make_call_id(item), "content": show_result(item)}


def show_result(item: Item) -> str:
    """An outcome's text; before it how the action ended, where it has not finished."""
    outcome = item.outcome
    if outcome is None:
        return f"[pending] {NO_OUTCOME}"
    text = escape(outcome.text) if outcome.text.strip() else EMPTY_RESULT
    return text if outcome.status is OutcomeStatus.FINISHED else f"[{outcome.status}] {text}"
