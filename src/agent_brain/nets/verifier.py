"""Best of N: several answers, none of which knows of the others, each judged; the best one is given.

Source: Cobbe et al., Training Verifiers to Solve Math Word Problems, 2021, arXiv 2110.14168.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import ClassVar

from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.items import Item
from agent_brain.core.judgements import BOARD_PREFIX, find_candidates, find_judgement
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Moves, Net
from agent_brain.core.options import check_count
from agent_brain.core.state import END, StateType
from agent_brain.nets.attempting import AT_ONCE_MAX, SamplingState
from agent_brain.nets.choosing import CHOSEN, ChosenAnswerState, choose
from agent_brain.nets.direct import direct
from agent_brain.nets.judging import JudgeState
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.self_consistency import SAMPLES, TEMPERATURE, check_temperature
from agent_brain.nets.voting import SHOWN_CHARACTERS
from agent_brain.nets.words import Words

SELECT = "select"
MOVES: Moves = {
    StateType.ATTEMPT: {StateType.JUDGE},
    StateType.JUDGE: {SELECT},
    SELECT: {StateType.ANSWER},
    StateType.ANSWER: {END},
}


def make_verifier(
    words: Words,
    attempt: Net = direct,
    *,
    samples: int = SAMPLES,
    temperature: float = TEMPERATURE,
    shares_tools: bool = False,
) -> Net:
    """Answer N times, independently, have each judged, give the best: N times what one answer takes, and N judgements.

    `shares_tools`: they may change something, which the other answers' runs find.
    Raises: SetupError.
    """
    check_count("samples", samples, most=AT_ONCE_MAX)
    check_temperature(temperature)
    sample = SamplingState.draw(attempt, samples, samples, temperature, shares_tools=shares_tools, then=StateType.JUDGE)
    return Net(
        name="verifier",
        states={
            StateType.ATTEMPT: sample,
            StateType.JUDGE: JudgeState(then=SELECT, otherwise=SELECT, exhausted=SELECT, answers=samples),
            SELECT: SelectState(then=StateType.ANSWER),
            StateType.ANSWER: ChosenAnswerState(directive=words["answer"]),
        },
        moves=MOVES,
        start=StateType.ATTEMPT,
        instructions=attempt.instructions,
    )


@dataclass(frozen=True)
class SelectState(LinkedState):
    """Chooses the answer of the state `of` that was judged best: one that passed, then by its value, then the first."""

    kind: ClassVar[ChunkKind] = ChunkKind.PROGRESS

    of: str = field(default=StateType.ATTEMPT, kw_only=True)

    reads = frozenset({BOARD_PREFIX})
    writes = frozenset({CHOSEN})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        candidates = find_candidates(env, self.of)
        if candidates:
            best = max(candidates, key=lambda item: _rank(env, item))
            yield Chunk(f"the best of {len(candidates)} is: {best.text:.{SHOWN_CHARACTERS}}", self.kind, env.state)
            choose(env, best)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "the best one is chosen")


def _rank(env: MemoryEnv, item: Item) -> tuple[bool, float]:
    judgement = find_judgement(env, item)
    return (False, -1.0) if judgement is None else (judgement.score.passed, judgement.score.value)
