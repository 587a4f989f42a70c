"""Debate: several speakers answer, read each other's answers and answer anew, for some rounds; then a vote or a judge.

Source: Du et al., Improving Factuality and Reasoning in Language Models through Multiagent Debate, ICML 2024, arXiv
2305.14325.
"""

from agent_brain.core.errors import UnknownName
from agent_brain.core.items import ItemKind
from agent_brain.core.net import Moves, Net
from agent_brain.core.options import check_count
from agent_brain.core.state import END, State, StateType
from agent_brain.nets.attempting import AT_ONCE_MAX, TRIES_MAX
from agent_brain.nets.direct import direct
from agent_brain.nets.self_consistency import TEMPERATURE, check_temperature
from agent_brain.nets.speakers import ANSWERS, OTHERS, OWN, SpeakersState, TallyState
from agent_brain.nets.toolless import ToollessAnswerState, ToollessChoiceState
from agent_brain.nets.words import Words, load_words

VOTE = "vote"
MOVES: Moves = {
    StateType.ATTEMPT: {StateType.ATTEMPT, VOTE},
    VOTE: {StateType.ANSWER},
    StateType.ANSWER: {END},
}
WITH_JUDGE: Moves = {
    StateType.ATTEMPT: {StateType.ATTEMPT, StateType.ANSWER},
    StateType.ANSWER: {END},
}
"""The table of one whose answer is a judge's."""
ENDS = ("vote", "judge")


def make_debate(  # noqa: PLR0913  # an option each
    words: Words,
    speaker: Net = direct,
    *,
    agents: int = 3,
    rounds: int = 2,
    end: str = "vote",
    temperature: float = TEMPERATURE,
    shares_tools: bool = False,
) -> Net:
    """Have A speakers answer in R rounds, each of the others' answers: A * R times what one answer takes.

    `end`: `vote`, or `judge`, which is one call more. `shares_tools`: they may change something. Compare it with
    `self_consistency` of as many samples.
    Raises: SetupError; UnknownName.
    """
    check_temperature(temperature)
    if end not in ENDS:
        raise UnknownName("end of a debate", end, ENDS)
    check_count("agents", agents, most=AT_ONCE_MAX)
    check_count("rounds", rounds, most=TRIES_MAX // agents)
    is_judged = end == "judge"
    then = StateType.ANSWER if is_judged else VOTE
    speakers = SpeakersState.draw(speaker, agents * rounds, agents, temperature, shares_tools=shares_tools, then=then)
    speakers = speakers.changed(words=words["update"])
    states: dict[str, State] = {StateType.ATTEMPT: speakers}
    if is_judged:
        states[StateType.ANSWER] = ToollessAnswerState(
            directive=words["judge"], kinds=frozenset(ItemKind) - {ItemKind.THOUGHT}
        )
    else:
        states |= {VOTE: TallyState(), StateType.ANSWER: ToollessChoiceState(directive=words["answer"])}
    return Net(
        name="debate",
        states=states,
        moves=WITH_JUDGE if is_judged else MOVES,
        start=StateType.ATTEMPT,
        instructions=speaker.instructions,
        slots=frozenset({ANSWERS, OTHERS, OWN}),
    )


debate = make_debate(load_words("debate"))
