"""Plan-and-Solve: understand, plan and carry the plan out in one call, then give the answer in another.

Source: Wang et al., Plan-and-Solve Prompting: Improving Zero-Shot Chain-of-Thought Reasoning by Large Language Models,
ACL 2023, arXiv 2305.04091.
"""

from agent_brain.core.net import Moves, Net
from agent_brain.core.options import check_choice
from agent_brain.core.state import END, StateType
from agent_brain.nets.toolless import ToollessAnswerState, ToollessState
from agent_brain.nets.words import Words, load_words

SOLVE = "solve"
MOVES: Moves = {SOLVE: {StateType.ANSWER}, StateType.ANSWER: {END}}
PROMPTS = ("plus", "plain", "cot")


def make_plan_solve(words: Words, *, prompt: str = "plus") -> Net:
    """Work it out by a plan, then answer: two model calls, and no tools.

    `prompt`: `plus` asks for the facts first and for careful steps, `plain` for a plan alone, and `cot`, the control of
    both, for steps without a plan.
    Raises: SetupError.
    """
    check_choice("prompt", prompt, PROMPTS)
    return Net(
        name="plan_solve",
        states={
            SOLVE: ToollessState(directive=words[prompt], then=StateType.ANSWER),
            StateType.ANSWER: ToollessAnswerState(directive=words["answer"]),
        },
        moves=MOVES,
        start=SOLVE,
        instructions=words["instructions"],
    )


plan_solve = make_plan_solve(load_words("plan_solve"))
