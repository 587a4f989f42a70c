"""Direct: one model call, which is the answer. The control of every other net."""

from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.toolless import ToollessAnswerState
from agent_brain.nets.words import Words, load_words

MOVES: Moves = {StateType.ANSWER: {END}}


def make_direct(words: Words) -> Net:
    """Answer at once: one model call, and no tools."""
    return Net(
        name="direct",
        states={StateType.ANSWER: ToollessAnswerState(directive=words["answer"])},
        moves=MOVES,
        start=StateType.ANSWER,
        instructions=words["instructions"],
    )


direct = make_direct(load_words("direct"))
