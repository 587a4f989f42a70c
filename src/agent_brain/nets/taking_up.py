"""What an earlier visit left of its actions: those that a person has replied to, and those in doubt."""

import json
from collections.abc import Mapping

from agent_brain.core.hidden import has_hidden
from agent_brain.core.items import Action, Item, Observation, OutcomeStatus, find_key
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.offers import offers
from agent_brain.core.pauses import Pause, PauseKind, Verdict
from agent_brain.core.ports import Parts
from agent_brain.core.tooling import Answering, ToolSpec

NOT_KEPT = "its arguments held a secret, which no journal keeps; call it again with the value"
"""Why an action is not run that was read back from a journal."""

Calls = dict[str, Action]
"""Actions to run, by their ids."""


def take_up(env: MemoryEnv, parts: Parts, specs: Mapping[str, ToolSpec]) -> Calls:
    """What goes on with its reply, or is run again; what else was left gets its outcome."""
    calls: Calls = {}
    for item in [*env.held, *env.in_flight]:
        pause = env.find_pause(item.action_id)
        if pause is not None and pause.is_open:
            continue
        if find_key(item.action_id) in env.sub_runs and item.action is not None:
            calls[item.action_id] = item.action  # it knows itself where it was
        elif pause is None or pause.is_spent:
            calls |= _doubt(env, item, specs, is_approved=pause is not None)
        elif goes_back(pause, parts) and item.action is not None and has_hidden(item.action.args):
            said = f"it had asked a person, and was not gone on with: {NOT_KEPT}"
            env.finish_action(item.action_id, Observation(said, OutcomeStatus.UNKNOWN))
        elif goes_back(pause, parts):
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
    if spec is not None and spec.nests:
        return {item.action_id: action}  # nothing of it is in the journal, so that it has done nothing yet
    if spec is not None and (spec.read_only or spec.idempotent):
        return {item.action_id: env.start_again(item)}
    if is_approved:
        text = f"{action.describe()} was started, and nobody knows whether it took effect. Shall it be run again?"
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


def goes_back(pause: Pause, parts: Parts) -> bool:
    """True where the tool that asked wants the reply, which is its outcome otherwise."""
    return pause.kind is PauseKind.QUESTION and pause.token is not None and offers(parts.tools, Answering)


def _show(reply: object) -> str:
    return reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
