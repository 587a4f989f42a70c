"""States that have nets work in runs inside their own: one of them, or several at the same time."""

from abc import abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Self

from agent_brain.core.counting import count
from agent_brain.core.errors import RunError
from agent_brain.core.events import HandedOver, Piece
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.ports import Parts
from agent_brain.core.records import Status
from agent_brain.nets.handing_on import find_given, hand_on
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.merging import merge
from agent_brain.nets.nesting import find_inside, label, take_over


@dataclass(frozen=True, slots=True)
class Task:
    """What a net is to do in a run of its own: of the run outside it knows this, and what `hand_on` adds to it."""

    net: Net
    """Bound to parts."""
    question: str
    slots: Mapping[str, str] = field(default_factory=dict)
    """Texts that it begins with, such as lessons; its memory decides how they are shown. `find_given` adds to them."""


def take_answered(env: MemoryEnv, net: Net, done: Sequence[MemoryEnv], noun: str) -> list[MemoryEnv]:
    """Those that have an answer; where some were not begun, a limit is met.

    Raises: RunError where all that were begun have failed, so that they go on where they were when this run does.
    """
    failed = [inner.error for inner in done if inner.status is Status.FAILED]
    answered = [inner for inner in done if inner.answer]
    if failed and not answered:
        raise RunError(f"net {net.name!r} failed inside: {failed[-1]}")
    refused = len(done) - len(answered) - len(failed)
    if refused:
        name = count(0, noun).removeprefix("0 ")
        env.meet_limit(name, f"no more may be spent, so {refused} of {count(len(done), noun)} not begun")
    return answered


class NestingState(LinkedState):
    """A state whose visit has nets work, and then learns from what came of it.

    Their events come with a path, what they spend counts, their pauses are this run's pauses, and they go on where they
    were when this run is resumed.
    """

    @abstractmethod
    def _plan(self, env: MemoryEnv) -> Sequence[Task]:
        """What is to be done, all at the same time: a pure function of env."""

    @abstractmethod
    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        """Write to env what came of it: each has answered, failed, or was not begun because nothing may be spent."""

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        parts, keys, envs = self._bound(), {}, []
        for place, task in enumerate(self._plan(env)):
            key = f"s{env.steps}-{place}"
            inside = find_inside(env, f"{env.run_id}:{key}")
            slots = {**find_given(env, task.question), **task.slots}
            inner, pieces = parts.nest(task.net, hand_on(env, task.question), slots, inside)
            envs.append(inner)
            keys[key] = label(key, pieces)
        async with aclosing(merge(keys)) as labelled:
            async for key, piece in labelled:
                if isinstance(piece, HandedOver):
                    take_over(env, key, piece)
                yield piece
        if not any(inner.open_pauses for inner in envs):
            self._learn(env, envs)

    def typed(self, make: Callable[[Net], Net]) -> Self:
        """The same state for a brain whose answers are values: where those of its nets become the answer, made so."""
        return self

    def _bind_net(self, net: Net, parts: Parts, instructions: str | None = None) -> Net:
        """A net with the brain's parts; with instructions of its own where none are given."""
        words = net.instructions if instructions is None else instructions
        return net.bind(replace(parts, instructions=words, guards=parts.guards.inside, is_inside=True))


@dataclass(frozen=True)
class SubRunState(NestingState):
    """Lets a net with the same parts answer a question, and goes on to `then` with its answer as an item of the log."""

    net: Net
    question: str = ""
    """Empty: the goal of this run."""
    item: ItemKind = field(default=ItemKind.THOUGHT, kw_only=True)
    """As what its answer is kept."""

    @property
    def inner_nets(self) -> Sequence[Net]:
        """The net that it has walked."""
        return (self.net,)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts, which its net has too."""
        return self.changed(parts=parts, net=self._bind_net(self.net, parts))

    def _plan(self, env: MemoryEnv) -> Sequence[Task]:
        return [Task(self.net, self.question or env.goal)]

    def _learn(self, env: MemoryEnv, done: Sequence[MemoryEnv]) -> None:
        [inner] = done
        if inner.status is Status.FAILED:
            raise RunError(f"net {self.net.name!r} failed inside: {inner.error}")
        if inner.answer:
            env.add(self.item, inner.answer)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, f"net {self.net.name!r} has answered")
