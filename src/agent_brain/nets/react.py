"""ReAct: reason, act, look, until the model asks for no action; then answer.

Source: Yao et al., ReAct: Synergizing Reasoning and Acting in Language Models, ICLR 2023, arXiv 2210.03629.
"""

from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.acting import ActionState
from agent_brain.nets.answering import AnswerState, QuotedAnswerState
from agent_brain.nets.reasoning import STEPS_MAX, ReasoningState
from agent_brain.nets.words import Words, load_words

MOVES: Moves = {
    StateType.REASONING: {StateType.ACTION, StateType.REASONING, StateType.ANSWER},
    StateType.ACTION: {StateType.REASONING},
    StateType.ANSWER: {END},
}


def make_react(words: Words, *, steps_max: int = STEPS_MAX) -> Net:
    """Reason, act, look; a further call writes the answer: s + 2 model calls for s actions."""
    return Net(
        name="react",
        states={
            StateType.REASONING: ReasoningState(steps_max=steps_max),
            StateType.ACTION: ActionState(),
            StateType.ANSWER: AnswerState(directive=words["answer"]),
        },
        moves=MOVES,
        instructions=words["instructions"],
    )


def make_react_brief(words: Words, *, steps_max: int = STEPS_MAX) -> Net:
    """Reason, act, look; the last thought is the answer: s + 1 model calls for s actions."""
    brief = QuotedAnswerState(directive=words["answer"])
    return make_react(words, steps_max=steps_max).extend("react_brief", {StateType.ANSWER: brief})


react = make_react(load_words("react"))
react_brief = make_react_brief(load_words("react"))
