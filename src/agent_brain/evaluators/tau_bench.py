"""The reward of tau-bench and its successor: the database as the gold actions leave it, and all told that had to be."""

from dataclasses import dataclass

from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.evaluators.final_state import FinalState

NAME = "tau_bench"
SAID = (ItemKind.ANSWER, ItemKind.QUESTION)
"""What a customer hears of an agent."""


@dataclass(frozen=True)
class TauBench(FinalState):
    """A run that leaves its world where the task's `actions` lead, and has said each text of `told` to the customer.

    As there, commas are taken out of what was said, and not out of what had to be: `1,000` is never found.
    """

    name: str = NAME

    def is_told(self, text: str, env: MemoryEnv) -> bool:
        """Whether it is a part of one message, whatever the case."""
        said = [item.text for item in env.log if item.kind in SAID]
        return any(text.lower() in each.lower().replace(",", "") for each in (*said, env.answer))
