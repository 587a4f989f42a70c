"""What a memory has done before it shows anything, and when the run has its answer.

A call of a model is counted and written down like any other; an errand goes outside of the run, and what it brings is
on the board.
"""

from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from agent_brain.core.chat import Again
from agent_brain.core.digest import digest_messages
from agent_brain.core.errands import Errand
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.events import Chunk, ChunkKind, Piece, Retracted
from agent_brain.core.lens import FAILED_UPKEEP, Lens, Maintaining, Settling, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers
from agent_brain.core.place import UPKEEP, put_in_place
from agent_brain.core.ports import Allowing, Parts
from agent_brain.core.records import Called
from agent_brain.nets.gathering import Gathering, count_usage

UPKEEPS_MAX = 8
"""Calls and errands in one visit: a memory that wants more of them makes no progress."""
ROLE = "memory"
NO_LENS = Lens()


async def maintain(env: MemoryEnv, parts: Parts, lens: Lens, calls: int) -> AsyncGenerator[Piece, None]:
    """Do what is due, so that the memory can show what it should; `calls`: what the visit itself will make.

    What fails, or cannot be paid any more, is left: then the memory shows what it showed before.
    Raises: ModelError where the memory cannot do without it.
    """
    memory = parts.memory
    if offers(memory, Maintaining):
        async with aclosing(_do_all(env, parts, lambda: memory.find_upkeep(env, lens), calls, lens)) as pieces:
            async for piece in pieces:
                yield piece


async def settle(env: MemoryEnv, parts: Parts) -> AsyncGenerator[Piece, None]:
    """Let the memory learn from a run that has its answer; what fails, or cannot be paid any more, is left.

    Where a limit was met no model is asked: the answer must not be lost to the time that this would take. A run that a
    state has made inside another one is a part of that one, which is what there is to learn from.
    """
    memory = parts.memory
    if not offers(memory, Settling) or parts.is_inside:
        return

    def find() -> Upkeep | Errand | None:
        due = memory.find_settling(env)
        return None if env.limit and isinstance(due, Upkeep) else due

    async with aclosing(_do_all(env, parts, find, 0)) as pieces:
        async for piece in pieces:
            yield piece


async def _do_all(
    env: MemoryEnv, parts: Parts, find: Callable[[], Upkeep | Errand | None], calls: int, lens: Lens = NO_LENS
) -> AsyncGenerator[Piece, None]:
    """One thing after the other, as long as something is due, and nothing fails that could be due again."""
    for _ in range(UPKEEPS_MAX):
        due = find()
        if isinstance(due, Errand):
            brought = await parts.errand(env, due)
            env.put_board(due.key, brought.data())
            if brought.error:
                yield Chunk(f"{due.name} failed: {brought.error}", ChunkKind.PROGRESS, env.state)
            elif due.keep is not None:
                due.keep(env)
            continue
        if due is None or not _can_pay(env, calls):
            return
        said = _Listening(env, parts, due, _get_room(lens))
        try:
            async with aclosing(said.ask()) as pieces:
                async for piece in pieces:
                    yield piece
        except ModelError as error:
            if due.is_needed:
                raise
            said.note_failure(error)
            yield Chunk(f"{due.name} failed: {error}", ChunkKind.PROGRESS, env.state)
            return
        due.keep(env, said.text)
        yield Chunk(f"{due.name} is up to date", ChunkKind.PROGRESS, env.state)


class _Listening:
    """One call: only what became of it is of interest to a watcher."""

    def __init__(self, env: MemoryEnv, parts: Parts, upkeep: Upkeep, room: int) -> None:
        self._env = env
        self._parts = parts
        self._name = upkeep.name
        self._room = room
        self._messages = list(upkeep.messages)
        self._model = parts.get_model(ROLE)
        self.text = ""
        """The reply's, once there is one."""

    async def ask(self) -> AsyncGenerator[Piece, None]:
        """Make the call, and write it down. Raises: ModelError."""
        env, said = self._env, Gathering(self._env.state)
        model = put_in_place(self._model, env, f"{UPKEEP} {self._name} {env.usage.model_calls}")
        async with aclosing(model.stream(self._messages)) as deltas:
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
                "", reply.details, room=self._room, upkeep=self._name,
            )
        )  # fmt: skip

    def note_failure(self, error: ModelError) -> None:
        """Write down that it failed: a memory may wait a while, and a replay has it fail again."""
        model, prompt = self._model.name, digest_messages(self._messages)
        told = {"name": self._name, "at": len(self._env.log), "model": model, "prompt": prompt, "room": self._room}
        kind = {} if error.kind is ModelErrorKind.SERVER else {"kind": str(error.kind)}
        self._env.put_board(FAILED_UPKEEP, {**told, "error": str(error), **kind})

    def _charge(self, said: Gathering) -> None:
        usage = count_usage(self._messages, (), said)
        self._env.charge(self._parts.price(self._model, usage), self._model.name)


def _get_room(lens: Lens) -> int:
    return 0 if lens.budget is None or lens.budget.tokens is None else lens.budget.tokens


def _can_pay(env: MemoryEnv, calls: int) -> bool:
    return not offers(env.allowance, Allowing) or not env.allowance.find_met(calls + 1)
