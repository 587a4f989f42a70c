"""A state of constant size: nothing is shown of the past but what the model itself has written into its last reply.

Source: Zhou et al., MEM1, 2025, arXiv 2506.15841. Its gains are those of models that were trained for it: of others it
is a stress test, for they lose facts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from agent_brain.core.items import Item, ItemKind
from agent_brain.core.lens import Lens
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.options import check_count
from agent_brain.memories.composed import make_shown
from agent_brain.memories.groups import fit_with
from agent_brain.memories.history import History, select
from agent_brain.memories.outline import read_outline
from agent_brain.memories.words import Worded

CHARACTERS = 4000
BACK_MAX = 10
"""How many groups back a state is looked for where the last reply has none."""
STATE = "state"
_STATE = re.compile(r"<state>(.*?)(?:</state>|\Z)", re.DOTALL)


@dataclass(frozen=True)
class OwnState(History, Worded):
    """Shows the goal, the state that the model has written last, and its last reply with what came of it."""

    file: ClassVar[str] = "state"
    why: ClassVar[str] = "before the last reply"

    characters: int = CHARACTERS
    """How much of a state is shown."""

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.says
        check_count("characters of a state", self.characters)

    def _fit(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        if lens.groups is not None or (lens.kinds is not None and ItemKind.SHOWN not in lens.kinds):
            return super()._fit(env, lens)
        tail, fit = make_shown(STATE, f"{self.says['keep']}\n\n{self._find_state(env)}".strip()), super()._fit
        return fit_with(lens, lambda items: [*items, tail], lambda lens: fit(env, lens))

    def _select(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        groups = 1 if lens.groups is None else min(1, lens.groups)
        return select(env, lens, read_outline(env).find_start(groups))

    def _find_state(self, env: MemoryEnv) -> str:
        """What the model has written as its state, the latest there is."""
        starts, log = read_outline(env).starts, env.log
        for start in reversed(starts[-BACK_MAX:]):
            found = _STATE.findall(log[start].text)
            if found:
                return f"Your state so far:\n{self._cut(found[-1].strip())}"
        return ""

    def _cut(self, text: str) -> str:
        left = len(text) - self.characters
        return text if left <= 0 else f"{text[: self.characters]}\n(cut: {left} characters more were too many)"
