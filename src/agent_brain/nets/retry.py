"""Trying again: while an evaluator does not let an answer pass, the net tries anew and is not shown what it said.

The controls of every net that learns from its failures. Source: Kapoor et al., AI Agents That Matter, TMLR 2025,
arXiv 2407.01502: retry, warming and escalation.
"""

from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.attempting import TRIES, AttemptState, EscalatingState, SamplingState, WarmingState, acts
from agent_brain.nets.choosing import ChosenAnswerState
from agent_brain.nets.direct import direct
from agent_brain.nets.judging import JudgeState
from agent_brain.nets.resetting import LenientResetState, ResetState
from agent_brain.nets.words import Words

MOVES: Moves = {
    StateType.ATTEMPT: {StateType.JUDGE},
    StateType.JUDGE: {StateType.ATTEMPT, StateType.ANSWER},
    StateType.ANSWER: {END},
}
WITH_RESET: Moves = {
    StateType.JUDGE: {StateType.RESET, StateType.ANSWER},
    StateType.RESET: {StateType.ATTEMPT},
}
"""The rows of a net whose tries act: each finds what the first one found."""


def make_retry(
    words: Words,
    attempt: Net = direct,
    *,
    tries: int = TRIES,
    temperature: float | None = None,
    resets: bool = True,
) -> Net:
    """Try, judge, try again: at most N times what one try takes, and the evaluator's calls.

    `temperature`: of every try; None: the models' own. `resets`: tools that change something have to say how that is
    undone.
    """
    return _make("retry", words, SamplingState(attempt, tries=tries, temperature=temperature), resets=resets)


def make_warming(
    words: Words,
    attempt: Net = direct,
    *,
    tries: int = TRIES,
    first: float = 0.0,
    last: float = 0.5,
    resets: bool = True,
) -> Net:
    """As retry, with a temperature that rises from the first try to the last."""
    return _make("warming", words, WarmingState(attempt, tries=tries, first=first, last=last), resets=resets)


def make_escalation(
    words: Words, attempt: Net = direct, *, tries: int = TRIES, roles: str = "", resets: bool = True
) -> Net:
    """As retry, with another model for each try: the brain's several models in order, or those of the roles given.

    `roles`: their names, parted by blanks, such as "default reasoning".
    """
    state = EscalatingState(attempt, tries=tries, roles=tuple(roles.split()))
    return _make("escalation", words, state, resets=resets)


def _make(name: str, words: Words, state: AttemptState, *, resets: bool) -> Net:
    net = Net(
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
    if not acts(state.net):
        return net
    reset = (ResetState if resets else LenientResetState)(then=StateType.ATTEMPT)
    judge = JudgeState(visits=state.tries, otherwise=StateType.RESET)
    return net.extend(name, {StateType.RESET: reset, StateType.JUDGE: judge}, WITH_RESET)
