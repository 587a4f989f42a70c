"""Logs that grow: what a run's log was shown as is kept and gone on with, so that a late step makes what is new."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import is_
from typing import Protocol, Self

from agent_brain.core.items import Item, Message
from agent_brain.core.ports import Derive

ITEMS_MIN = 48
"""A shorter log is shown anew: that takes no longer, and nothing has to be kept for it."""


class Showing(Protocol):
    """Messages under construction."""

    def add(self, item: Item) -> None:
        """Show one item more."""

    def copy(self) -> Self:
        """An equal one: what is added to either does not show in the other."""

    @property
    def settled(self) -> int:
        """How many of the messages, from the first on, nothing can change that is added."""

    def finish(self, directive: str) -> list[Message]:
        """All messages, the directive last; nothing can be added afterwards."""


Begin = Callable[[], Showing]


class Growing:
    """Shows one run's items again and again; where they are those of the last time and more, only what is more.

    Equal in every case to what shows them all. A log that has lost items, or in which one was changed, is begun anew.
    """

    __slots__ = ("_begin", "_given", "_items", "_settled", "_showing")

    def __init__(self, begin: Begin) -> None:
        self._begin = begin
        self._items: Sequence[Item] = ()
        """What `_showing` has shown."""
        self._showing: Showing | None = None
        """None while there was no long log: of many runs at once most are short."""
        self._given: Sequence[Message] = ()
        """The messages that the caller was given the last time."""
        self._settled = 0
        """How many of them, from the first on, are as they were, unless the log or the caller has changed some."""

    def show(self, items: Sequence[Item], directive: str) -> list[Message]:
        """The messages, which are the caller's own until it asks for the next ones."""
        kept = _drop_tail(items)
        if len(kept) < ITEMS_MIN:
            return show_all(self._begin(), items, directive)
        known, showing = len(self._items), self._showing
        if showing is None or len(kept) < known or not all(map(is_, kept, self._items)):
            known, showing = 0, self._begin()
        for item in kept[known:]:
            showing.add(item)
        self._items, self._showing = kept, showing
        return self._give(show_all(showing.copy(), items[len(kept) :], directive), showing.settled)

    def _give(self, messages: list[Message], settled: int) -> list[Message]:
        """Messages for the caller to do with as it likes: those of the last time, where it has left them as they were.

        To look whether it has costs a part of what copying all of them does.
        """
        same = self._settled if self._given[: self._settled] == messages[: self._settled] else 0
        given = [*self._given[:same], *map(_hand_over, messages[same:])]
        self._given, self._settled = given, settled
        return given.copy()


def show_all(showing: Showing, items: Sequence[Item], directive: str) -> list[Message]:
    """The messages that have been begun, with these items."""
    for item in items:
        showing.add(item)
    return showing.finish(directive)


@dataclass(frozen=True)
class GrowingWire:
    """What wires share that follow a run."""

    _derive: Derive | None = field(default=None, init=False, repr=False, compare=False)

    def follow(self, derive: Derive) -> Self:
        """The same wire for one run, as whose log grows its messages are gone on with."""
        followed = copy.copy(self)
        object.__setattr__(followed, "_derive", derive)  # frozen: the one that all runs share stays as it is
        return followed

    def _show_log(self, kind: Callable[[], Growing], items: Sequence[Item], directive: str) -> list[Message]:
        growing: Growing = kind() if self._derive is None else self._derive(kind)
        return growing.show(items, directive)


def _hand_over(message: Message) -> Message:
    """A message of the caller's own, as deep as models and states change one: a call's arguments may be parsed."""
    own = message.copy()
    if "tool_calls" in own:
        own["tool_calls"] = [{**call, "function": call["function"].copy()} for call in own["tool_calls"]]
    if "details" in own:
        own["details"] = [*map(dict, own["details"])]
    return own


def _drop_tail(items: Sequence[Item]) -> list[Item]:
    """The items without what a memory shows after the log: it is another one in each step."""
    end = len(items)
    while end and items[end - 1].seq < 0:
        end -= 1
    return list(items[:end])
