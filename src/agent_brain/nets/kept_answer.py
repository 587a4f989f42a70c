"""KeptAnswerState: answer with a text that a slot holds."""

from dataclasses import dataclass, field

from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.nets.answering import AnswerState


@dataclass(frozen=True)
class KeptAnswerState(AnswerState):
    """Takes what a slot holds as the answer, which saves a call, also where a limit was met.

    Asks the model where the slot is empty, and where what it holds was refused.
    """

    slot: str = field(default="draft", kw_only=True)

    def _quote(self, env: MemoryEnv) -> str:
        last = env.log[-1]
        was_refused = last.kind is ItemKind.OBSERVATION and last.state == env.state
        return "" if was_refused else env.slots.get(self.slot, "").strip()
