"""The append-only memory: the model is shown the whole log, as far as its context goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain.core.items import Item
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Lens
from agent_brain.memories.groups import drop_oldest, keep_last


@dataclass(frozen=True, slots=True)
class Messages:
    """Every item in order, as far as the lens wants its kind; each prompt is a prefix of the next one.

    Where a model's context is full, whole groups go, the oldest first; the goal stays. They stay in the log.
    """

    def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        """The items to show, in order. Raises: BudgetTooSmall."""
        items = select(env, lens)
        return items if lens.budget is None else drop_oldest(items, lens.budget)


def select(env: MemoryEnv, lens: Lens) -> Sequence[Item]:
    """The items that a lens wants, whatever the budget."""
    items: Sequence[Item] = env.log
    if lens.groups is not None:
        items = keep_last(items, lens.groups)
    return items if lens.kinds is None else [item for item in items if item.kind in lens.kinds]
