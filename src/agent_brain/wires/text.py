"""TextWire: actions as JSON in plain text, for any model that can write."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agent_brain.core.chat import Reply
from agent_brain.core.items import FaultKind, Item, Message
from agent_brain.core.ports import Reading
from agent_brain.core.tooling import ToolSpec
from agent_brain.wires.action_text import ARGS_KEYS, NAME_KEYS, Known, Shape, get_named_shape, get_shape
from agent_brain.wires.growing import GrowingWire
from agent_brain.wires.json_text import Found, find_json
from agent_brain.wires.messages import GROWING_TEXT, show_system
from agent_brain.wires.remedies import explain_cut_short, explain_empty, explain_unreadable
from agent_brain.wires.reply_text import (
    drop_thinking,
    find_closing,
    find_other_turn,
    hide_thinking,
    is_invented,
    mend_characters,
    strip_tokens,
)

SYSTEM_TEXTS_MAX = 8
"""System messages that one wire remembers."""

_NAME_KEY = re.compile(rf"""["'“]?\b(?:{"|".join(NAME_KEYS)})\b["'”]?\s*+:\s*+["'“]?(?P<name>[^"'“”\n,}}]{{0,80}})""")
_ARGS_KEY = re.compile(rf"""["'“]?\b(?:{"|".join(ARGS_KEYS)})\b["'”]?\s*+:""")
_MARKED = re.compile(r"<tool_call>|<function=|\[TOOL_CALLS\]|```(?:tool_call|tool|action)\b")


@dataclass(frozen=True)
class TextWire(GrowingWire):
    """Tools are described in the system message; an action is one JSON object in a reply.

    The first action of a reply counts, for what follows it is mostly invented; a JSON list of actions is several.
    Thinking is searched only where nothing else was written; inline thinking that a model's adapter left in the text is
    kept only beside an action. Without tools nothing is looked for.
    """

    _systems: dict[tuple[object, ...], tuple[Sequence[ToolSpec], str]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """System messages by their instructions and the identities of their tools, which are kept alive with them."""

    def get_messages(
        self, instructions: str, items: Sequence[Item], specs: Sequence[ToolSpec], directive: str = ""
    ) -> list[Message]:
        """One system message where there is something to say in it, then users and assistants in turn."""
        messages = self._show_log(GROWING_TEXT, items, directive)
        system = self._get_system(instructions, specs)
        return [{"role": "system", "content": system}, *messages] if system.strip() else messages

    def get_tools(self, specs: Sequence[ToolSpec]) -> Sequence[Mapping[str, Any]]:
        """None: the system message tells of them."""
        return ()

    def read(self, reply: Reply, specs: Sequence[ToolSpec]) -> Reading:
        """Find the first action, or several in one list; never raises."""
        reading = self._read(reply, specs)
        return reading if reply.details is None else replace(reading, details=reply.details)

    def _read(self, reply: Reply, specs: Sequence[ToolSpec]) -> Reading:
        if specs and "{" in reply.reasoning and not reply.text.strip():
            found = self._read(Reply(reply.reasoning, "", reply.finish), specs)
            if found.actions or found.fault:
                return replace(found, text="")
        text = _take_own_turn(mend_characters(reply.text))
        visible = hide_thinking(text)
        if visible is not text and not strip_tokens(visible).strip():
            visible = text
            if "{" not in text or not specs:
                return Reading(strip_tokens(text), (), FaultKind.EMPTY, explain_empty(specs))
        elif not strip_tokens(text).strip():
            return Reading("", (), FaultKind.EMPTY, explain_empty(specs))
        if not specs:
            return Reading(strip_tokens(drop_thinking(text)))
        return _read_actions(text, visible, reply.finish == "length", specs)

    def _get_system(self, instructions: str, specs: Sequence[ToolSpec]) -> str:
        if not specs:
            return instructions
        key = (instructions, *map(id, specs))
        remembered = self._systems.get(key)
        if remembered is None:
            if len(self._systems) >= SYSTEM_TEXTS_MAX:
                self._systems.clear()
            remembered = self._systems[key] = (tuple(specs), show_system(instructions, specs))
        return remembered[1]


def _take_own_turn(text: str) -> str:
    """The reply up to where the model begins to write somebody else's turn; inside a value it may mean it."""
    turn = find_other_turn(text)
    if turn == len(text) or any(found.start < turn < found.end for found in find_json(text)):
        return text
    return text[:turn]


def _read_actions(text: str, visible: str, is_limited: bool, specs: Sequence[ToolSpec]) -> Reading:
    known: Mapping[str, ToolSpec] = {spec.name: spec for spec in specs}
    fault: Reading | None = None
    for found in find_json(visible):
        shape = _get_shape(visible, found, known)
        excerpt = visible[found.start : found.end]
        if is_limited and _is_cut(found, shape, excerpt, known):
            remedy = explain_cut_short(excerpt, found.start, specs)
            return Reading(strip_tokens(text), (), FaultKind.CUT_SHORT, remedy)
        if shape.actions:
            return Reading(_keep(text, found, known), shape.actions)
        if fault is None and (shape.wrong or (found.value is None and _is_meant(excerpt, known))):
            remedy = explain_unreadable(excerpt, found.start, shape.wrong, specs)
            fault = Reading(strip_tokens(text), (), FaultKind.UNREADABLE, remedy)
    return fault or _read_marks(text, visible, is_limited, specs)


def _read_marks(text: str, visible: str, is_limited: bool, specs: Sequence[ToolSpec]) -> Reading:
    """A reply with no readable action: plain text, unless a tag or a fence says that one was meant."""
    mark = _MARKED.search(visible)
    if mark is None:
        return Reading(strip_tokens(drop_thinking(text)))
    excerpt = visible[mark.start() :]
    if is_limited:
        remedy = explain_cut_short(excerpt, mark.start(), specs)
        return Reading(strip_tokens(text), (), FaultKind.CUT_SHORT, remedy)
    remedy = explain_unreadable(excerpt, mark.start(), "it holds no JSON object with a name and args", specs)
    return Reading(strip_tokens(text), (), FaultKind.UNREADABLE, remedy)


def _get_shape(text: str, found: Found, known: Known) -> Shape:
    shape = get_shape(found.value, known)
    return shape if shape.actions or shape.wrong else get_named_shape(text, found.start, found.value, known)


def _is_cut(found: Found, shape: Shape, excerpt: str, known: Known) -> bool:
    """True where the token limit took something from an action that closing brackets do not give back."""
    loose = found.loose
    if loose is None or loose.is_closed:
        return False
    if shape.actions:
        return loose.is_cut or not shape.has_args
    return loose.is_cut and _is_meant(excerpt, known, is_limited=True)


def _is_meant(excerpt: str, known: Known, *, is_limited: bool = False) -> bool:
    """True where a text that is no readable action was to become one."""
    match = _NAME_KEY.search(excerpt)
    if match is None:
        return False
    name = match["name"].strip()
    if name in known or _ARGS_KEY.search(excerpt):
        return True
    return is_limited and match.end() == len(excerpt) and any(tool.startswith(name) for tool in known)


def _keep(text: str, found: Found, known: Known) -> str:
    """The reply as the log keeps it: its action untouched, and what was invented after it gone."""
    before, action = strip_tokens(text[: found.start]), text[found.start : found.end]
    end = find_closing(text, found.end)
    closing, after = text[found.end : end], text[end:]
    if not after.strip():
        return f"{before}{action}{closing}"
    if is_invented(after) or any(_get_shape(after, other, known).actions for other in find_json(after)):
        return f"{before}{action}{closing}"
    return f"{before}{action}{closing}{strip_tokens(after)}"
