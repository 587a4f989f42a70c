"""The TOML file of settings, read and checked."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from agent_brain.core.errors import SetupError, nearest_hint
from agent_brain.models.prices import read_price
from agent_brain.wiring.addresses import check_models, is_elsewhere, read_timeouts
from agent_brain.wiring.limit_settings import read_limits

FILE_CHARACTERS_MAX = 1_000_000
SECRETS = frozenset({"api_key", "apikey", "openai_api_key", "key", "token", "secret", "password"})
MODELS = ("model", "reasoning_model", "answering_model", "memory_model")
"""Settings that name models."""
UNION = ("str", "list[str]")
"""How pydantic names the choices of a key that may be one text or several."""


class _File(BaseModel):
    """The keys that a file may hold."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str | list[str] | None = None
    reasoning_model: str | None = None
    answering_model: str | None = None
    memory_model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    net: str | None = None
    memory: str | None = None
    evaluator: str | None = None
    prompts: dict[str, dict[str, str]] | None = None
    wire: str | None = None
    profile: str | None = None
    tools: list[str] | None = None
    instructions: str | None = None
    limits: dict[str, Any] | None = None
    model_options: dict[str, Any] | None = None
    models: dict[str, Any] | None = None
    timeouts: dict[str, Any] | None = None
    prices: dict[str, Any] | None = None
    store: str | None = None
    secrets: list[str] | None = None
    asks_for_more: bool | None = None
    context_tokens: int | None = None
    answer_type: str | None = None


def read_file(file: Path) -> dict[str, Any]:
    """The settings that a file holds, by name; tool files and a store's file are taken relative to it.

    Raises: SetupError with the file's name and the place of the fault.
    """
    layer = check_table(_read_toml(file), str(file))
    if "tools" in layer:
        layer["tools"] = [_place(name, file.parent) for name in layer["tools"]]
    for name in ("answer_type", "evaluator"):
        if layer.get(name):
            layer[name] = _place_type(layer[name], file.parent)
    if layer.get("store") and "://" not in layer["store"]:
        layer["store"] = str(file.parent / layer["store"])
    return layer


def check_table(table: object, where: str) -> dict[str, Any]:
    """The settings in a table as a file holds it. Raises: SetupError with the place of the fault."""
    refuse_secrets(where, table)
    refuse_secrets(where, table.get("model_options") if isinstance(table, Mapping) else None)
    try:
        layer = _File.model_validate(table).model_dump(exclude_unset=True)
    except ValidationError as error:
        raise SetupError(f"{where}: {'; '.join(_explain(error))}") from error
    models = layer.get("models") or {}
    for entry in models.values():
        refuse_secrets(where, entry)
    check_models(models, where)
    read_timeouts(layer.get("timeouts"), f"{where}, table [timeouts]")
    for name, price in layer.get("prices", {}).items():
        read_price(name, price)
    if "limits" in layer:
        layer["limits"] = read_limits(layer["limits"], f"{where}, table [limits]")
    return layer


def refuse_unasked(file: Path, layer: Mapping[str, Any]) -> None:
    """Let a file pass that was only found, not named, if it sends nothing anywhere and runs no code.

    Whoever unpacks a stranger's folder and asks a question there has not agreed to either: keys, questions and answers
    stay where this user keeps them.
    Raises: SetupError.
    """
    named = [name for name in ("base_url", "api_key_env", "store") if name in layer]
    named += [
        name for name in ("net", "tools", "answer_type", "evaluator") if any(map(is_code, _list(layer.get(name))))
    ]
    named += [name for name in MODELS if any(is_elsewhere(each, {}) for each in _list(layer.get(name)))]
    named += ["models"] if sends_elsewhere(layer.get("models")) else []
    if named:
        raise SetupError(
            f"{file} was found in the current folder and sets {', '.join(named)}, which a file may do only if you name "
            f"it: add --config {file}, or set AGENT_BRAIN_CONFIG={file}"
        )


def _list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def sends_elsewhere(models: Mapping[str, Any] | None) -> bool:
    """True for tables of models that say where something is sent, or which key is sent with it."""
    return any(is_elsewhere(name, models) for name in models) if models else False


def is_code(name: str) -> bool:
    """True for what is loaded from a file or a module, not from a table of names."""
    return name.endswith((".py", ".json")) or ":" in name or "/" in name or os.sep in name


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SetupError(f"the settings file {file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"the settings file {file} is not UTF-8: byte {error.start} is {error.reason}") from error
    if len(text) > FILE_CHARACTERS_MAX:
        raise SetupError(f"the settings file {file} has {len(text)} characters; at most {FILE_CHARACTERS_MAX} are read")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"the settings file {file} is broken TOML: {error}") from error
    except RecursionError as error:
        raise SetupError(f"the settings file {file} is nested too deeply") from error


def refuse_secrets(where: str, table: object) -> None:
    """Let a table pass that names no key. Raises: SetupError, which says where keys belong."""
    found = sorted(SECRETS & {str(name).lower() for name in table}) if isinstance(table, Mapping) else []
    if found:
        raise SetupError(
            f"{where}: {found[0]} is not read from a file, because files get shared and committed; put the key into "
            'the environment variable OPENAI_API_KEY, or name another variable with api_key_env = "NAME"'
        )


def _explain(error: ValidationError) -> list[str]:
    known = list(_File.model_fields)
    lines: dict[str, list[str]] = {}
    for fault in error.errors(include_url=False, include_context=False):
        path = ".".join(str(part) for part in fault["loc"][:2] if part not in UNION)
        if fault["type"] == "extra_forbidden":
            lines[f"unknown key {path!r}{nearest_hint(path, known)}; known: {', '.join(known)}"] = []
        else:
            wanted = lines.setdefault(f"{path} is {str(fault['input'])[:60]!r}; wanted ", [])
            wanted.append(fault["msg"].removeprefix("Input should be "))
    return [found + " or ".join(dict.fromkeys(wanted)) for found, wanted in lines.items()]


def _place(name: str, folder: Path) -> str:
    """A tool's name; a file's as seen from the settings file's folder."""
    prefix, place = ("mcp:", name[4:]) if name.startswith("mcp:") else ("", name)
    if place.startswith(("http://", "https://")):
        return name
    return f"{prefix}{folder / place}" if place.endswith((".py", ".json")) or "/" in place else name


def _place_type(name: str, folder: Path) -> str:
    """The name of a type, or of an evaluator; its file's as seen from the settings file's folder."""
    file, colon, attribute = name.rpartition(":") if ".py:" in name else (name, "", "")
    return f"{_place(file, folder)}{colon}{attribute}"
