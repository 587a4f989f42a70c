"""The to-do list: the model writes it with a tool, and has it recited where it looks last.

Sources: the to-do lists of Manus and Claude Code. No published comparison shows that reciting helps: measure it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from pydantic import Field

from agent_brain.core.items import Item, ItemKind, Observation
from agent_brain.core.lens import Place
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Tool
from agent_brain.memories.looking import MemoryTool, ToolArgs, refuse
from agent_brain.memories.words import Worded

SLOT = "todo"
TOOL = "write_todo"
REMIND_AFTER = 10
ITEMS_MAX = 50
UNTOUCHED = "It was not touched for a while."
OLDER = "It is older than the question."


class TodoStatus(StrEnum):
    """How far an item is."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


MARKS = {TodoStatus.PENDING: "[ ]", TodoStatus.IN_PROGRESS: "[>]", TodoStatus.COMPLETED: "[x]"}


class TodoItem(ToolArgs):
    """One thing to do."""

    text: str = Field(min_length=1, max_length=500)
    status: TodoStatus = TodoStatus.PENDING


class _Items(ToolArgs):
    items: list[TodoItem] = Field(max_length=ITEMS_MAX)


@dataclass(frozen=True)
class Todo(Worded):
    """Shows the to-do list after the log, and reminds of it where it was left alone.

    The slot holds the list as it is shown, so that any other memory can show it too.
    """

    file: ClassVar[str] = "todo"

    remind_after: int = REMIND_AFTER
    """After how many items of the log without a new list the model is reminded; 0: never."""
    name: str = SLOT
    place: Place = Place.TAIL

    @cached_property
    def tools(self) -> Sequence[Tool]:
        """What writes it."""
        return (MemoryTool(TOOL, self.says[TOOL], _Items, write_todo),)

    def show(self, env: MemoryEnv) -> str:
        """The list with a reminder where it is due; empty while there is none."""
        text = env.slots.get(SLOT, "")
        hint = _find_hint(text, self._find_stale(env))
        return "\n".join(part for part in (text, hint) if part)

    def _find_stale(self, env: MemoryEnv) -> str:
        """Why the list may not be true any more: only the end of the log is looked at."""
        if not self.remind_after:
            return ""
        last = env.log[-self.remind_after :]
        for item in reversed(last):
            if item.kind is ItemKind.GOAL:
                return OLDER
            if is_written(item):
                return ""
        return UNTOUCHED if len(last) == self.remind_after else ""


def is_written(item: Item) -> bool:
    """True where an item of the log is a new list."""
    return item.action is not None and item.action.name == TOOL and not (item.outcome and item.outcome.is_error)


def write_todo(args: _Items, env: MemoryEnv) -> Observation:
    """Put the list into its slot; at most one item may be under way."""
    counts = {status: sum(item.status is status for item in args.items) for status in TodoStatus}
    if counts[TodoStatus.IN_PROGRESS] > 1:
        return refuse(f"{counts[TodoStatus.IN_PROGRESS]} items are in_progress, wanted at most one")
    lines = [f"{MARKS[item.status]} {' '.join(item.text.split())}" for item in args.items]
    told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    return Observation(f"the list has {told}" if told else "there is no list", slots={SLOT: "\n".join(lines) or None})


def _find_hint(text: str, stale: str) -> str:
    if not text:
        return f"(There is no list. For work of several steps, {TOOL} makes one.)" if stale == UNTOUCHED else ""
    if all(line.startswith(MARKS[TodoStatus.COMPLETED]) for line in text.splitlines()):
        return "(All of it is done. Check that the question is answered.)"
    return f"({stale} Where it is not true any more, write it anew.)" if stale else ""
