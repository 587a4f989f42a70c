"""The append-only memory: the model is shown the whole log, as far as its context goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain.core.items import Item
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.history import History, select


@dataclass(frozen=True)
class Messages(History):
    """Every item in order, as far as the lens wants its kind; each prompt is a prefix of the next one.

    Where a model's context is full, whole groups go, the oldest first; the goal stays. They stay in the log.
    """

    def _select(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        return select(env, lens)
