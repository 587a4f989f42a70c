"""ReAct: reason, act, look, until the model asks for no action; then answer.

Source: Yao et al., ReAct: Synergizing Reasoning and Acting in Language Models, ICLR 2023, arXiv 2210.03629.
"""

from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.acting import ActionState
from agent_brain.nets.answering import AnswerState, QuotedAnswerState
from agent_brain.nets.reasoning import ReasoningState

MOVES: Moves = {
    StateType.REASONING: {StateType.ACTION, StateType.REASONING, StateType.ANSWER},
    StateType.ACTION: {StateType.REASONING},
    StateType.ANSWER: {END},
}

INSTRUCTIONS = (
    "You answer a question by thinking in small steps. Before each step say briefly what you know and what is missing. "
    "Where a tool can find or compute something, use it instead of guessing; ask at the same time for what does not "
    "depend on each other, and look at the results before you go on. When nothing is missing any more, say what you "
    "found, without using a tool."
)

react = Net(
    name="react",
    states={
        StateType.REASONING: ReasoningState(),
        StateType.ACTION: ActionState(),
        StateType.ANSWER: AnswerState(),
    },
    moves=MOVES,
    instructions=INSTRUCTIONS,
)
"""A second call writes the answer: s + 2 model calls for s actions."""

react_brief = react.extend("react_brief", {StateType.ANSWER: QuotedAnswerState()})
"""The last thought is the answer: s + 1 model calls for s actions."""
