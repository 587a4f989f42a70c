"""A log's outline: where its groups begin and what is pinned, worked out once for each item."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from agent_brain.core.items import Item, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.groups import PINNED, begins_group


class Outline:
    """Grows with the log that it follows."""

    __slots__ = ("_seen", "goal", "pinned", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        """Where groups begin, but for what is pinned, which is a group of its own."""
        self.pinned: list[int] = []
        """Where goals, questions and replies are, those of earlier goals too."""
        self.goal = 0
        """Where the last goal is."""
        self._seen = 0

    def follow(self, log: Sequence[Item]) -> None:
        """Take up what was added since."""
        for place in range(self._seen, len(log)):
            item = log[place]
            if item.kind in PINNED:
                self.pinned.append(place)
                self.goal = place if item.kind is ItemKind.GOAL else self.goal
            elif begins_group(log[place - 1] if place else None, item):
                self.starts.append(place)
        self._seen = len(log)

    def find_start(self, groups: int) -> int:
        """Where the last so many groups begin; 0 where there are no more."""
        if groups >= len(self.starts):
            return 0
        return self.starts[-groups] if groups else self._seen

    def find_next_start(self, place: int) -> int:
        """Where the first group begins that does so at this place or after it; the end of the log where none does."""
        found = bisect_left(self.starts, place)
        return self.starts[found] if found < len(self.starts) else self._seen

    def find_group(self, place: int) -> int:
        """Where the group begins that holds the item at this place, which is not pinned."""
        return self.starts[bisect_right(self.starts, place) - 1]

    def find_end(self, place: int) -> int:
        """Where the group ends that holds the item at this place."""
        pinned = bisect_left(self.pinned, place + 1)
        return min(self.find_next_start(place + 1), *self.pinned[pinned : pinned + 1], self._seen)

    def find_pinned(self, start: int, end: int) -> Sequence[int]:
        """The places between two others of what a person has asked or said."""
        return self.pinned[bisect_left(self.pinned, start) : bisect_left(self.pinned, end)]

    def find_kept(self, start: int) -> Sequence[int]:
        """The places before this one of what always stays: the goal, and what a person has asked or said since."""
        return self.find_pinned(self.goal, start)

    def show(self, log: Sequence[Item], start: int) -> Sequence[Item]:
        """What always stays, and all from a place on."""
        return log if start == 0 else [*(log[place] for place in self.find_kept(start)), *log[start:]]


def read_outline(env: MemoryEnv) -> Outline:
    """The outline of a run's log."""
    outline = env.derive(Outline)
    outline.follow(env.log)
    return outline
