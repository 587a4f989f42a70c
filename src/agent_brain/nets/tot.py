"""Tree of thoughts: propose several next thoughts, score them, go on from the best; level by level.

Source: Yao et al., Tree of Thoughts: Deliberate Problem Solving with Large Language Models, NeurIPS 2023, arXiv
2305.10601. Thoughts that are proposed twice are one candidate here; in the paper's code the second one counts nothing.
"""

from agent_brain.core.errors import SetupError
from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, StateType
from agent_brain.nets.branching import PROPOSE, SCORE, SELECT, THOUGHTS, ProposeState, ScoreState, SelectState
from agent_brain.nets.self_consistency import TEMPERATURE
from agent_brain.nets.toolless import ToollessAnswerState, ToollessChoiceState
from agent_brain.nets.words import Words, load_words

MOVES: Moves = {
    PROPOSE: {SCORE, StateType.ANSWER},
    SCORE: {SELECT},
    SELECT: {PROPOSE, StateType.ANSWER},
    StateType.ANSWER: {END},
}


def make_tot(
    words: Words,
    *,
    breadth: int = 2,
    depth: int = 3,
    candidates: int = 3,
    samples: int = 1,
    temperature: float = TEMPERATURE,
) -> Net:
    """Search in breadth, without tools: the sum of |S| * (1 + c * v) model calls over d levels.

    |S| is 1 at first and at most `breadth` after that; c: `candidates` of a call, fewer where some are the same; v:
    `samples`, verdicts on each; d: `depth`, the last level of which are whole answers.
    """
    for name, value in (("breadth", breadth), ("depth", depth), ("candidates", candidates), ("samples", samples)):
        if value < 1:
            raise SetupError(f"{name} is {value}; wanted at least 1")
    paths = 1 + breadth * (depth - 1)
    caller = Net(
        name="tot_call",
        states={StateType.ANSWER: ToollessAnswerState(directive=words["call"])},
        moves={StateType.ANSWER: {END}},
        start=StateType.ANSWER,
        instructions=words["instructions"],
    )
    return Net(
        name="tot",
        states={
            PROPOSE: ProposeState(
                caller,
                words["propose"],
                candidates,
                words["finish"],
                depth=depth,
                temperature=temperature,
                calls_max=breadth,
                calls_in_all=paths,
            ),
            SCORE: ScoreState(
                caller,
                words["score"],
                samples,
                temperature=temperature,
                calls_max=breadth * candidates * samples,
                calls_in_all=paths * candidates * samples,
            ),
            SELECT: SelectState(breadth, depth),
            StateType.ANSWER: ToollessChoiceState(directive=words["answer"], of=""),
        },
        moves=MOVES,
        start=PROPOSE,
        instructions=words["instructions"],
        slots=frozenset({THOUGHTS}),
    )


tot = make_tot(load_words("tot"))
