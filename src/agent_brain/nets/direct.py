"""Direct: one model call, which is the answer. The control of every other net."""

from dataclasses import dataclass, replace
from typing import Self

from agent_brain.core.net import Moves, Net
from agent_brain.core.ports import Parts
from agent_brain.core.state import END, StateType
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.words import Words, load_words
from agent_brain.tools.toolbox import Toolbox

MOVES: Moves = {StateType.ANSWER: {END}}


def make_direct(words: Words) -> Net:
    """Answer at once: one model call, and no tools."""
    return Net(
        name="direct",
        states={StateType.ANSWER: DirectState(directive=words["answer"])},
        moves=MOVES,
        start=StateType.ANSWER,
        instructions=words["instructions"],
    )


@dataclass(frozen=True)
class DirectState(AnswerState):
    """Answers without tools, of which its model is not told."""

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts but its tools."""
        return super().bind(replace(parts, tools=Toolbox(())))


direct = make_direct(load_words("direct"))
