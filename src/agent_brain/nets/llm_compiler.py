"""LLMCompiler: plan calls that refer to each other, make at once what can be, then join, and perhaps plan further.

Source: Kim et al., An LLM Compiler for Parallel Function Calling, ICML 2024, arXiv 2312.04511.
"""

from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.call_planning import CALLS_MAX, TRIES, WORK, CallPlanState
from agent_brain.nets.dispatching import DispatchState
from agent_brain.nets.evidence import CHARACTERS_MAX, EVIDENCE
from agent_brain.nets.joining import REPLANS_MAX, JoinedAnswerState, JoinState
from agent_brain.nets.plan_text import COMPILER
from agent_brain.nets.planned_acting import PlannedActionState
from agent_brain.nets.words import Words, load_words

JOIN = "join"
MOVES: Moves = {
    StateType.PLAN: {WORK, StateType.PLAN},
    WORK: {StateType.ACTION, JOIN},
    StateType.ACTION: {WORK},
    JOIN: {StateType.PLAN, StateType.ANSWER},
    StateType.ANSWER: {END},
}


def make_llm_compiler(
    words: Words,
    *,
    replans_max: int = REPLANS_MAX,
    tries: int = TRIES,
    calls_max: int = CALLS_MAX,
    evidence_characters: int = CHARACTERS_MAX,
) -> Net:
    """Plan calls as a graph, make them as early as can be, join: 2(1 + r) model calls for r further plans.

    `tries`: how often each plan is asked for that cannot be carried out; a correction is one more call. `calls_max`:
    calls of one plan.
    """
    join = JoinState(directive=words["join"], last=words["last"], replans_max=replans_max)
    plans_max = replans_max + 1
    return Net(
        name="llm_compiler",
        states={
            StateType.PLAN: CallPlanState(
                directive=words["plan"],
                remedy=words["mend"],
                again=words["again"],
                notation=COMPILER,
                tries=tries,
                plans_max=plans_max,
                calls_max=calls_max,
            ),
            WORK: DispatchState(
                COMPILER, calls_max * plans_max, plans_max, characters_max=evidence_characters, otherwise=JOIN
            ),
            StateType.ACTION: PlannedActionState(then=WORK, notation=COMPILER),
            JOIN: join,
            StateType.ANSWER: JoinedAnswerState(
                directive=words["answer"], notation=COMPILER, characters_max=evidence_characters
            ),
        },
        moves=MOVES,
        start=StateType.PLAN,
        instructions=words["instructions"],
        slots=frozenset({EVIDENCE}),
    )


llm_compiler = make_llm_compiler(load_words("llm_compiler"))
