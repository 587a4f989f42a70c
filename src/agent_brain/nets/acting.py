"""ActionState: carry out what was asked for."""

import asyncio
import copy
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import ClassVar

from agent_brain.core.errors import SetupError
from agent_brain.core.events import Chunk, ChunkKind, HandedOver, Piece, SubEvent
from agent_brain.core.guards import make_context
from agent_brain.core.items import Action, Item, Observation, OutcomeStatus, find_key
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers
from agent_brain.core.pauses import PauseKind, Verdict
from agent_brain.core.ports import Parts
from agent_brain.core.tooling import Answering, Looking, Nesting, Question, ToolSpec
from agent_brain.nets.guarding import Ruling, judge_action, judge_outcome
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.merging import merge
from agent_brain.nets.nesting import find_inside, label, take_over
from agent_brain.nets.starting import start, tell_args
from agent_brain.nets.taking_up import Calls, goes_back, take_up

AT_ONCE_MAX = 128

Specs = Mapping[str, ToolSpec]
Told = str | Observation | Question | SubEvent | HandedOver
"""What comes from an action on its way."""


@dataclass(frozen=True)
class ActionState(LinkedState):
    """Carries out `env.next_actions`, several at the same time, and goes on to `then`.

    Every action's intent is written before it runs and its outcome as soon as it is known; a failure is an outcome. An
    action that needs leave, or a tool that asks something, makes the run wait; the others run meanwhile. What a killed
    process left in flight is in doubt: it is run again under the same id where its tool says that this does no harm, a
    person decides where one had to allow it, and any other gets the outcome `unknown`, as does one whose arguments held
    a secret: they are not in the journal. An action that is a run of its own goes on where it was.
    """

    kind: ClassVar[ChunkKind] = ChunkKind.ACTION

    at_once_max: int = AT_ONCE_MAX
    """How many run at the same time; a tool that is not `parallel` runs alone."""

    def __post_init__(self) -> None:
        if self.at_once_max < 1:
            raise SetupError(f"at_once_max is {self.at_once_max}; wanted at least 1")

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        parts = self._bound()
        specs = {spec.name: spec for spec in parts.tools.specs}
        for calls in self._split(take_up(env, parts, specs), specs):
            async with aclosing(_carry_out(env, parts, specs, calls)) as pieces:
                async for piece in pieces:
                    yield piece
        waiting = deque(env.next_actions)
        while waiting:
            actions = self._take(waiting, specs)
            begin = _let_through if parts.guards.before_tool else _begin
            async with aclosing(begin(env, parts, specs, actions)) as pieces:
                async for piece in pieces:
                    yield piece
        settle(env)

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "the action has its outcome")

    def _split(self, calls: Calls, specs: Specs) -> Iterator[Calls]:
        """Those that may run at the same time, in order."""
        waiting = deque(calls.items())
        while waiting:
            together = self._take(deque(action for _, action in waiting), specs)
            yield dict(waiting.popleft() for _ in together)

    def _take(self, waiting: deque[Action], specs: Specs) -> list[Action]:
        """The next of what was asked for that may run at the same time."""
        together = [waiting.popleft()]
        while waiting and not self._is_full(together, waiting[0], specs):
            together.append(waiting.popleft())
        return together

    def _is_full(self, together: list[Action], action: Action, specs: Specs) -> bool:
        """True where an action has to wait until these have ended."""
        names = (action.name, *(called.name for called in together))
        return len(together) >= self.at_once_max or any(name in specs and not specs[name].parallel for name in names)


async def _begin(env: MemoryEnv, parts: Parts, specs: Specs, actions: Sequence[Action]) -> AsyncGenerator[Piece, None]:
    """Start these actions, hold back what needs leave, and carry them out."""
    started = {start(env, parts, specs.get(action.name), action): action for action in actions}
    calls = {action_id: action for action_id, action in started.items() if action_id}
    async with aclosing(_carry_out(env, parts, specs, calls)) as pieces:
        async for piece in pieces:
            yield piece


async def _carry_out(env: MemoryEnv, parts: Parts, specs: Specs, calls: Calls) -> AsyncGenerator[Piece, None]:
    """Run these actions at the same time; each outcome is written as soon as it is there."""
    for action_id, action in calls.items():
        yield Chunk(action.describe(), ChunkKind.ACTION, env.state, action_id)
    running = {action_id: call(env, parts, specs, action, action_id) for action_id, action in calls.items()}
    async with aclosing(merge(running)) as told:
        async for action_id, piece in told:
            for shown in take_in(env, parts, specs, action_id, piece):
                yield shown


async def _let_through(
    env: MemoryEnv, parts: Parts, specs: Specs, actions: Sequence[Action]
) -> AsyncGenerator[Piece, None]:
    """As `_begin`, of actions that guards judge: each is started when it and those before it have their rulings.

    So the log keeps the order in which the model asked, and a slow guard holds up nothing that is under way.
    """
    gates = [asyncio.get_running_loop().create_future() for _ in actions]
    sources = {place: let_pass(env, parts, specs, action, gates[place]) for place, action in enumerate(actions)}
    rulings: dict[int, Ruling] = {}
    ids: list[str] = []
    async with aclosing(merge(sources)) as told:
        async for place, piece in told:
            if not isinstance(piece, Ruling):
                for shown in take_in(env, parts, specs, ids[place], piece):
                    yield shown
                continue
            rulings[place] = piece
            while (ruling := rulings.get(len(ids))) is not None:
                asked = actions[len(ids)]
                ids.append(start(env, parts, specs.get(asked.name), asked, ruling))
                if ids[-1] and ruling.action is not None:
                    yield Chunk(ruling.action.describe(), ChunkKind.ACTION, env.state, ids[-1])
                gates[len(ids) - 1].set_result(ids[-1])


async def let_pass(
    env: MemoryEnv, parts: Parts, specs: Specs, action: Action, gate: asyncio.Future[str]
) -> AsyncGenerator[Told | Ruling, None]:
    """What the guards say to an action; then, when it was given its id, what its tool says."""
    ruling = await judge_action(parts.guards, action, make_context(env, is_replay=parts.is_played))
    yield ruling
    action_id = await gate
    if action_id and ruling.action is not None:
        async with aclosing(call(env, parts, specs, ruling.action, action_id)) as pieces:
            async for piece in pieces:
                yield piece


def take_in(env: MemoryEnv, parts: Parts, specs: Specs, action_id: str, piece: Told) -> Iterator[Piece]:
    """Write down what came from an action, and give what is shown of it."""
    match piece:
        case Observation():
            outcome = _mark_changed(env, specs, action_id, piece)
            env.finish_action(action_id, outcome)
            yield Chunk(outcome.text, ChunkKind.OBSERVATION, env.state, action_id)
        case Question():
            _ask(env, parts, action_id, piece)
        case HandedOver():
            take_over(env, find_key(action_id), piece)
            yield piece
        case SubEvent():
            yield piece
        case _:
            yield Chunk(piece, ChunkKind.PROGRESS, env.state, action_id)


async def call(
    env: MemoryEnv, parts: Parts, specs: Specs, action: Action, action_id: str
) -> AsyncGenerator[Told, None]:
    """What a tool says up to its question, with which it ends; one that has told its outcome asks nothing more.

    Guards see an outcome before it is written down, so what they take out of it is kept nowhere. Of one that is played
    back they have seen what is recorded.
    """
    has_outcome = False
    async with aclosing(_choose_call(env, parts, specs, action, action_id)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Question):
                if not has_outcome:
                    yield piece
                return
            if isinstance(piece, Observation) and parts.guards.after_tool and not parts.is_played:
                piece = await judge_outcome(parts.guards, action, piece, make_context(env))
            yield piece
            has_outcome = has_outcome or isinstance(piece, Observation)


def _choose_call(
    env: MemoryEnv, parts: Parts, specs: Specs, action: Action, action_id: str
) -> AsyncGenerator[Told, None]:
    """How the action is carried out: begun, gone on with after the reply that its tool wants, inside the run or as one.

    It is given arguments of its own: those of the action are the journal's.
    """
    own = Action.model_construct(name=action.name, args=copy.deepcopy(action.args))
    pause, spec = env.find_pause(action_id), specs.get(action.name)
    if spec is not None and spec.nests and offers(parts.tools, Nesting):
        return label(find_key(action_id), parts.tools.nest(own, find_inside(env, action_id)))
    if spec is not None and spec.looks and offers(parts.tools, Looking):
        return _look(parts.tools, own, env)
    if pause is not None and goes_back(pause, parts):
        assert offers(parts.tools, Answering)  # as `goes_back` says
        return parts.tools.answer(own, action_id, pause.token, copy.deepcopy(pause.reply))
    return parts.tools.call(own, action_id)


async def _look(tools: Looking, action: Action, env: MemoryEnv) -> AsyncGenerator[Told, None]:
    yield tools.look(action, env)


def _ask(env: MemoryEnv, parts: Parts, action_id: str, question: Question) -> None:
    """Hand a tool's question to a person; the tool has ended, and its action waits for the reply."""
    until = None if question.expires_seconds is None else parts.clock() + question.expires_seconds
    env.ask(
        question.text,
        action_id=action_id,
        wanted=question.wanted,
        default=question.default,
        expires_at=until,
        token=question.token,
    )


def settle(env: MemoryEnv) -> None:
    """Give an outcome to what its tool has left without one, and nobody waits for."""
    for item in env.in_flight:
        if not _waits(env, item):
            said = "the tool ended without an outcome"
            env.finish_action(item.action_id, Observation(said, OutcomeStatus.UNKNOWN))


def _waits(env: MemoryEnv, item: Item) -> bool:
    """True for an action that asks a person something, itself or from inside."""
    pause, sub_run = env.find_pause(item.action_id), env.sub_runs.get(find_key(item.action_id))
    return (pause is not None and pause.is_open) or (sub_run is not None and bool(sub_run.open_pauses))


def _mark_changed(env: MemoryEnv, specs: Specs, action_id: str, outcome: Observation) -> Observation:
    """The outcome, with a word to the model where a person or a guard has put other arguments in place of its own."""
    item = env.log[int(find_key(action_id))]
    pause = env.find_pause(action_id)
    is_verdict = pause is not None and pause.kind is not PauseKind.QUESTION
    verdict = Verdict.read(pause.reply) if pause is not None and is_verdict else Verdict(approve=True)
    if item.action is None or (verdict.args is None and item.asked is None):
        return outcome
    who = "a guard" if verdict.args is None else "a person"
    args = tell_args(specs.get(item.action.name), item.action)
    return replace(outcome, text=f"({who} had it run with {args} instead)\n{outcome.text}")
