"""Plan and execute: plan all steps, have each carried out in a run of its own, plan anew after each; then answer.

Source: Wang et al., Plan-and-Solve Prompting, ACL 2023, arXiv 2305.04091, and the plan-and-execute tutorial of
LangGraph; whose executor sees the plan and not what came of earlier steps, which is `view="plan"` here.
"""

from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.answering import QuotedAnswerState
from agent_brain.nets.plan import PLAN
from agent_brain.nets.planning import STEPS_MAX, PlanState, ReplanState
from agent_brain.nets.react import react_brief
from agent_brain.nets.stepping import VIEW, StepState, read_view
from agent_brain.nets.words import Words, load_words

MOVES: Moves = {
    StateType.PLAN: {StateType.STEP, StateType.PLAN, StateType.ANSWER},
    StateType.STEP: {StateType.REPLAN},
    StateType.REPLAN: {StateType.STEP, StateType.REPLAN, StateType.ANSWER},
    StateType.ANSWER: {END},
}


def make_plan_execute(
    words: Words, executor: Net = react_brief, *, view: str = VIEW, steps_max: int = STEPS_MAX
) -> Net:
    """Plan, have each step carried out, plan anew after each: 1 + sum of the steps' calls + m for m steps.

    `view`: what an executor sees beside its step, `+` between: question, plan, results (of earlier steps), lessons; or
    `step`, for nothing.
    """
    shown = read_view(view)
    return Net(
        name="plan_execute",
        states={
            StateType.PLAN: PlanState(directive=words["plan"], remedy=words["mend"]),
            StateType.STEP: StepState(executor, words["step"], shown),
            StateType.REPLAN: ReplanState(
                directive=words["replan"], remedy=words["mend"], repeated=words["done"], steps_max=steps_max
            ),
            StateType.ANSWER: QuotedAnswerState(directive=words["answer"]),
        },
        moves=MOVES,
        start=StateType.PLAN,
        instructions=words["instructions"],
        slots=frozenset({PLAN, *shown}),
    )


plan_execute = make_plan_execute(load_words("plan_execute"))
