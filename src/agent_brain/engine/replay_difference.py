"""Where a replay parts from its journal: as data, and in words."""

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agent_brain.core.digest import digest_text, show_tools
from agent_brain.core.errors import BrainError
from agent_brain.core.items import Message
from agent_brain.core.records import (
    ActionFinished,
    ActionsChosen,
    ActionStarted,
    BoardPut,
    Called,
    Charged,
    Failed,
    Faulted,
    Finished,
    ItemAdded,
    LimitMet,
    Paused,
    Record,
    Replied,
    SlotPut,
    StateSet,
)
from agent_brain.engine.calls import Call

TAIL_CHARACTERS = 800
"""How much of a prompt's end is shown."""
LINES_MAX = 60
"""How many lines of a text's changes are shown."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that is not as the journal has it."""

    question: int
    step: int
    state: str
    record: int
    """The number of the record; 0 where nothing more is recorded."""
    what: str
    """`prompt`, `move`, `action`, `outcome`, `answer` and so on."""
    recorded: str
    found: str
    changes: tuple[str, ...] = ()
    """Changed lines, as in a unified diff."""

    def data(self) -> dict[str, Any]:
        """All of it in JSON's types."""
        return asdict(self)

    def text(self) -> str:
        """In words, a line or more."""
        place = f"step {self.step} ({self.state})" + (f", record {self.record}" if self.record else "")
        place = f"question {self.question}, {place}" if self.question > 1 else place
        lines = [f"{place}: {self.what}", f"- recorded: {self.recorded}", f"+ now:      {self.found}"]
        return "\n".join([*lines, *(f"    {line}" for line in self.changes)])


class Parted(BrainError):
    """Stops a replay where it differs."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.text())
        self.difference = difference


def compare_words(before: str, after: str) -> tuple[str, ...]:
    """The changed lines of a text, as in a unified diff."""
    if "\n" not in before and "\n" not in after and max(len(before), len(after)) < 100:
        return ()
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1)
    found = [line for line in lines if not line.startswith(("---", "+++"))]
    more = len(found) - LINES_MAX
    return (*found[:LINES_MAX], f"({more} more lines)") if more > 0 else tuple(found)


def find_changed_words(
    call: Call,
    messages: Sequence[Message],
    directive: str,
    tools: Sequence[Mapping[str, Any]],
    words: Mapping[str, str],
) -> tuple[str, tuple[str, ...]] | None:
    """Which of system prompt, directive and tools is another one, and its changed lines; None where none is."""
    system = messages[0].get("content", "") if messages and messages[0].get("role") == "system" else ""
    shown = show_tools(tools) if tools else ""
    for name, digest, now in (
        ("system prompt", call.system, system),
        ("directive", call.directive, directive),
        ("list of tools", call.tools, shown),
    ):
        if digest != (digest_text(now) if now else ""):
            before = words.get(digest, "")
            return name, compare_words(before, now) or (f"-{before}", f"+{now}")
    return None


def show_tail(messages: Sequence[Message]) -> tuple[str, ...]:
    """The end of a prompt, in lines; its system message, whose words are compared elsewhere, is left out."""
    shown: list[str] = []
    left = TAIL_CHARACTERS
    for message in reversed([message for message in messages if message.get("role") != "system"]):
        content = str(message.get("content", ""))
        content += "".join(f"\n{json.dumps(call, ensure_ascii=False)}" for call in message.get("tool_calls", ()))
        cut = content[-left:] if left else ""
        shown = [f"{message.get('role', '?')}: {'...' if len(cut) < len(content) else ''}{cut}", *shown]
        left -= len(cut)
        if left <= 0:
            break
    return tuple("\n".join(shown).splitlines())


_NAMES: Mapping[type[Any], str] = {
    StateSet: "move", ActionStarted: "action", ActionsChosen: "chosen actions", ActionFinished: "outcome",
    ItemAdded: "what was said", Faulted: "correction", LimitMet: "limit", Finished: "answer", Failed: "error",
    Paused: "pause", Replied: "reply", SlotPut: "slot", BoardPut: "board", Called: "model call",
    Charged: "end of the step",
}  # fmt: skip


def name_difference(recorded: Record, found: Record) -> str:
    """What differs, in a word or two."""
    kinds = type(recorded), type(found)
    if isinstance(recorded, StateSet) and isinstance(found, StateSet) and recorded.state == found.state:
        return "reason of the move"
    return _NAMES.get(kinds[0], "record") if kinds[0] is kinds[1] else "course of events"


def describe_record(record: Record) -> str:  # noqa: C901, PLR0911, PLR0912  # one flat case for each kind of record
    """A record in one line."""
    match record:
        case StateSet(state=state, reason=reason):
            return f"it moves to {state}" + (f": {reason}" if reason else "")
        case ActionStarted(action_id=action_id, action=action, refused=refused):
            return f"{action.describe()} is {f'refused ({refused})' if refused else 'started'} as {action_id}"
        case ActionsChosen(actions=actions):
            return "it asks for " + (", ".join(action.describe() for action in actions) or "no action")
        case ActionFinished(action_id=action_id, outcome=outcome):
            return f"{action_id} ends, {outcome.status}: {_shorten(outcome.text)}"
        case ItemAdded(kind=kind, text=text):
            return f"{kind}: {_shorten(text)}"
        case Faulted(kind=kind, text=text):
            return f"its reply is faulty, {kind}: {_shorten(text)}"
        case LimitMet(text=text):
            return text
        case Finished(answer=answer):
            return f"it answers: {_shorten(answer)}"
        case Failed(error=error, message=message):
            return f"it fails with {error}: {_shorten(message)}"
        case Paused(pause_id=pause_id, kind=kind, text=text):
            return f"it waits, {pause_id} ({kind}): {_shorten(text)}"
        case Called(messages=messages):
            return f"a model is asked with {messages} messages"
        case Charged():
            return "the step ends"
        case _:
            return _shorten(repr(record))


def get_text(record: Record) -> str:
    """The words of a record, whose lines can be compared."""
    match record:
        case ItemAdded(text=text) | Faulted(text=text) | Finished(answer=text) | Failed(message=text):
            return text
        case ActionFinished(outcome=outcome):
            return outcome.text
    return ""


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return f"{line[:200]}..." if len(line) > 200 else line
