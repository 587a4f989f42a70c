"""ActionState: carry out what was asked for."""

import copy
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import ClassVar

from agent_brain.core.errors import SetupError
from agent_brain.core.events import Chunk, ChunkKind, HandedOver, Piece, SubEvent
from agent_brain.core.fold import find_key
from agent_brain.core.hidden import has_hidden, hide_secrets
from agent_brain.core.items import Action, Item, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import PauseKind, Verdict
from agent_brain.core.ports import Answering, Nesting, Parts, Question, ToolSpec
from agent_brain.nets.linked import LinkedState
from agent_brain.nets.merging import merge
from agent_brain.nets.nesting import find_inside, label, take_over
from agent_brain.nets.taking_up import NOT_KEPT, Calls, goes_back, take_up

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
            calls = self._begin(env, parts, specs, waiting)
            async with aclosing(_carry_out(env, parts, specs, calls)) as pieces:
                async for piece in pieces:
                    yield piece
        for item in env.in_flight:
            if not _waits(env, item):
                env.finish_action(
                    item.action_id, Observation("the tool ended without an outcome", OutcomeStatus.UNKNOWN)
                )

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "the action has its outcome")

    def _split(self, calls: Calls, specs: Specs) -> Iterator[Calls]:
        """Those that may run at the same time, in order."""
        together: Calls = {}
        for action_id, action in calls.items():
            if together and self._is_full(together, action, specs):
                yield together
                together = {}
            together[action_id] = action
        yield together

    def _begin(self, env: MemoryEnv, parts: Parts, specs: Specs, waiting: deque[Action]) -> Calls:
        """Start the next of what was asked for that may run at the same time; hold back what needs leave."""
        calls: Calls = {}
        while waiting and not (calls and self._is_full(calls, waiting[0], specs)):
            action = waiting.popleft()
            spec = specs.get(action.name)
            needs_approval = spec is not None and _needs_approval(spec, action)
            if has_hidden(action.args) and not parts.is_played:
                _refuse(env, action, f"it was not run: {NOT_KEPT}")
            elif spec is not None and needs_approval and _has_secret(spec, action):
                said = "a person has to allow it, and a run that waits keeps no secret argument"
                _refuse(env, action, f"it was not run: {said}")
            elif spec is not None and needs_approval:
                until = None if spec.approval_seconds is None else parts.clock() + spec.approval_seconds
                env.hold_action(action, f"May it run {action.describe()}?", default=False, expires_at=until)
            else:
                calls[env.start_action(action)] = action
        return calls

    def _is_full(self, calls: Calls, action: Action, specs: Specs) -> bool:
        """True where an action has to wait until these have ended."""
        names = (action.name, *(called.name for called in calls.values()))
        return len(calls) >= self.at_once_max or any(name in specs and not specs[name].parallel for name in names)


async def _carry_out(env: MemoryEnv, parts: Parts, specs: Specs, calls: Calls) -> AsyncGenerator[Piece, None]:
    """Run these actions at the same time; each outcome is written as soon as it is there."""
    for action_id, action in calls.items():
        yield Chunk(action.describe(), ChunkKind.ACTION, env.state, action_id)
    running = {action_id: _call(env, parts, specs, action, action_id) for action_id, action in calls.items()}
    async with aclosing(merge(running)) as told:
        async for action_id, piece in told:
            match piece:
                case Observation():
                    outcome = _mark_changed(env, action_id, piece)
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


async def _call(
    env: MemoryEnv, parts: Parts, specs: Specs, action: Action, action_id: str
) -> AsyncGenerator[Told, None]:
    """What a tool says up to its question, with which it ends; one that has told its outcome asks nothing more."""
    has_outcome = False
    async with aclosing(_choose_call(env, parts, specs, action, action_id)) as pieces:
        async for piece in pieces:
            is_question = isinstance(piece, Question)
            if not is_question or not has_outcome:
                yield piece
            if is_question:
                return
            has_outcome = has_outcome or isinstance(piece, Observation)


def _choose_call(
    env: MemoryEnv, parts: Parts, specs: Specs, action: Action, action_id: str
) -> AsyncGenerator[Told, None]:
    """How the action is carried out: begun, gone on with after the reply that its tool wants, or as a sub-run.

    It is given arguments of its own: those of the action are the journal's.
    """
    own = Action.model_construct(name=action.name, args=copy.deepcopy(action.args))
    pause = env.find_pause(action_id)
    if action.name in specs and specs[action.name].nests and isinstance(parts.tools, Nesting):
        key = find_key(action_id)
        return label(key, parts.tools.nest(own, find_inside(env, key)))
    if pause is not None and goes_back(pause, parts):
        assert isinstance(parts.tools, Answering)  # as `goes_back` says
        return parts.tools.answer(own, action_id, pause.token, copy.deepcopy(pause.reply))
    return parts.tools.call(own, action_id)


def _refuse(env: MemoryEnv, action: Action, reason: str) -> None:
    env.finish_action(env.start_action(action), Observation(reason, OutcomeStatus.FAILED))


def _has_secret(spec: ToolSpec, action: Action) -> bool:
    found: list[object] = []
    hide_secrets(spec.parameters, action.args, found)
    return bool(found)


def _needs_approval(spec: ToolSpec, action: Action) -> bool:
    if isinstance(spec.needs_approval, bool):
        return spec.needs_approval
    return bool(spec.needs_approval(copy.deepcopy(action.args)))


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


def _waits(env: MemoryEnv, item: Item) -> bool:
    """True for an action that asks a person something, itself or from inside."""
    pause, sub_run = env.find_pause(item.action_id), env.sub_runs.get(find_key(item.action_id))
    return (pause is not None and pause.is_open) or (sub_run is not None and bool(sub_run.open_pauses))


def _mark_changed(env: MemoryEnv, action_id: str, outcome: Observation) -> Observation:
    """The outcome, with a word to the model where a person has put other arguments in place of its own."""
    pause = env.find_pause(action_id)
    if pause is None or pause.kind is PauseKind.QUESTION or Verdict.read(pause.reply).args is None:
        return outcome
    args = ", ".join(f"{name}={value!r}" for name, value in (Verdict.read(pause.reply).args or {}).items())
    return replace(outcome, text=f"(a person had it run with {args} instead)\n{outcome.text}")
