"""The states that answer: no others may."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import ClassVar

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.events import ChunkKind, Piece
from agent_brain.core.items import FaultKind, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import ChatModel, Reply
from agent_brain.core.state import END
from agent_brain.nets.speaking import SpeakingState

DIRECTIVE = (
    "Now give the final answer to the question, from what is written above and nothing else, in the language of the "
    "question. Use no tool. If something is missing, say what."
)


@dataclass(frozen=True)
class AnswerState(SpeakingState):
    """Asks the model for the answer to what env holds, streams it, and ends the run."""

    kind: ClassVar[ChunkKind] = ChunkKind.ANSWER

    model: str | ChatModel = "answering"
    directive: str = DIRECTIVE
    item: ItemKind = field(default=ItemKind.ANSWER, init=False)
    then: str = field(default=END, init=False)

    def get_directive(self, env: MemoryEnv) -> str:
        """The directive, and why the run stops here if it was a limit."""
        return f"{self.directive} (You were stopped: {env.limit}.)" if env.limit else self.directive

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        reading = self._bound().wire.read(reply, ())
        text = "" if reading.fault is FaultKind.EMPTY else reading.text.strip()
        text = text or _last_words(env)
        if not text:
            raise ModelError(ModelErrorKind.EMPTY, "the model answered with nothing, and had said nothing before")
        env.add(self.item, text, reasoning=reply.reasoning)

    async def _transition(self, env: MemoryEnv) -> None:
        env.done = True


@dataclass(frozen=True)
class QuotedAnswerState(AnswerState):
    """Takes the last thought as the answer, which saves a call; asks the model only where a limit cut it off."""

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        thought = _last_words(env)
        if thought and not env.limit:
            yield thought
            env.add(self.item, thought)
            return
        async with aclosing(super()._run(env)) as pieces:
            async for piece in pieces:
                yield piece


def _last_words(env: MemoryEnv) -> str:
    """The last thought of this run, if nothing came after it."""
    last = env.log[-1]
    return last.text.strip() if last.kind is ItemKind.THOUGHT else ""
