"""The memory that drops nothing: what does not fit is an error; the arm that others are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain.core.errors import BudgetTooSmall
from agent_brain.core.items import Item
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Lens
from agent_brain.memories.history import select


@dataclass(frozen=True, slots=True)
class Whole:
    """Every item in order, as far as the lens wants its kind, or a loud refusal."""

    def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        """The items to show, in order. Raises: BudgetTooSmall."""
        items = select(env, lens)
        if lens.budget is not None and lens.budget.tokens is not None:
            needed = lens.budget.count(items)
            if needed > lens.budget.tokens:
                raise BudgetTooSmall(needed, lens.budget.tokens, items)
        return items
