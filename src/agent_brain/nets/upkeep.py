"""What a memory has a model do before it shows anything: a call of its own, counted and written down like any other."""

from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing

from agent_brain.core.chat import Again
from agent_brain.core.digest import digest_messages
from agent_brain.core.errors import ModelError
from agent_brain.core.events import Chunk, ChunkKind, Piece, Retracted
from agent_brain.core.lens import Lens, Maintaining, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers
from agent_brain.core.ports import Allowing, Parts
from agent_brain.core.records import Called
from agent_brain.nets.gathering import Gathering, count_usage

UPKEEPS_MAX = 8
"""Calls before one visit: a memory that wants more of them makes no progress."""
ROLE = "memory"


async def maintain(env: MemoryEnv, parts: Parts, lens: Lens, calls: int) -> AsyncGenerator[Piece, None]:
    """Do what is due, so that the memory can show what it should; `calls`: what the visit itself will make.

    What fails, or cannot be paid any more, is left: then the memory shows what it showed before.
    Raises: ModelError where the memory cannot do without it.
    """
    memory = parts.memory
    if not offers(memory, Maintaining):
        return
    for _ in range(UPKEEPS_MAX):
        upkeep = memory.find_upkeep(env, lens)
        if upkeep is None or not _can_pay(env, calls):
            return
        said = _Listening(env, parts, upkeep)
        try:
            async with aclosing(said.ask()) as pieces:
                async for piece in pieces:
                    yield piece
        except ModelError as error:
            if upkeep.is_needed:
                raise
            yield Chunk(f"{upkeep.name} failed: {error}", ChunkKind.PROGRESS, env.state)
            return
        upkeep.keep(env, said.text)
        yield Chunk(f"{upkeep.name} is up to date", ChunkKind.PROGRESS, env.state)


class _Listening:
    """One call: only what became of it is of interest to a watcher."""

    def __init__(self, env: MemoryEnv, parts: Parts, upkeep: Upkeep) -> None:
        self._env = env
        self._parts = parts
        self._messages = list(upkeep.messages)
        self._model = parts.get_model(ROLE)
        self.text = ""
        """The reply's, once there is one."""

    async def ask(self) -> AsyncGenerator[Piece, None]:
        """Make the call, and write it down. Raises: ModelError."""
        env, said = self._env, Gathering(self._env.state)
        async with aclosing(self._model.stream(self._messages)) as deltas:
            async for delta in deltas:
                if isinstance(delta, Again):
                    if said.characters or said.usage:
                        self._charge(said)
                    self._model, said = delta.model or self._model, Gathering(env.state)
                    yield Retracted(delta.reason, env.state, delta.wait_seconds)
                else:
                    deque(said.add(delta), maxlen=0)
        deque(said.close(), maxlen=0)
        self._charge(said)
        reply = said.make_reply()
        self.text = reply.text
        digest = digest_messages(self._messages)
        env.note_call(
            Called(
                self._model.name, digest, len(self._messages), "", "", reply.text, reply.reasoning, reply.finish, (),
                "", reply.details,
            )
        )  # fmt: skip

    def _charge(self, said: Gathering) -> None:
        usage = count_usage(self._messages, (), said)
        self._env.charge(self._parts.price(self._model, usage), self._model.name)


def _can_pay(env: MemoryEnv, calls: int) -> bool:
    return not offers(env.allowance, Allowing) or not env.allowance.find_met(calls + 1)
