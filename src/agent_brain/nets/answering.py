"""The states that answer: no others may."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import ClassVar, Self

from agent_brain.core.chat import ChatModel, Reply
from agent_brain.core.counting import count
from agent_brain.core.errors import AnswerRefused, ModelError, ModelErrorKind
from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.guards import AskFirst, make_context
from agent_brain.core.items import FaultKind, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import Pause, PauseKind, Verdict
from agent_brain.core.ports import Parts
from agent_brain.core.records import Called
from agent_brain.core.state import END
from agent_brain.nets.guarding import judge_answer
from agent_brain.nets.speaking import SpeakingState
from agent_brain.nets.upkeep import settle

DIRECTIVE = (
    "Now give the final answer to the question, from what is written above and nothing else, in the language of the "
    "question. Use no tool. If something is missing, say what."
)
REFUSALS_MAX = 1
"""How often a model is told why its answer was refused and writes another, before the run fails."""


@dataclass(frozen=True)
class AnswerState(SpeakingState):
    """Asks the model for the answer to what env holds, streams it, and ends the run.

    Where guards have a say, the answer is streamed when they have let it pass.
    """

    kind: ClassVar[ChunkKind] = ChunkKind.ANSWER

    model: str | ChatModel = "answering"
    directive: str = DIRECTIVE
    item: ItemKind = field(default=ItemKind.ANSWER, init=False)
    then: str = field(default=END, init=False)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts."""
        bound = super().bind(parts)
        return bound.changed(model_calls=1 + REFUSALS_MAX) if parts.guards.before_answer else bound

    def get_directive(self, env: MemoryEnv) -> str:
        """The directive, and why the run stops here if it was a limit."""
        return f"{self.directive} (You were stopped: {env.limit}.)" if env.limit else self.directive

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        async with aclosing(self._answer(env)) as pieces:
            async for piece in pieces:
                yield piece
        if env.log[-1].kind is ItemKind.ANSWER:
            async with aclosing(settle(env, self._bound())) as pieces:
                async for piece in pieces:
                    yield piece

    async def _answer(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        pause = env.find_pause()
        if pause is not None and pause.kind is PauseKind.APPROVAL:
            if pause.is_open:
                return
            text = self._obey(env, pause)
            if text:
                yield text
                env.add(self.item, text)
                return
        said = self._run_guarded(env) if self._bound().guards.before_answer else self._say(env)
        async with aclosing(said) as pieces:
            async for piece in pieces:
                yield piece

    async def _say(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        quoted = self._quote(env)
        if quoted:
            yield quoted
            env.add(self.item, quoted)
            return
        async with aclosing(super()._run(env)) as pieces:
            async for piece in pieces:
                yield piece

    async def _run_guarded(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        """Ask, and let the guards judge, until an answer passes, a person has to decide, or too many were refused."""
        parts = self._bound()
        while True:
            text, reasoning = self._quote(env), ""
            if not text:
                async with aclosing(super()._run(env)) as pieces:
                    async for piece in pieces:
                        is_answer = isinstance(piece, str) or (isinstance(piece, Chunk) and piece.kind is self.kind)
                        if not is_answer:
                            yield piece
                reply = _find_reply(env)
                text, reasoning = self._read(env, reply), reply.reasoning
            ruling = await judge_answer(parts.guards, text, make_context(env, is_replay=parts.is_played))
            if ruling.is_broken:
                raise AnswerRefused(ruling.refused)
            if not ruling.refused and ruling.question is not None:
                self._ask_person(env, ruling.text, ruling.question)
                return
            if not ruling.refused:
                yield ruling.text
                env.add(self.item, ruling.text, reasoning=reasoning)
                return
            self._refuse(env, text, ruling.refused)

    def _quote(self, env: MemoryEnv) -> str:
        """What stands in the log already and is the answer; empty: the model is asked."""
        return ""

    def _obey(self, env: MemoryEnv, pause: Pause) -> str:
        """The answer that a person has let pass, or put in its place; empty where it was refused."""
        verdict = Verdict.read(pause.reply)
        if not verdict.approve:
            self._refuse(env, pause.token, f"a person refused it{verdict.reason and ': '}{verdict.reason}")
            return ""
        return str(pause.token if verdict.args is None else verdict.args["text"])

    def _refuse(self, env: MemoryEnv, text: str, reason: str) -> None:
        """Tell the model why its answer cannot be given. Raises: AnswerRefused where it was told often enough."""
        refused = [item for item in env.log if item.turn == env.steps and item.kind is ItemKind.OBSERVATION]
        if len(refused) >= REFUSALS_MAX:
            raise AnswerRefused(
                f"no answer was let through, and the model was told why {count(len(refused), 'time')}: {reason}"
            )
        if text != _last_words(env):
            env.add(ItemKind.THOUGHT, text)
        env.add(ItemKind.OBSERVATION, f"This answer was not given: {reason}. Write another one.")

    def _ask_person(self, env: MemoryEnv, text: str, question: AskFirst) -> None:
        seconds = question.expires_seconds
        env.ask(
            f"{question.text}\n{text}",
            kind=PauseKind.APPROVAL,
            default=False,
            expires_at=None if seconds is None else self._bound().clock() + seconds,
            token=text,
        )

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        if not self._bound().guards.before_answer:
            env.add(self.item, self._read(env, reply), reasoning=reply.reasoning, details=reply.details)

    def _read(self, env: MemoryEnv, reply: Reply) -> str:
        """The answer in a reply. Raises: ModelError where there is none."""
        reading = self._bound().wire.read(reply, ())
        text = "" if reading.fault is FaultKind.EMPTY else reading.text.strip()
        text = text or _last_words(env)
        if not text:
            raise ModelError(ModelErrorKind.EMPTY, "the model answered with nothing, and had said nothing before")
        return text

    async def _transition(self, env: MemoryEnv) -> None:
        env.done = True


@dataclass(frozen=True)
class QuotedAnswerState(AnswerState):
    """Takes the last thought as the answer, which saves a call; asks the model only where a limit cut it off."""

    @property
    def spare_visits(self) -> int:
        """It asks where a limit cut the last thought off."""
        return 1

    def _quote(self, env: MemoryEnv) -> str:
        return "" if env.limit else _last_words(env)


def _last_words(env: MemoryEnv) -> str:
    """The last thought of this run, if nothing came after it."""
    last = env.log[-1]
    return last.text.strip() if last.kind is ItemKind.THOUGHT else ""


def _find_reply(env: MemoryEnv) -> Reply:
    """The reply that this step has just got, as it was written down."""
    call = next(record for record in reversed(env.fresh) if isinstance(record, Called))
    return Reply(call.text or "", call.reasoning or "", call.finish, call.calls or ())
