"""A window: the goal, and the last groups of the log; what is before them goes a chunk at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from agent_brain.core.items import Item
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.options import check_count
from agent_brain.memories.history import History, select
from agent_brain.memories.outline import read_outline

GROUPS = 10


@dataclass(frozen=True)
class Window(History):
    """At most the last `groups` groups, a reply and what it asked for being one, beside what a person has said.

    When there is one too many, the older half goes at once: so most prompts begin as the one before them, which a
    window that moves with each step would keep every cache from seeing.
    """

    why: ClassVar[str] = "before the last groups"

    groups: int = GROUPS

    def __post_init__(self) -> None:
        super().__post_init__()
        check_count("groups of a window", self.groups)

    def _select(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        starts = read_outline(env).starts
        hidden = find_hidden(len(starts), self.groups)
        return select(env, lens, starts[hidden] if hidden else 0)


def find_hidden(total: int, most: int) -> int:
    """How many go where at most so many stay: always the least multiple of the greater half that is enough."""
    chunk = most - most // 2
    return max(0, -(-(total - most) // chunk) * chunk)
