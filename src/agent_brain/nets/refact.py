"""ReFAct: as ReAct, with a reflection after each observation, in a call of its own or in that of the next thought.

Source of the second: Kim et al., ReflAct: World-Grounded Decision Making in LLM Agents via Goal-State Reflection,
EMNLP 2025, arXiv 2505.15182.
"""

from dataclasses import dataclass, field

from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.acting import ActionState
from agent_brain.nets.answering import QuotedAnswerState
from agent_brain.nets.react import MOVES as REACT_MOVES
from agent_brain.nets.reasoning import STEPS_MAX, ReasoningState
from agent_brain.nets.reflecting import (
    ALWAYS,
    ReflectedActionState,
    ReflectingState,
    When,
    check_when,
    is_due,
)
from agent_brain.nets.words import Words, load_words

MOVES: Moves = {
    StateType.REASONING: {StateType.ACTION, StateType.REASONING, StateType.ANSWER},
    StateType.ACTION: {StateType.REFLECT, StateType.REASONING},
    StateType.REFLECT: {StateType.REASONING, StateType.ANSWER},
    StateType.ANSWER: {END},
}
"""Where there is always a reflection, ACTION goes to REFLECT alone."""


def make_refact(words: Words, *, when: When = ALWAYS, steps_max: int = STEPS_MAX) -> Net:
    """Reason, act, look, reflect in a call of its own: 2s + 1 model calls for s actions.

    `when`: after which turns of actions: `always`, `on_error`, or a number k: after every k-th, on the last k.
    """
    acting = ReflectedActionState(when=check_when(when))
    return Net(
        name="refact",
        states={
            StateType.REASONING: ReasoningState(steps_max=steps_max),
            StateType.ACTION: acting,
            StateType.REFLECT: ReflectingState(directive=words["reflect"], groups=when if isinstance(when, int) else 1),
            StateType.ANSWER: QuotedAnswerState(directive=words["answer"]),
        },
        moves={**MOVES, StateType.ACTION: acting.targets},
        instructions=words["instructions"],
    )


def make_refact_inline(words: Words, *, when: When = ALWAYS, steps_max: int = STEPS_MAX) -> Net:
    """Reason, act, look; each thought begins with a reflection: s + 1 model calls for s actions.

    `when`: which thoughts: `always` all; `on_error` those after an action that failed; a number k: after every k-th.
    """
    return Net(
        name="refact_inline",
        states={
            StateType.REASONING: ReflectiveReasoningState(
                directive=words["inline"], when=check_when(when), steps_max=steps_max
            ),
            StateType.ACTION: ActionState(),
            StateType.ANSWER: QuotedAnswerState(directive=words["answer"]),
        },
        moves=REACT_MOVES,
        instructions=words["instructions"],
    )


@dataclass(frozen=True)
class ReflectiveReasoningState(ReasoningState):
    """Reasons as ever, and is told to reflect first where that is due."""

    when: When = field(default=ALWAYS, kw_only=True)

    def get_directive(self, env: MemoryEnv) -> str:
        """The directive where it is due; else none."""
        return self.directive if is_due(env, self.when, env.visits[env.state] - 1) else ""


refact = make_refact(load_words("refact"))
refact_inline = make_refact_inline(load_words("refact"))
