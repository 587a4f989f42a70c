"""Model calls as a journal tells of them: what was asked, by its digests, and the whole reply."""

import json
from dataclasses import dataclass, field

from agent_brain.core.items import Action, Details, ReplyCall
from agent_brain.core.records import ActionsChosen, Called, Charged, Failed, ItemAdded, Record, StateSet
from agent_brain.core.usage import Usage
from agent_brain.core.wire_choice import Way


@dataclass(frozen=True, slots=True)
class Call:
    """One model call that ended with a reply."""

    model: str
    prompt: str
    """Digest of all messages."""
    messages: int
    system: str = ""
    """Digest of the system prompt."""
    directive: str = ""
    """Digest of the state's directive."""
    text: str = ""
    reasoning: str = ""
    finish: str | None = None
    usage: Usage = field(default_factory=Usage)
    """What it has spent, attempts that broke included."""
    calls: tuple[ReplyCall, ...] = ()
    """The tool calls of the reply."""
    tools: str = ""
    """Digest of the tools that were sent beside the messages."""
    details: Details | None = None
    """What the server wants back of the reply as it came."""
    upkeep: str = ""
    """What a memory had it made for; empty: it is the state's own."""
    wire: Way = "text"
    """Over which wire it was made: where it could call tools, or was told of them only in words."""


class CallReader:
    """Puts calls together from records that are read in order."""

    __slots__ = ("_chosen", "_items", "_older", "_spent")

    def __init__(self) -> None:
        self._items: list[ItemAdded] = []
        """What the step has written since its last call."""
        self._older: list[ItemAdded] = []
        """What it wrote before that, and what was no call's reply."""
        self._chosen: tuple[Action, ...] = ()
        """What was chosen last."""
        self._spent = Usage()
        """What the step has spent on models since its last call, also on those that another one answered for."""

    def read(self, record: Record) -> Call | None:
        """The call that this record completes, or None."""
        match record:
            case Charged(usage=usage, model=model) if model:
                self._spent += usage
            case ActionsChosen(actions=actions):
                self._chosen = actions
            case ItemAdded():
                self._items.append(record)
            case Called():
                return self._make(record)
            case StateSet():
                self._items, self._older, self._spent = [], [], Usage()
            case Failed():
                self._spent = Usage()
        return None

    def _make(self, record: Called) -> Call:
        text, reasoning, details = record.text, record.reasoning, record.details
        items = self._items or self._older
        if text is None and items:  # the first item that the reply became has the very same words
            item = items.pop(0)
            text, reasoning, details = item.text, item.reasoning, item.details
        self._items, self._older = [], [*self._older, *self._items]
        usage, self._spent = self._spent, Usage()
        return Call(
            record.model, record.prompt, record.messages, record.system, record.directive,
            text or "", reasoning or "", record.finish, usage,
            tuple(map(_write, self._chosen)) if record.calls is None else record.calls, record.tools, details,
            record.upkeep, "native" if record.tools else "text",
        )  # fmt: skip


def _write(action: Action) -> ReplyCall:
    return ReplyCall(action.name, json.dumps(action.args, ensure_ascii=False))
