"""Asks the guards of a brain, in their order, and makes one ruling of what they say.

A guard is a stranger's code: one that raises, or says what no guard can say, lets nothing pass.
"""

import asyncio
import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.guards import AskFirst, GuardContext, Guards, Refuse
from agent_brain.core.items import Action, Observation
from agent_brain.core.pauses import check_json
from agent_brain.tools.attempt import Attempt, describe
from agent_brain.tools.result_text import make_safe


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the guards have made of an action, or of an answer."""

    action: Action | None = None
    text: str = ""
    refused: str = ""
    """Why it shall not pass, in words; empty: it may."""
    is_broken: bool = False
    """The guard itself has failed: no other action or answer would pass either."""
    question: AskFirst | None = None
    """A person decides."""


@dataclass(frozen=True, slots=True)
class _Broken(Refuse):
    """A guard that has failed refuses."""


async def judge_action(guards: Guards, action: Action, context: GuardContext) -> Ruling:
    """What becomes of an action before it is started: the same, another one, a refusal, a person's decision."""
    ruling = Ruling(action)
    for guard in guards.before_tool:
        said = await _ask(guard, copy.deepcopy(ruling.action), context)
        if isinstance(said, Action) and said.name == action.name:
            said = _take(guard, said)
        if isinstance(said, Action) and said.name == action.name:
            ruling = replace(ruling, action=said)
        else:
            ruling = _rule(ruling, guard, said, f"None, an Action of {action.name}, Refuse or AskFirst")
        if ruling.refused:
            return ruling
    return ruling


async def judge_outcome(guards: Guards, action: Action, outcome: Observation, context: GuardContext) -> Observation:
    """What the model is told of an outcome; how the action ended is what the tool has said, whatever is withheld."""
    for guard in guards.after_tool:
        said = await _ask(guard, copy.deepcopy(action), outcome, context)
        if isinstance(said, Observation) and isinstance(said.text, str):
            outcome = replace(said, text=make_safe(said.text))
        elif isinstance(said, str):
            outcome = replace(outcome, text=make_safe(said))
        elif said is not None:
            refusal = said if isinstance(said, Refuse) else _misfit(guard, said, "None, text, an Observation or Refuse")
            reason = _rule(Ruling(), guard, refusal, "").refused
            return replace(outcome, text=f"(what came of it is withheld: {reason})")
    return outcome


async def judge_answer(guards: Guards, text: str, context: GuardContext) -> Ruling:
    """What becomes of an answer before it is given."""
    ruling = Ruling(text=text)
    for guard in guards.before_answer:
        said = await _ask(guard, ruling.text, context)
        if isinstance(said, str) and said.strip():
            ruling = replace(ruling, text=make_safe(said))
        else:
            ruling = _rule(ruling, guard, said, "None, text, Refuse or AskFirst")
        if ruling.refused:
            return ruling
    return ruling


def name_guard(guard: Callable[..., Any]) -> str:
    """What a guard is called."""
    return str(getattr(guard, "__qualname__", type(guard).__qualname__)).rpartition("<locals>.")[2]


async def _ask(guard: Callable[..., Any], *seen: Any) -> Any:
    """What a guard says; a failure of its own is a refusal."""
    attempt = Attempt()
    try:
        with attempt:
            said = guard(*seen)
            return await said if inspect.isawaitable(said) else said
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return _Broken(f"the guard {name_guard(guard)} was cancelled from within")  # and nobody has cancelled the run
    assert attempt.failure is not None  # else it has said something
    return _Broken(f"the guard {name_guard(guard)} has failed: {make_safe(describe(attempt.failure))}")


def _take(guard: Callable[..., Any], said: Action) -> Action | _Broken:
    """The guard's action, made the journal's own: whoever keeps the guard's can change nothing of it."""
    try:
        check_json(said.args, "args")
    except SetupError as error:
        return _Broken(f"the guard {name_guard(guard)} made arguments that no journal can keep: {error}")
    return Action(name=said.name, args=copy.deepcopy(said.args))


def _rule(ruling: Ruling, guard: Callable[..., Any], said: Any, wanted: str) -> Ruling:
    """The ruling, with what all guards can say; what none can say is a failure of the guard."""
    match said:
        case None:
            return ruling
        case _Broken(reason=reason):
            return replace(ruling, refused=reason, is_broken=True)
        case Refuse(reason=reason):
            return replace(ruling, refused=make_safe(str(reason)).strip() or f"{name_guard(guard)} refused it")
        case AskFirst(text=text) if ruling.question is not None:
            return replace(ruling, question=replace(said, text=f"{ruling.question.text} {text}"))
        case AskFirst():
            return replace(ruling, question=said)
        case _:
            return _rule(ruling, guard, _misfit(guard, said, wanted), "")


def _misfit(guard: Callable[..., Any], said: Any, wanted: str) -> _Broken:
    return _Broken(f"the guard {name_guard(guard)} said {said!r:.80}; wanted {wanted}")
