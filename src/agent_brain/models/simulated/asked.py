"""What a prompt asks for: known by the first words of what nets, memories and evaluators say."""

from enum import StrEnum

from agent_brain.core.errors import SetupError
from agent_brain.models.simulated.reading import Prompt

NETS = (
    "direct", "retry", "warming", "escalation", "react", "react_brief", "refact", "refact_inline", "reflexion",
    "self_refine", "self_consistency", "verifier", "think", "plan_solve", "rewoo", "ask",
)  # fmt: skip
"""The nets that it plays."""


class Asked(StrEnum):
    """What the simulated model is to do."""

    STEP = "step"
    INLINE = "inline"
    """A step that begins with a reflection."""
    ANSWER = "answer"
    REFLECT = "reflect"
    LESSON = "lesson"
    CRITIQUE = "critique"
    REFINE = "refine"
    WORK = "work"
    """Work a question out, for an answer in the turn that follows."""
    PLAN = "plan"
    SOLVE = "solve"
    SUMMARY = "summary"
    JUDGE = "judge"
    CLARIFY = "clarify"


_DIRECTIVES = {
    "Go on.": Asked.STEP,
    "Before you do anything else, say": Asked.INLINE,
    "Now give the final answer": Asked.ANSWER,
    "Give the answer to the question": Asked.ANSWER,
    "Now give the answer to the question": Asked.ANSWER,
    "Write a complete answer": Asked.ANSWER,
    "Before you go on: is there something": Asked.CLARIFY,
    "Look at the last action and its result": Asked.REFLECT,
    "The last attempt at the question was judged": Asked.LESSON,
    "Review the draft above": Asked.CRITIQUE,
    "Write the next draft": Asked.REFINE,
    "First make sure that you understand": Asked.WORK,
    "Work it out step by step": Asked.WORK,
    "Write the plan for the question, as few steps": Asked.PLAN,
    "This plan cannot be carried out": Asked.PLAN,
    "Above, under evidence, stands": Asked.SOLVE,
}
"""By how a state's instruction begins."""
_SYSTEMS = {
    "You keep the memory of an assistant": Asked.SUMMARY,
    "You judge an answer to a question": Asked.JUDGE,
}
"""By how the system prompt of a call outside of any net begins."""
_BEYOND = (
    "(You have tried to answer this before",
    "Earlier in this conversation",
    "It was asked:",
    "A person has said:",
)
"""How what may follow a goal begins: it changes nothing of what is to be done."""


def find_asked(prompt: Prompt, purpose: str = "") -> Asked:
    """What is to be done. `purpose`: the upkeep that a memory wants, where it is one.

    Raises: SetupError for what the simulated model cannot play: an answer to it would mean nothing.
    """
    for words, asked in _SYSTEMS.items():
        if prompt.system.startswith(words):
            return asked
    if purpose:
        raise SetupError(
            f"the simulated model cannot keep the memory {purpose.split()[0]!r}; "
            "of those that ask a model it plays: summary"
        )
    if prompt.goal is None:
        raise SetupError(
            "the simulated model plays the worlds of agent_brain.lab.worlds and finds no goal of theirs in its prompt; "
            "wanted a task that one of them has made"
        )
    if prompt.beyond and not prompt.beyond.startswith(_BEYOND):
        raise _refuse(f"a goal that goes on with {prompt.beyond!r:.80}")
    if not prompt.directive:
        return Asked.STEP
    for words, asked in _DIRECTIVES.items():
        if prompt.directive.startswith(words):
            return asked
    raise _refuse(f"a state that is told {prompt.directive!r:.80}")


def _refuse(what: str) -> SetupError:
    return SetupError(
        f"the simulated model cannot play {what}; it plays the nets {', '.join(NETS)}, with their own words"
    )
