"""The goal, recited where the model looks last."""

from dataclasses import dataclass

from agent_brain.core.items import ItemKind
from agent_brain.core.lens import Place
from agent_brain.core.memory_env import MemoryEnv

ASKED = frozenset({ItemKind.GOAL, ItemKind.REPLY})
"""What a person has said."""


@dataclass(frozen=True)
class Goal:
    """Shows the question once more, as soon as something else was said after it.

    `snowball`: everything that the person has said in this conversation, which is what a conversation needs whose
    requirements come one after the other.
    Source: Laban et al., LLMs Get Lost In Multi-Turn Conversation, 2025, arXiv 2505.06120.
    """

    snowball: bool = False
    name: str = "goal"
    place: Place = Place.TAIL

    def show(self, env: MemoryEnv) -> str:
        """The question; empty where it is the last thing that was said."""
        if not env.log or env.log[-1].kind in ASKED:
            return ""
        if not self.snowball:
            return env.goal
        return "\n\n".join(item.text for item in env.log if item.kind in ASKED)
