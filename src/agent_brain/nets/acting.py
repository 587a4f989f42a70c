"""ActionState: carry out what was asked for."""

import copy
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from agent_brain.core.errors import SetupError
from agent_brain.core.events import Chunk, ChunkKind, Piece
from agent_brain.core.hidden import has_hidden, hide_secrets
from agent_brain.core.items import Action, Item, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import Pause, PauseKind, Verdict
from agent_brain.core.ports import Answering, Parts, Question, ToolSpec
from agent_brain.core.state import State, StateType
from agent_brain.nets.merging import merge

NOT_KEPT = "its arguments held a secret, which no journal keeps; call it again with the value"
"""Why an action is not run that was read back from a journal."""

Calls = dict[str, Action]
"""Actions to run, by their ids."""


@dataclass(frozen=True)
class ActionState(State):
    """Carries out `env.next_actions`, several at the same time, and goes on to `then`.

    Every action's intent is written before it runs and its outcome as soon as it is known; a failure is an outcome. An
    action that needs leave, or a tool that asks something, makes the run wait; the others run meanwhile. What a killed
    process left in flight is in doubt: it is run again under the same id where its tool says that this does no harm, a
    person decides where one had to allow it, and any other gets the outcome `unknown`, as does one whose arguments held
    a secret: they are not in the journal.
    """

    kind: ClassVar[ChunkKind] = ChunkKind.ACTION

    then: str = StateType.REASONING
    parts: Parts | None = None

    @property
    def targets(self) -> frozenset[str]:
        """Where it goes."""
        return frozenset({self.then})

    def aimed_at(self, target: str) -> Self:
        """The same state going to `target`."""
        return self.changed(then=target)

    def bind(self, parts: Parts) -> Self:
        """The same state with the brain's parts."""
        return self.changed(parts=parts)

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        if self.parts is None:
            raise SetupError("ActionState has no parts: put its net into a Brain, or call net.bind(parts)")
        parts = self.parts
        specs = {spec.name: spec for spec in parts.tools.specs}
        calls = {**_take_up(env, parts, specs), **_begin(env, parts, specs)}
        for action_id, action in calls.items():
            yield Chunk(describe(action), ChunkKind.ACTION, env.state, action_id)
        running = {action_id: _call(env, parts, action, action_id) for action_id, action in calls.items()}
        async with aclosing(merge(running)) as pieces:
            async for action_id, piece in pieces:
                if isinstance(piece, Observation):
                    outcome = _mark_changed(env, action_id, piece)
                    env.finish_action(action_id, outcome)
                    yield Chunk(outcome.text, ChunkKind.OBSERVATION, env.state, action_id)
                elif isinstance(piece, Question):
                    _ask(env, parts, action_id, piece)
                else:
                    yield Chunk(piece, ChunkKind.PROGRESS, env.state, action_id)
        for item in env.in_flight:
            if _find_open(env, item) is None:
                env.finish_action(
                    item.action_id, Observation("the tool ended without an outcome", OutcomeStatus.UNKNOWN)
                )

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(self.then, "the action has its outcome")


async def _call(
    env: MemoryEnv, parts: Parts, action: Action, action_id: str
) -> AsyncGenerator[str | Observation | Question, None]:
    """What a tool says up to its question, with which it ends; one that has told its outcome asks nothing more.

    One that wants the reply to its question goes on from there. It is given arguments of its own: those of the action
    are the journal's.
    """
    own = Action.model_construct(name=action.name, args=copy.deepcopy(action.args))
    has_outcome = False
    pause = env.find_pause(action_id)
    if pause is not None and _goes_back(pause, parts):
        assert isinstance(parts.tools, Answering)  # as `_goes_back` says
        told = parts.tools.answer(own, action_id, pause.token, copy.deepcopy(pause.reply))
    else:
        told = parts.tools.call(own, action_id)
    async with aclosing(told) as pieces:
        async for piece in pieces:
            is_question = isinstance(piece, Question)
            if not is_question or not has_outcome:
                yield piece
            if is_question:
                return
            has_outcome = has_outcome or isinstance(piece, Observation)


def describe(action: Action) -> str:
    """An action as a call: `add(a=2, b=3)`."""
    return f"{action.name}({', '.join(f'{name}={value!r}' for name, value in action.args.items())})"


def _begin(env: MemoryEnv, parts: Parts, specs: Mapping[str, ToolSpec]) -> Calls:
    """Start what was asked for; hold back what needs leave."""
    calls: Calls = {}
    for action in list(env.next_actions):
        spec = specs.get(action.name)
        needs_approval = spec is not None and _needs_approval(spec, action)
        if has_hidden(action.args) and not parts.is_played:
            _refuse(env, action, f"it was not run: {NOT_KEPT}")
        elif spec is not None and needs_approval and _has_secret(spec, action):
            _refuse(
                env, action, "it was not run: a person has to allow it, and a run that waits keeps no secret argument"
            )
        elif spec is not None and needs_approval:
            until = None if spec.approval_seconds is None else parts.clock() + spec.approval_seconds
            env.hold_action(action, f"May it run {describe(action)}?", default=False, expires_at=until)
        else:
            calls[env.start_action(action)] = action
    return calls


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


def _goes_back(pause: Pause, parts: Parts) -> bool:
    """True where the tool that asked wants the reply, which is its outcome otherwise."""
    return pause.kind is PauseKind.QUESTION and pause.token is not None and isinstance(parts.tools, Answering)


def _take_up(env: MemoryEnv, parts: Parts, specs: Mapping[str, ToolSpec]) -> Calls:
    """What an earlier visit left: what a person has replied to, and what is in doubt."""
    calls: Calls = {}
    for item in [*env.held, *env.in_flight]:
        pause = env.find_pause(item.action_id)
        if pause is not None and pause.is_open:
            continue
        if pause is None or pause.is_spent:
            calls |= _doubt(env, item, specs, is_approved=pause is not None)
        elif _goes_back(pause, parts) and item.action is not None and has_hidden(item.action.args):
            said = f"it had asked a person, and was not gone on with: {NOT_KEPT}"
            env.finish_action(item.action_id, Observation(said, OutcomeStatus.UNKNOWN))
        elif _goes_back(pause, parts):
            calls[item.action_id] = env.start_again(item)
        elif pause.kind is PauseKind.QUESTION:
            env.finish_action(item.action_id, Observation(_show(pause.reply)))
        else:
            calls |= _obey(env, item, pause)
    return calls


def _doubt(env: MemoryEnv, item: Item, specs: Mapping[str, ToolSpec], *, is_approved: bool) -> Calls:
    """An action that was started and has no outcome: run it again, ask a person, or say that nobody knows."""
    action = item.action
    assert action is not None  # only actions are in flight
    spec = specs.get(action.name)
    if has_hidden(action.args):
        said = f"it was started and may have taken effect; it was not run again: {NOT_KEPT}"
        env.finish_action(item.action_id, Observation(said, OutcomeStatus.UNKNOWN))
        return {}
    if spec is not None and (spec.read_only or spec.idempotent):
        return {item.action_id: env.start_again(item)}
    if is_approved:
        text = f"{describe(action)} was started, and nobody knows whether it took effect. Shall it be run again?"
        env.ask(text, kind=PauseKind.DOUBT, action_id=item.action_id, default=False)
        return {}
    said = f"{action.name} was started and the process ended: it may have taken effect. Check before you call it again."
    env.finish_action(item.action_id, Observation(said, OutcomeStatus.UNKNOWN))
    return {}


def _obey(env: MemoryEnv, item: Item, pause: Pause) -> Calls:
    """What a person said to an action that was held back or is in doubt."""
    verdict = Verdict.read(pause.reply)
    if verdict.approve and has_hidden(item.action.args if verdict.args is None and item.action else verdict.args):
        is_started = pause.kind is PauseKind.DOUBT
        status = OutcomeStatus.UNKNOWN if is_started else OutcomeStatus.FAILED
        again = " again" if is_started else ""
        env.finish_action(item.action_id, Observation(f"it was allowed and not run{again}: {NOT_KEPT}", status))
        return {}
    if verdict.approve:
        return {item.action_id: env.start_again(item, verdict.args)}
    reason = f": {verdict.reason}" if verdict.reason else ""
    if pause.kind is PauseKind.DOUBT:
        said = f"it was started, nobody knows whether it took effect, and a person decided not to run it again{reason}"
        env.finish_action(item.action_id, Observation(said, OutcomeStatus.UNKNOWN))
    else:
        env.finish_action(item.action_id, Observation(f"a person refused to let it run{reason}", OutcomeStatus.FAILED))
    return {}


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


def _find_open(env: MemoryEnv, item: Item) -> Pause | None:
    pause = env.find_pause(item.action_id)
    return pause if pause is not None and pause.is_open else None


def _mark_changed(env: MemoryEnv, action_id: str, outcome: Observation) -> Observation:
    """The outcome, with a word to the model where a person has put other arguments in place of its own."""
    pause = env.find_pause(action_id)
    if pause is None or pause.kind is PauseKind.QUESTION or Verdict.read(pause.reply).args is None:
        return outcome
    args = ", ".join(f"{name}={value!r}" for name, value in (Verdict.read(pause.reply).args or {}).items())
    return replace(outcome, text=f"(a person had it run with {args} instead)\n{outcome.text}")


def _show(reply: object) -> str:
    return reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
