"""PlannedActionState: carry out the calls of a plan, each as soon as what it refers to is there."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import ClassVar

from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.items import Action, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers
from agent_brain.core.ports import Allowing, Parts
from agent_brain.core.tooling import Question
from agent_brain.nets.acting import ActionState, Told, call, let_pass, settle, take_in
from agent_brain.nets.guarding import Ruling
from agent_brain.nets.merging import Crowd
from agent_brain.nets.planned_calls import CALLS, Notation, find_ready, make_action
from agent_brain.nets.starting import start
from agent_brain.nets.taking_up import take_up


@dataclass(frozen=True)
class PlannedActionState(ActionState):
    """As ActionState, of planned calls: an outcome lets those begin at once that have waited for it alone.

    A call that a limit forbids is left: the driver finds the limit before the next visit.
    """

    begins_more: ClassVar[bool] = True

    notation: Notation = field(kw_only=True)

    reads = frozenset({CALLS})

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        visit = _Visit(env, self._bound(), self.notation, self.at_once_max)
        async with visit.crowd as crowd, aclosing(crowd.read()) as told:
            for shown in visit.begin():
                yield shown
            async for key, piece in told:
                for shown in visit.take_in(key, piece):
                    yield shown
                if isinstance(piece, Observation | Question | Ruling):
                    for shown in visit.begin():
                        yield shown
        settle(env)
        if env.next_actions:
            env.choose(())


class _Visit:
    """What is under way in one visit, by label; what an earlier visit has left, by its action's id."""

    def __init__(self, env: MemoryEnv, parts: Parts, notation: Notation, at_once_max: int) -> None:
        self.crowd: Crowd[str, Told | Ruling] = Crowd()
        self._env = env
        self._parts = parts
        self._notation = notation
        self._at_once_max = at_once_max
        self._specs = {spec.name: spec for spec in parts.tools.specs}
        self._left = take_up(env, parts, self._specs)
        self._running: dict[str, str] = {}
        """The tools of what has no outcome yet."""
        self._ids: dict[str, str] = {}
        self._judged: dict[str, tuple[Action, asyncio.Future[str]]] = {}
        """What the guards are asked about, and whom its id is told."""

    def begin(self) -> Iterator[Piece]:
        """Begin all that may run now; intents first, so that they become durable together before a tool runs."""
        begun = [*self._take_left(), *self._start_ready()]
        for key, action in begun:
            yield Chunk(action.describe(), ChunkKind.ACTION, self._env.state, self._ids[key])
        for key, action in begun:
            self.crowd.add(key, call(self._env, self._parts, self._specs, action, self._ids[key]))

    def take_in(self, key: str, piece: Told | Ruling) -> Iterator[Piece]:
        """Write down what came, and give what is shown of it."""
        if isinstance(piece, Ruling):
            yield from self._obey(key, piece)
            return
        yield from take_in(self._env, self._parts, self._specs, self._ids[key], piece)
        if isinstance(piece, Observation | Question):
            self._running.pop(key, None)

    def _take_left(self) -> Iterator[tuple[str, Action]]:
        for action_id, action in list(self._left.items()):
            if self._has_room(action):
                del self._left[action_id]
                self._running[action_id], self._ids[action_id] = action.name, action_id
                yield action_id, action

    def _start_ready(self) -> Iterator[tuple[str, Action]]:
        """Start what waits for nothing, in the order of the plan; the guards are asked first where there are some."""
        for planned in find_ready(self._env, self._notation):
            if planned.label in self._judged:
                continue
            action = make_action(self._env, planned, self._notation, self._specs)
            if self._is_spent(action):
                continue
            if not self._has_room(action):
                return
            if self._parts.guards.before_tool:
                gate: asyncio.Future[str] = asyncio.get_running_loop().create_future()
                self._judged[planned.label] = action, gate
                self._running[planned.label] = action.name
                self.crowd.add(planned.label, let_pass(self._env, self._parts, self._specs, action, gate))
                continue
            spec = self._specs.get(action.name)
            action_id = start(self._env, self._parts, spec, action, label=planned.label)
            if action_id:
                self._running[planned.label], self._ids[planned.label] = action.name, action_id
                yield planned.label, action

    def _obey(self, label: str, ruling: Ruling) -> Iterator[Piece]:
        """Start what the guards let pass, or hold it back, or refuse it."""
        asked, gate = self._judged.pop(label)
        spec = self._specs.get(asked.name)
        action_id = self._ids[label] = start(self._env, self._parts, spec, asked, ruling, label=label)
        if action_id and ruling.action is not None:
            yield Chunk(ruling.action.describe(), ChunkKind.ACTION, self._env.state, action_id)
        else:
            self._running.pop(label, None)
        gate.set_result(action_id)

    def _has_room(self, action: Action) -> bool:
        """True where it may run beside what is running."""
        names = (action.name, *self._running.values())
        is_alone = any(name in self._specs and not self._specs[name].parallel for name in names)
        return not self._running or (len(self._running) < self._at_once_max and not is_alone)

    def _is_spent(self, action: Action) -> bool:
        """True where a limit forbids it; the driver has looked at those that were next when the visit began."""
        allowance = self._env.allowance
        is_new = action not in self._env.next_actions
        return is_new and offers(allowance, Allowing) and bool(allowance.find_met(0, [action]))
