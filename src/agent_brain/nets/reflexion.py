"""Reflexion: attempt, let an evaluator judge, draw a lesson from what failed, and attempt anew with the lessons.

Source: Shinn et al., Reflexion: Language Agents with Verbal Reinforcement Learning, NeurIPS 2023, arXiv 2303.11366.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import ClassVar

from agent_brain.core.chat import Reply
from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.events import Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.judgements import find_candidates, find_judgement, find_question
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Moves, Net
from agent_brain.core.state import END, State, StateType
from agent_brain.core.tooling import GIVEN_SLOTS
from agent_brain.nets.attempting import AttemptState, acts
from agent_brain.nets.choosing import ChosenAnswerState
from agent_brain.nets.judging import JudgeState
from agent_brain.nets.react import react_brief
from agent_brain.nets.resetting import LenientResetState, ResetState
from agent_brain.nets.speaking import SpeakingState
from agent_brain.nets.sub_run import Task
from agent_brain.nets.transcript import make_transcript
from agent_brain.nets.words import Words

MOVES: Moves = {
    StateType.ATTEMPT: {StateType.JUDGE},
    StateType.JUDGE: {StateType.REFLECT, StateType.ANSWER},
    StateType.REFLECT: {StateType.RESET},
    StateType.RESET: {StateType.ATTEMPT},
    StateType.ANSWER: {END},
}
MOVES_WITHOUT_LESSONS: Moves = {
    StateType.ATTEMPT: {StateType.JUDGE},
    StateType.JUDGE: {StateType.RESET, StateType.ANSWER},
    StateType.RESET: {StateType.ATTEMPT},
    StateType.ANSWER: {END},
}
LESSONS, LAST = "lessons", "last_attempt"
"""Slots: what was learnt, and the transcript of the attempt that failed."""
MEMORIES: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "last_attempt": (LAST,),
    "reflexion": (LESSONS,),
    "both": (LAST, LESSONS),
}
"""What the next attempt is given."""
TRIALS, LESSONS_MAX, TRANSCRIPT_TOKENS = 3, 3, 1600
"""As in the authors' code for question answering; but that keeps all lessons, where the paper keeps three."""
TRANSCRIPT_TOKENS_MIN = 50


def make_reflexion(  # noqa: PLR0913  # one keyword for each choice
    words: Words,
    attempt: Net = react_brief,
    *,
    trials: int = TRIALS,
    memory: str = "reflexion",
    lessons: int = LESSONS_MAX,
    transcript_tokens: int = TRANSCRIPT_TOKENS,
    resets: bool = True,
) -> Net:
    """Attempt, judge, reflect, attempt anew with the last lessons: T (s + e) + T - 1 calls for T attempts of s calls.

    `memory`: what an attempt knows of those before it: none, last_attempt (its transcript), reflexion (lessons), both;
    without lessons nobody reflects: T (s + e). `resets`: tools that change something have to say how that is undone.
    """
    given = _check(trials, memory, lessons, transcript_tokens)
    learns = LESSONS in given
    states: dict[str, State] = {
        StateType.ATTEMPT: TrialState(
            attempt, tries=trials, given=given, again=words["again"], tokens=transcript_tokens
        ),
        StateType.JUDGE: TellingJudgeState(
            visits=trials, otherwise=StateType.REFLECT if learns else StateType.RESET, then=StateType.ANSWER
        ),
        StateType.REFLECT: LessonState(directive=words["reflect"], lessons=lessons),
        StateType.RESET: (ResetState if resets and acts(attempt) else LenientResetState)(then=StateType.ATTEMPT),
        StateType.ANSWER: ChosenAnswerState(directive=words["answer"]),
    }
    if not learns:
        del states[StateType.REFLECT]
    return Net(
        name="reflexion",
        states=states,
        moves=MOVES if learns else MOVES_WITHOUT_LESSONS,
        start=StateType.ATTEMPT,
        instructions=attempt.instructions,
        slots=frozenset({LESSONS, LAST}),
    )


def _check(trials: int, memory: str, lessons: int, transcript_tokens: int) -> tuple[str, ...]:
    """What an attempt is given. Raises: SetupError; UnknownName."""
    for name, value, least in (
        ("trials", trials, 2),
        ("lessons", lessons, 1),
        ("transcript_tokens", transcript_tokens, TRANSCRIPT_TOKENS_MIN),
    ):
        if value < least:
            raise SetupError(f"{name} is {value}; wanted at least {least}")
    if memory not in MEMORIES:
        raise UnknownName("memory of reflexion", memory, MEMORIES)
    return MEMORIES[memory]


@dataclass(frozen=True)
class TrialState(AttemptState):
    """Lets a net attempt the question, with what is known of the attempts before; keeps its transcript in a slot."""

    is_apart: ClassVar[bool] = False

    given: tuple[str, ...] = field(default=MEMORIES["reflexion"], kw_only=True)
    """The slots that an attempt begins with."""
    again: str = field(default="", kw_only=True)
    """What it is told where there was another one before it."""
    tokens: int = field(default=TRANSCRIPT_TOKENS, kw_only=True)

    writes = frozenset({LAST})

    def _plan(self, env: MemoryEnv) -> list[Task]:
        is_first = not find_candidates(env, env.state)
        slots = {} if is_first else {name: env.slots[name] for name in self.given if env.slots.get(name)}
        question = f"{env.goal}\n\n{self.again}" if slots else env.goal
        return [replace(task, question=question, slots=slots) for task in super()._plan(env)]

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        is_left_over = LESSONS in env.slots and LESSONS not in env.board.get(GIVEN_SLOTS, ())
        if is_left_over and not find_candidates(env, env.state):
            env.put_slot(LESSONS, None)  # of an earlier question of the conversation
        super()._learn(env, done)
        if done[0].answer:
            env.put_slot(LAST, make_transcript(done[0], self.tokens))


@dataclass(frozen=True)
class TellingJudgeState(JudgeState):
    """As JudgeState, and adds its verdict to the transcript of the attempt, for models to see."""

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        async with aclosing(super()._run(env)) as pieces:
            async for piece in pieces:
                yield piece
        candidates = find_candidates(env, self.of)
        judgement = find_judgement(env, candidates[-1]) if candidates else None
        if judgement is not None and not judgement.score.passed:
            said = judgement.score.feedback or "It did not pass."
            env.put_slot(LAST, f"{env.slots.get(LAST, '')}\nVerdict: {said}".lstrip())


@dataclass(frozen=True)
class LessonState(SpeakingState):
    """Asks for a lesson from the attempt that failed; the last `lessons` of them go to the next attempt in a slot.

    It sees the question, that attempt, and earlier lessons.
    """

    kinds: frozenset[ItemKind] | None = frozenset({ItemKind.GOAL, ItemKind.QUESTION, ItemKind.REPLY})
    slots: frozenset[str] | None = field(default=frozenset({LESSONS, LAST}), kw_only=True)
    item: ItemKind = ItemKind.REFLECTION
    then: str = StateType.RESET
    lessons: int = field(default=LESSONS_MAX, kw_only=True)

    reads = frozenset({LAST})
    writes = frozenset({LESSONS})

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        super()._learn(env, reply)
        since = find_question(env)
        known = [item.text for item in env.log[since + 1 :] if item.kind is self.item and item.state == env.state]
        kept = ["\n".join(line for line in text.splitlines() if line.strip()) for text in known]
        env.put_slot(LESSONS, "\n\n".join(list(filter(None, kept))[-self.lessons :]) or None)
