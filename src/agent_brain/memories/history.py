"""The half that histories share: what a lens wants of the log, with the reasoning that is kept, within a budget."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from agent_brain.core.items import Item
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.groups import drop_oldest, fit_with, keep_last
from agent_brain.memories.outline import read_outline
from agent_brain.memories.reasoning import Retention, check_retention, retain


@dataclass(frozen=True)
class History(ABC):
    """What is shown of a log; where a context is full, whole groups go, the oldest first, and the goal stays."""

    why: ClassVar[str] = "left out"
    """Why an item is hidden or changed where there is room for it, in words for people."""

    reasoning: Retention = field(default="all", kw_only=True)
    """How long a model is shown its reasoning; tool loops begin with a question."""

    def __post_init__(self) -> None:
        check_retention(self.reasoning)

    def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        """The items to show, in order. Raises: BudgetTooSmall."""
        if self.reasoning == "all":
            return self._fit(env, lens)
        goal = read_outline(env).goal
        return fit_with(lens, lambda items: retain(items, self.reasoning, goal), lambda lens: self._fit(env, lens))

    def _fit(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        items = self._select(env, lens)
        return items if lens.budget is None else drop_oldest(items, lens.budget)

    @abstractmethod
    def _select(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        """What it shows, whatever the budget: a pure function of env and lens."""


def select(env: MemoryEnv, lens: Lens, start: int = 0) -> Sequence[Item]:
    """The items that a lens wants, whatever the budget: those from a place in the log on, and what is pinned."""
    items: Sequence[Item] = env.log
    if lens.groups is not None:
        start = max(start, read_outline(env).find_start(lens.groups))
    if start:
        items = read_outline(env).show(items, start)
    return items if lens.kinds is None else [item for item in items if item.kind in lens.kinds]


def narrow(items: Sequence[Item], lens: Lens) -> Sequence[Item]:
    """Of items that are not the log as it is, those that a lens wants, whatever the budget."""
    if lens.groups is not None:
        items = keep_last(items, lens.groups)
    return items if lens.kinds is None else [item for item in items if item.kind in lens.kinds]
