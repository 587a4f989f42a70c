"""A package that adds a state, a net, a memory, an overlay and a tool: `pip install examples/plugin`, then by name.

agent-brain ask --net "doubting(doubts_max=1)" --memory words_only+clock --tools roll "..."
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain import Item, ItemKind, Lens, MemoryEnv, Net, SpeakingState, react, tool
from agent_brain.core.lens import Place

DOUBTS_MAX = 2


@dataclass(frozen=True)
class DoubtState(SpeakingState):
    """Has the model look for what is wrong with its last thought; so often, then it goes on to the answer."""

    directive: str = "What could be wrong with that? Say so in one sentence, or say: nothing."
    item: ItemKind = ItemKind.REFLECTION
    otherwise: str = "answer"
    doubts_max: int = DOUBTS_MAX

    @property
    def targets(self) -> frozenset[str]:
        """Back to thinking, or on."""
        return frozenset({self.then, self.otherwise})

    @property
    def visits_max(self) -> int:
        """The bound of the cycle through it."""
        return self.doubts_max

    async def _transition(self, env: MemoryEnv) -> None:
        is_content = "nothing" in env.log[-1].text.lower() or env.visits[env.state] >= self.doubts_max
        env.set_state(self.otherwise if is_content else self.then, "it has doubted")


def make_doubting(doubts_max: int = DOUBTS_MAX) -> Net:
    """ReAct that doubts what it has found before it answers: s + 2 + doubts model calls for s actions."""
    thinking = react.states["reasoning"].changed(otherwise="doubt")
    states = {"reasoning": thinking, "doubt": DoubtState(doubts_max=doubts_max)}
    moves = {"reasoning": {"action", "reasoning", "doubt"}, "doubt": {"reasoning", "answer"}}
    return react.extend("doubting", states, moves)


@dataclass(frozen=True)
class WordsOnly:
    """Shows what was said and not what was done: a memory that others are better than."""

    def render(self, env: MemoryEnv, lens: Lens) -> Sequence[Item]:
        """The items to show, in order."""
        return [item for item in env.log if item.kind is not ItemKind.ACTION]


@dataclass(frozen=True)
class Clock:
    """Shows after the log which step it is: so that a model knows how long it has been at it."""

    name: str = "clock"
    place: Place = Place.TAIL

    def show(self, env: MemoryEnv) -> str:
        """The step under way."""
        return f"this is step {env.steps}"


@tool
def roll(sides: int = 6) -> int:
    """Roll a die."""
    return random.randint(1, sides)
