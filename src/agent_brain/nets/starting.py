"""How an action begins: its intent, a question to a person, or a refusal is written down before anything is run."""

import copy
from typing import Any

from agent_brain.core.guards import AskFirst
from agent_brain.core.hidden import has_hidden, hide_secrets
from agent_brain.core.items import Action, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Parts
from agent_brain.core.tooling import ToolSpec
from agent_brain.nets.guarding import Ruling
from agent_brain.nets.taking_up import NOT_KEPT

NO_SECRET = "a person has to allow it, and a run that waits keeps no secret argument"


def start(
    env: MemoryEnv,
    parts: Parts,
    spec: ToolSpec | None,
    asked: Action,
    ruling: Ruling | None = None,
    *,
    label: str = "",
) -> str:
    """Begin what the model asked for, as the guards have ruled; gives its id where it is to be run, else an empty text.

    An action that was changed is the one that counts from here on: a person is asked about it, and it is what runs.
    """
    action = asked if ruling is None or ruling.action is None else ruling.action
    changed_from = asked if action != asked else None
    question = _find_question(spec, action, None if ruling is None else ruling.question)
    if has_hidden(asked.args) and not parts.is_played:
        _refuse(env, asked, NOT_KEPT, label=label)
    elif ruling is not None and ruling.refused:
        _refuse(env, asked, ruling.refused, ruling.refused, label=label)
    elif question is None:
        return env.start_action(action, asked=changed_from, label=label)
    elif spec is not None and _has_secret(spec, action):
        _refuse(env, asked, NO_SECRET, label=label)
    else:
        until = None if question.expires_seconds is None else parts.clock() + question.expires_seconds
        about: dict[str, Any] = {"expires_at": until, "asked": changed_from, "label": label}
        env.hold_action(action, question.text, default=False, **about)
    return ""


def tell_args(spec: ToolSpec | None, action: Action) -> str:
    """The arguments that an action has, in words; a secret one without its value."""
    args = action.args if spec is None else hide_secrets(spec.parameters, action.args, [])
    return ", ".join(f"{name}={value!r}" for name, value in args.items()) or "no arguments"


def _refuse(env: MemoryEnv, action: Action, reason: str, guards_reason: str = "", *, label: str) -> None:
    outcome = Observation(f"it was not run: {reason}", OutcomeStatus.FAILED)
    env.refuse_action(action, guards_reason, outcome, label=label)


def _find_question(spec: ToolSpec | None, action: Action, asked: AskFirst | None) -> AskFirst | None:
    """What a person is asked before it starts: by a guard, by the tool, or by both; None: nothing."""
    is_needed = spec is not None and _needs_approval(spec, action)
    if asked is None and not is_needed:
        return None
    words = f"May it run {action.describe()}?"
    limits = [None if asked is None else asked.expires_seconds, spec.approval_seconds if spec and is_needed else None]
    seconds = min((limit for limit in limits if limit is not None), default=None)
    return AskFirst(words if asked is None else f"{asked.text} {words}", seconds)


def _has_secret(spec: ToolSpec, action: Action) -> bool:
    found: list[object] = []
    hide_secrets(spec.parameters, action.args, found)
    return bool(found)


def _needs_approval(spec: ToolSpec, action: Action) -> bool:
    if isinstance(spec.needs_approval, bool):
        return spec.needs_approval
    return bool(spec.needs_approval(copy.deepcopy(action.args)))
