"""The goal, recited where the model looks last."""

from dataclasses import dataclass

from agent_brain.core.lens import Place
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.asked import SAID, read_asked


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
        asked = read_asked(env)
        if not env.log or env.log[-1].kind in SAID:
            return ""
        if self.snowball:
            return "\n\n".join(item.text for item in asked.items)
        return env.log[asked.goal].text if asked.goal >= 0 else ""
