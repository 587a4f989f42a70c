"""ReWOO: plan all calls without having seen anything, carry them out, and answer from what came of them.

Source: Xu et al., ReWOO: Decoupling Reasoning from Observations for Efficient Augmented Language Models, 2023, arXiv
2305.18323.
"""

from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.call_planning import CALLS_MAX, TRIES, WORK, CallPlanState
from agent_brain.nets.dispatching import DispatchState
from agent_brain.nets.evidence import CHARACTERS_MAX, EVIDENCE, EvidenceAnswerState
from agent_brain.nets.plan_text import REWOO
from agent_brain.nets.planned_acting import PlannedActionState
from agent_brain.nets.words import Words, load_words

MOVES: Moves = {
    StateType.PLAN: {WORK, StateType.PLAN},
    WORK: {StateType.ACTION, StateType.ANSWER},
    StateType.ACTION: {WORK},
    StateType.ANSWER: {END},
}


def make_rewoo(
    words: Words, *, tries: int = TRIES, calls_max: int = CALLS_MAX, evidence_characters: int = CHARACTERS_MAX
) -> Net:
    """Plan all calls, make them, answer from the evidence: 2 model calls, and one for each plan that is corrected.

    The planner sees no outcome, so that what a memory shows of a history cannot matter. `tries`: how often a plan is
    asked for that cannot be carried out. `evidence_characters`: how much evidence the answer is written from.
    """
    return Net(
        name="rewoo",
        states={
            StateType.PLAN: CallPlanState(
                directive=words["plan"], remedy=words["mend"], notation=REWOO, tries=tries, calls_max=calls_max
            ),
            WORK: DispatchState(REWOO, calls_max, characters_max=evidence_characters),
            StateType.ACTION: PlannedActionState(then=WORK, notation=REWOO),
            StateType.ANSWER: EvidenceAnswerState(
                directive=words["solve"], notation=REWOO, characters_max=evidence_characters
            ),
        },
        moves=MOVES,
        start=StateType.PLAN,
        instructions=words["instructions"],
        slots=frozenset({EVIDENCE}),
    )


rewoo = make_rewoo(load_words("rewoo"))
