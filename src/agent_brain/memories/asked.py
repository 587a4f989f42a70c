"""What a person has said in a conversation, found once for each item of the log."""

from collections.abc import Sequence

from agent_brain.core.items import Item, ItemKind
from agent_brain.core.memory_env import MemoryEnv

SAID = frozenset({ItemKind.GOAL, ItemKind.REPLY})


class Asked:
    """Grows with the log that it follows."""

    __slots__ = ("_seen", "goal", "items", "talk")

    def __init__(self) -> None:
        self.items: list[Item] = []
        """Questions, and replies to what was asked back."""
        self.talk: list[Item] = []
        """The same, with what was asked back."""
        self.goal = -1
        """The place of the last question; -1: there is none."""
        self._seen = 0

    def follow(self, log: Sequence[Item]) -> None:
        """Take up what was added since."""
        for item in log[self._seen :]:
            if item.kind in SAID or item.kind is ItemKind.QUESTION:
                self.talk.append(item)
            if item.kind in SAID:
                self.items.append(item)
                self.goal = item.seq if item.kind is ItemKind.GOAL else self.goal
        self._seen = len(log)

    @property
    def now(self) -> Sequence[Item]:
        """The last question, with the replies since."""
        return [item for item in self.items if item.seq >= self.goal]

    @property
    def earlier(self) -> Sequence[Item]:
        """What was said before the last question."""
        return [item for item in self.items if item.seq < self.goal]


def read_asked(env: MemoryEnv) -> Asked:
    """What was said in a run, and in the conversation before it."""
    asked = env.derive(Asked)
    asked.follow(env.log)
    return asked
