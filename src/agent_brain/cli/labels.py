"""What a run was asked with, kept beside it, so that any process puts the same brain together again."""

import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from agent_brain.cli.brains import hide_user, name_models
from agent_brain.core.errors import SetupError
from agent_brain.core.store import RunInfo
from agent_brain.wiring.addresses import is_elsewhere
from agent_brain.wiring.settings import API_KEY_ENV, Settings
from agent_brain.wiring.settings_file import MODELS, check_table, is_code, sends_elsewhere

SETTINGS_LABEL = "settings"
"""Holds a table as a settings file does."""
FOREIGN_LABEL = "foreign"
"""True for a run that came from a file: whoever wrote that has written its labels too."""
FLAGS: Mapping[str, str] = {
    "base_url": "--base-url", "api_key_env": "--api-key-env", "net": "--net", "tools": "--tools",
    "answer_type": "--answer-type", "model": "--model", "reasoning_model": "--reasoning-model",
    "answering_model": "--answering-model", "memory_model": "--memory-model", "evaluator": "--evaluator",
}  # fmt: skip
"""What a stranger's word would do harm with: a server that is sent the key, and code that is run."""


def make_labels(settings: Settings) -> dict[str, Any]:
    """The labels of a run that is asked with these settings."""
    names = name_models(settings)
    table: dict[str, Any] = {
        "model": names[0] if len(names) == 1 else names,
        "reasoning_model": settings.reasoning_model,
        "answering_model": settings.answering_model,
        "memory_model": settings.memory_model,
        "base_url": None if settings.base_url is None else hide_user(settings.base_url),
        "api_key_env": None if settings.api_key_env == API_KEY_ENV else settings.api_key_env,
        "net": _fix(settings.net),
        "memory": settings.memory,
        "evaluator": None if settings.evaluator is None else _fix(settings.evaluator),
        "prompts": {net: dict(words) for net, words in settings.prompts.items()},
        "wire": settings.wire,
        "profile": settings.profile,
        "tools": [_fix(name) for name in settings.tools],
        "instructions": settings.instructions,
        "limits": {name: "none" if bound is None else bound for name, bound in asdict(settings.limits).items()},
        "model_options": dict(settings.model_options),
        "models": {name: _hide_users(table) for name, table in settings.models.items()},
        "timeouts": dict(settings.timeouts),
        "prices": dict(settings.prices),
        "secrets": list(settings.secrets),
        "asks_for_more": settings.asks_for_more,
        "context_tokens": settings.context_tokens,
        "answer_type": None if settings.answer_type is None else _fix(settings.answer_type),
    }
    return {SETTINGS_LABEL: {name: value for name, value in table.items() if value is not None}}


def mark_foreign(labels: Mapping[str, Any]) -> dict[str, Any]:
    """The labels of a run that comes from elsewhere."""
    return {**labels, FOREIGN_LABEL: True}


def make_own_labels(labels: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """These labels with settings that were recalled or given by flags: the user has agreed to every one of them."""
    return {name: value for name, value in labels.items() if name != FOREIGN_LABEL} | make_labels(settings)


def recall(info: RunInfo, settings: Settings, *, is_private: bool) -> dict[str, Any]:
    """The settings that this run was asked with, as a layer; `settings` are those that are there without it.

    A store that others can write to, and a run that came from a file, may name neither a server nor code.
    Raises: SetupError, which names the flags to give; also for labels that are no settings.
    """
    table = info.labels.get(SETTINGS_LABEL)
    if table is None:
        return {}
    layer = check_table(table, f"the labels of run {info.run_id}")
    if not is_private or info.labels.get(FOREIGN_LABEL):
        _drop_what_harms(info, layer, settings)
    if settings.base_url is not None and hide_user(settings.base_url) == layer.get("base_url"):
        layer["base_url"] = settings.base_url  # with the name and password that labels do not hold
    for name, table in settings.models.items():
        if _hide_users(table) == layer.get("models", {}).get(name):
            layer["models"][name] = table
    layer.pop("store", None)  # it is where it is
    layer["secrets"] = [*dict.fromkeys([*settings.secrets, *layer.get("secrets", ())])]
    return layer


def is_ours(info: RunInfo) -> bool:
    """True where what the run was asked with is kept beside it; a program's brain is not."""
    return SETTINGS_LABEL in info.labels


def refuse_unknown(info: RunInfo, settings: Settings) -> None:
    """Let a run go on whose brain is known. Raises: SetupError for a program's run, unless somebody names its tools.

    The defaults are another brain, which would answer in that one's place.
    """
    if not is_ours(info) and "tools" not in settings.sources:
        raise SetupError(
            f"run {info.run_id} was begun by a program, whose brain is not kept: go on there, with "
            f"brain.go_on({info.run_id!r}), or say what goes on with it: --tools or --no-tools, --model, --net"
        )


def _drop_what_harms(info: RunInfo, layer: dict[str, Any], settings: Settings) -> None:
    missing = []
    for name, flag in FLAGS.items():
        value = layer.get(name)
        if value is None or not _is_harmful(name, value):
            continue
        del layer[name]
        if name not in settings.sources:
            missing += [f"{flag} {each}" for each in (value if isinstance(value, list) else [value])]
    if sends_elsewhere(layer.get("models")):
        layer["models"] = {name: settings.models[name] for name in layer["models"] if name in settings.models}
    if missing:
        raise SetupError(
            f"run {info.run_id} was asked with {' '.join(missing)}; somebody else may have written that, so these "
            "are taken from flags only: give them again if you trust them"
        )


def _is_harmful(name: str, value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    if name in MODELS:
        return any(is_elsewhere(each, {}) for each in values)
    return name in ("base_url", "api_key_env") or any(map(is_code, values))


def _hide_users(table: Mapping[str, Any]) -> dict[str, Any]:
    """A model's table, whose URL holds no name and no password."""
    return {name: hide_user(value) if name == "base_url" else value for name, value in table.items()}


def _fix(name: str) -> str:
    """A file's name as seen from anywhere; any other name as it is."""
    file, is_part, attribute = name.rpartition(":") if ".py:" in name else (name, "", "")
    if not file.endswith((".py", ".json")):
        return name
    return os.path.abspath(Path(file).expanduser()) + (f":{attribute}" if is_part else "")
