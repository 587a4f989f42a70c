"""AskState: ask a person, and go on with the reply."""

import json
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from agent_brain.core.events import Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.nets.linked import LinkedState


@dataclass(frozen=True)
class AskState(LinkedState):
    """Asks a person a question and waits, without a process, until there is a reply; then goes on to `then`.

    The question and the reply become items of the log.
    """

    question: str = ""
    """Empty: the last thought is the question."""
    expires_seconds: float | None = None
    """None: it waits for ever."""
    default: Any = None
    """What counts as the reply when it expires."""

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        pause = env.find_pause()
        if pause is None:
            text = self._find_question(env)
            yield text
            env.add(ItemKind.QUESTION, text)
            env.ask(text, default=self.default, expires_at=self._find_end())
        elif not pause.is_open:
            reply = pause.reply
            env.add(ItemKind.REPLY, reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False))

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "a person has replied")

    def _find_question(self, env: MemoryEnv) -> str:
        return self.question or _find_thought(env)

    def _find_end(self) -> float | None:
        if self.expires_seconds is None:
            return None
        clock = time.time if self.parts is None else self.parts.clock
        return clock() + self.expires_seconds


def _find_thought(env: MemoryEnv) -> str:
    thoughts = (item.text.strip() for item in reversed(env.log) if item.kind is ItemKind.THOUGHT)
    return next(filter(None, thoughts), "What now?")
