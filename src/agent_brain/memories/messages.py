"""The append-only memory: the model is shown the whole log."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain.core.items import Item
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Lens


@dataclass(frozen=True, slots=True)
class Messages:
    """Every item in order, as far as the lens wants its kind; each prompt is a prefix of the next one."""

    def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        """The items to show, in order."""
        if lens.kinds is None:
            return env.log
        return [item for item in env.log if item.kind in lens.kinds]
