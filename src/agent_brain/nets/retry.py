"""Trying again: while an evaluator does not let an answer pass, the net tries anew and is not shown what it said.

The controls of every net that learns from its failures. Source: Kapoor et al., AI Agents That Matter, TMLR 2025,
arXiv 2407.01502: retry, warming and escalation.
"""

from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.attempting import TRIES, AttemptState, EscalatingState, SamplingState, WarmingState
from agent_brain.nets.choosing import ChosenAnswerState
from agent_brain.nets.direct import direct
from agent_brain.nets.judging import JudgeState
from agent_brain.nets.words import Words

MOVES: Moves = {
    StateType.ATTEMPT: {StateType.JUDGE},
    StateType.JUDGE: {StateType.ATTEMPT, StateType.ANSWER},
    StateType.ANSWER: {END},
}


def make_retry(words: Words, attempt: Net = direct, *, tries: int = TRIES, temperature: float | None = None) -> Net:
    """Try, judge, try again: at most N times what one try takes, and the evaluator's calls.

    `temperature`: of every try; None: the models' own.
    """
    return _make("retry", words, SamplingState(attempt, tries=tries, temperature=temperature))


def make_warming(
    words: Words, attempt: Net = direct, *, tries: int = TRIES, first: float = 0.0, last: float = 0.5
) -> Net:
    """As retry, with a temperature that rises from the first try to the last."""
    return _make("warming", words, WarmingState(attempt, tries=tries, first=first, last=last))


def make_escalation(words: Words, attempt: Net = direct, *, tries: int = TRIES, roles: str = "") -> Net:
    """As retry, with another model for each try: the brain's several models in order, or those of the roles given.

    `roles`: their names, parted by blanks, such as "default reasoning".
    """
    return _make("escalation", words, EscalatingState(attempt, tries=tries, roles=tuple(roles.split())))


def _make(name: str, words: Words, state: AttemptState) -> Net:
    return Net(
        name=name,
        states={
            StateType.ATTEMPT: state,
            StateType.JUDGE: JudgeState(visits=state.tries),
            StateType.ANSWER: ChosenAnswerState(directive=words["answer"]),
        },
        moves=MOVES,
        start=StateType.ATTEMPT,
        instructions=state.net.instructions,
    )
