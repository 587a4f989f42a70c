"""Self-consistency: several answers, none of which knows of the others, and the one that most of them give.

Source: Wang et al., Self-Consistency Improves Chain of Thought Reasoning in Language Models, ICLR 2023, arXiv
2203.11171.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain.core.errors import SetupError
from agent_brain.core.judgements import find_candidates
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Moves, Net
from agent_brain.core.options import check_count
from agent_brain.core.state import END, StateType
from agent_brain.nets.attempting import AT_ONCE_MAX, TRIES_MAX, AttemptState, SamplingState
from agent_brain.nets.choosing import ChosenAnswerState, choose
from agent_brain.nets.direct import direct
from agent_brain.nets.voting import VoteState
from agent_brain.nets.words import Words

VOTE, UNSURE = "vote", "unsure"
MOVES: Moves = {
    StateType.ATTEMPT: {VOTE},
    VOTE: {StateType.ATTEMPT, StateType.ANSWER},
    StateType.ANSWER: {END},
}
WITH_UNSURE: Moves = {VOTE: {StateType.ATTEMPT, UNSURE, StateType.ANSWER}, UNSURE: {StateType.ANSWER}}
"""The rows of a net that has another one answer where too few agree."""
SAMPLES = 5
TEMPERATURE = 0.7


def make_self_consistency(  # noqa: PLR0913  # one keyword for each choice
    words: Words,
    attempt: Net = direct,
    *,
    samples: int = SAMPLES,
    temperature: float = TEMPERATURE,
    at_once: int = 0,
    unsure: Net | None = None,
    shares_tools: bool = False,
) -> Net:
    """Answer N times, independently, and vote: at most N times what one answer takes.

    `at_once`: how many are drawn together; 0: all. With fewer, it stops as soon as the leader cannot be caught.
    `unsure`: a net that answers instead where fewer than half agree. `shares_tools`: they may change something.
    Raises: SetupError.
    """
    check_count("samples", samples, most=TRIES_MAX if at_once else AT_ONCE_MAX)
    check_temperature(temperature)
    at_once = at_once or samples
    sample = SamplingState.draw(attempt, samples, at_once, temperature, shares_tools=shares_tools, then=VOTE)
    net = Net(
        name="self_consistency",
        states={
            StateType.ATTEMPT: sample,
            VOTE: VoteState(samples, at_once),
            StateType.ANSWER: ChosenAnswerState(directive=words["answer"]),
        },
        moves=MOVES,
        start=StateType.ATTEMPT,
        instructions=attempt.instructions,
    )
    if unsure is None:
        return net
    others = {VOTE: VoteState(samples, at_once, unsure=UNSURE), UNSURE: UnsureState(unsure, then=StateType.ANSWER)}
    return net.extend(net.name, others, WITH_UNSURE)


def check_temperature(temperature: float) -> None:
    """Let a temperature pass at which samples differ. Raises: SetupError."""
    if not temperature > 0:
        raise SetupError(f"temperature is {temperature!r}; wanted more than 0, or all samples would be the same")


@dataclass(frozen=True)
class UnsureState(AttemptState):
    """Lets a net answer in the place of those who do not agree."""

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        super()._learn(env, done)
        answers = find_candidates(env, env.state)
        if answers:
            choose(env, answers[-1])
