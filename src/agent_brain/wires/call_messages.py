"""Items as messages with tool calls: every call is followed at once by its result, whatever the log holds.

A call and its outcome are one item, so neither can be shown without the other; ids are made from the items' places,
because a server's own may be missing, repeated, or of a form that another server refuses.
"""

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any, Self

from agent_brain.core.digest import digest_text
from agent_brain.core.items import Details, FaultKind, Item, ItemKind, Message, OutcomeStatus
from agent_brain.core.json_writer import make_writer
from agent_brain.wires.growing import Growing
from agent_brain.wires.messages import NO_OUTCOME, Turns, escape, show_memory

NAME_CHARACTERS_MAX = 64
"""Of a tool's name, as OpenAI's interface takes it."""
EMPTY_RESULT = "(nothing)"
"""What is shown of a result without a word: some servers refuse an empty one."""
_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{NAME_CHARACTERS_MAX}}}")
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
_write = make_writer(ensure_ascii=False, allow_nan=False, default=str)

# Local names: looking a member up on its enum costs more than all else that is done for an item.
_ACTION, _OBSERVATION, _SHOWN = ItemKind.ACTION, ItemKind.OBSERVATION, ItemKind.SHOWN
_GOAL, _REPLY = ItemKind.GOAL, ItemKind.REPLY
_UNKNOWN_TOOL, _FINISHED = FaultKind.UNKNOWN_TOOL, OutcomeStatus.FINISHED
NAMES_MAX = 1024
"""Tools of which it is remembered how they are called."""


@lru_cache(NAMES_MAX)
def fit_name(name: str) -> str:
    """A tool's name as every server takes it: the same where it can be, else one that no other name becomes."""
    if _NAME.fullmatch(name):
        return name
    digest = digest_text(name)[:8]
    return f"{_UNFIT.sub('_', name)[: NAME_CHARACTERS_MAX - 1 - len(digest)]}_{digest}"


def make_call_id(item: Item) -> str:
    """Nine letters and digits, which is what the strictest servers (Mistral's) demand."""
    return f"c{item.seq:08d}"


class ShownCalls:
    """Messages with tool calls, under construction: a user's first; a user's or a tool's last.

    The calls of one reply stand in one assistant message, with what was said beside them; they are held back until all
    of them are known. What could not be carried out because its name or its form was wrong is no call here but a
    correction, after the results of the others.
    """

    __slots__ = ("_actions", "_calls", "_corrections", "_results", "_said", "_turn", "_turns")

    def __init__(self) -> None:
        self._turns = Turns()
        self._said: Item | None = None
        """The reply that what is held back may be part of."""
        self._actions: list[Item] = []
        self._calls: list[dict[str, Any]] = []
        self._results: list[Message] = []
        """Of those actions that are shown as calls, in turn."""
        self._corrections: list[str] = []
        self._turn = -1
        """The step in which what is held back was carried out."""

    def copy(self) -> Self:
        """An equal one with a future of its own."""
        twin = type(self)()
        twin._turns, twin._said, twin._turn = self._turns.copy(), self._said, self._turn
        twin._actions, twin._calls = self._actions.copy(), self._calls.copy()
        twin._results, twin._corrections = self._results.copy(), self._corrections.copy()
        return twin

    @property
    def settled(self) -> int:
        """How many of the messages nothing can change that is added."""
        return self._turns.settled

    def add(self, item: Item) -> None:
        """Show one item more."""
        kind = item.kind
        if kind is _ACTION:
            self._add_action(item)
        elif kind is _OBSERVATION:
            self._add_correction(item.text, item.turn)
        elif kind is _SHOWN:
            self._add_memory(item)
        else:
            self._add_words("user" if kind is _GOAL or kind is _REPLY else "assistant", item)

    def finish(self, directive: str) -> list[Message]:
        """All messages."""
        self._flush()
        return self._turns.finish(directive)

    def _add_words(self, role: str, item: Item) -> None:
        """What was said; a reply without a word is shown with the calls that follow, or not at all."""
        text = item.text
        has_words = text and not text.isspace()
        if has_words or item.reasoning or item.details is not None:
            self._flush()
            self._said = item if role == "assistant" else None
        if has_words:
            self._turns.add(role, text)

    def _add_memory(self, item: Item) -> None:
        if item.text and not item.text.isspace():
            self._flush()
            self._said = None
            self._turns.add("user", show_memory(item))

    def _add_correction(self, text: str, turn: int) -> None:
        """What was wrong with a reply, written in the step of that reply: its actions follow in the next one."""
        if self._calls or (self._corrections and turn + 1 != self._turn):
            self._flush()
        self._turn = turn + 1
        if text and not text.isspace():
            self._corrections.append(text)

    def _add_action(self, item: Item) -> None:
        action, outcome = item.action, item.outcome
        if action is None:
            return
        if item.turn != self._turn:
            if self._actions or self._corrections:
                self._flush()
            self._turn = item.turn
        self._actions.append(item)
        if outcome is not None and outcome.fault is _UNKNOWN_TOOL:
            self._corrections.append(outcome.text)
            return
        call_id = make_call_id(item)
        function = {"name": fit_name(action.name), "arguments": _write_args(action.args)}
        self._calls.append({"id": call_id, "type": "function", "function": function})
        self._results.append({"role": "tool", "tool_call_id": call_id, "content": show_result(item)})

    def _flush(self) -> None:
        said, calls = self._said, self._calls
        if said is not None and (calls or _has_words(said)):
            self._turns.begin_reply()
            if said.reasoning or said.details is not None:
                self._turns.keep(said.reasoning, self._pick(said))
        if calls:
            self._turns.add_calls(calls, self._results)
            self._calls, self._results = [], []
        for text in self._corrections:
            self._turns.add("user", f"<correction>\n{escape(text)}\n</correction>")
        self._said, self._actions, self._corrections, self._turn = None, [], [], -1

    def _pick(self, said: Item) -> Details | None:
        """What was kept of a reply, with the fields of those of its calls that are shown as calls."""
        if said.details is None:
            return None
        kept = {name: value for name, value in said.details.items() if name != "calls"}
        fields = said.details.get("calls", ())
        if len(fields) == len(self._actions):
            shown = [of_call for of_call, item in zip(fields, self._actions, strict=True) if not _is_unknown(item)]
            kept |= {"calls": shown} if any(shown) else {}
        return kept


GROWING_CALLS = partial(Growing, ShownCalls)
"""What a run keeps of its messages over the native wire."""


def _has_words(item: Item) -> bool:
    return bool(item.text) and not item.text.isspace()


def _is_unknown(item: Item) -> bool:
    return item.outcome is not None and item.outcome.fault is _UNKNOWN_TOOL


def _write_args(args: Mapping[str, Any]) -> str:
    """As JSON; numbers that it has no word for (a model's 1e999 is one) as text, or servers could not read it."""
    try:
        return _write(args)
    except ValueError:
        from pydantic_core import to_json  # on first use: such numbers are rare

        return to_json(args, inf_nan_mode="strings", fallback=str).decode()


def show_result(item: Item) -> str:
    """An outcome's text; before it how the action ended, where it has not finished."""
    outcome = item.outcome
    if outcome is None:
        return f"[pending] {NO_OUTCOME}"
    text = EMPTY_RESULT if not outcome.text or outcome.text.isspace() else escape(outcome.text)
    return text if outcome.status is _FINISHED else f"[{outcome.status}] {text}"
