"""Where models are asked that are on servers of their own: `NAME@URL`, and the tables [models.NAME] of the settings."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from agent_brain.core.errors import SetupError, nearest_hint
from agent_brain.models.model_errors import NO_KEY
from agent_brain.models.profiles import Profile
from agent_brain.models.timeouts import Timeouts

KEYS = ("model", "base_url", "api_key_env", "options", "timeouts", "profile")

BARE_SERVER = re.compile(r"(localhost|[\w.-]+:\d{2,5}|\d{1,3}(\.\d{1,3}){3})(/\S*)?")
"""A server without its scheme; versions of models (`claude@20250101`) are none."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a model is asked, and how."""

    model: str = ""
    """What its server calls it."""
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    options: Mapping[str, Any] = field(default_factory=dict)
    timeouts: Timeouts | None = None
    profile: str | Profile | None = None


class _Entry(BaseModel):
    """One model's table."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    options: dict[str, Any] = {}
    timeouts: dict[str, Any] = {}
    profile: str | None = None


def find_address(name: str, default: Address, models: Mapping[str, Any], environ: Mapping[str, str]) -> Address:
    """Where the model of this name is asked: where its table says, or its URL, or else where all others are.

    The key of one server is sent to no other: one that has a URL of its own has the key of the variable that its table
    names, or none.
    Raises: SetupError.
    """
    if name in models:
        return _read_address(name, models[name], default, environ)
    model, url = split_name(name)
    if url is None:
        return replace(default, model=name)
    return replace(default, model=model, base_url=url, api_key=NO_KEY, profile=None)


def is_elsewhere(name: str, models: Mapping[str, Any]) -> bool:
    """True for a model that says itself which server it is on, or which key it is asked with."""
    table = models.get(name, {})
    return bool(split_name(name)[1] or table.get("base_url") or table.get("api_key_env"))


def split_name(name: str) -> tuple[str, str | None]:
    """A model's name and the URL behind its last `@`, or None.

    Raises: SetupError for a URL that is none, or that holds a password: the name is kept with the run.
    """
    model, sign, url = name.rpartition("@")
    while sign and not url.startswith(("http://", "https://")) and "://" in model:
        model, sign, rest = model.rpartition("@")
        url = f"{rest}@{url}"
    if not sign or not url.startswith(("http://", "https://")):
        if model and BARE_SERVER.fullmatch(url):
            raise SetupError(f"a model's server is {url!r}; wanted http:// or https:// before it: NAME@http://{url}")
        return name, None
    if urlsplit(url).username is not None:
        raise SetupError("a model's URL holds a name or a password; wanted a table [models.NAME] with base_url")
    if not model or not urlsplit(url).hostname:
        raise SetupError(f"model {name!r} is no NAME@URL; wanted such as qwen3@http://127.0.0.1:8080/v1")
    return model, url


def check_models(models: Mapping[str, Any], where: str) -> None:
    """Let tables pass that say where models are. Raises: SetupError with the place of the fault."""
    for name, table in models.items():
        _read_entry(name, table, where)


def read_timeouts(
    given: Mapping[str, Any] | Timeouts | None, where: str, base: Timeouts | None = None
) -> Timeouts | None:
    """Timeouts by name, the others as they are in `base`. Raises: SetupError for what is no number of seconds."""
    if isinstance(given, Timeouts):
        return given
    if not given:
        return base
    known = [entry.name for entry in fields(Timeouts)]
    for name, seconds in given.items():
        if name not in known:
            raise SetupError(f"{where} has {name!r}{nearest_hint(name, known)}; known: {', '.join(known)}")
        is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
        if not is_number or not 0 < seconds < math.inf:
            raise SetupError(f"{where}: {name} is {seconds!r:.60}; wanted seconds, more than 0")
    return replace(base or Timeouts(), **{name: float(seconds) for name, seconds in given.items()})


def _read_address(name: str, table: Any, default: Address, environ: Mapping[str, str]) -> Address:
    entry = _read_entry(name, table, "the settings")
    key = NO_KEY if entry.base_url else default.api_key
    if entry.api_key_env:
        key = environ.get(entry.api_key_env, "").strip()
        if not key:
            raise SetupError(f"the key of model {name!r} is to be in the variable {entry.api_key_env}, which is empty")
    return Address(
        entry.model or name,
        entry.base_url or default.base_url,
        key,
        {**default.options, **entry.options},
        read_timeouts(entry.timeouts, f"models.{name}.timeouts", default.timeouts),
        entry.profile or (None if entry.base_url else default.profile),
    )


def _read_entry(name: str, table: Any, where: str) -> _Entry:
    try:
        entry = _Entry.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = ".".join(map(str, (name, *first["loc"])))
        raise SetupError(f"{where}: models.{path}: {first['msg']}; known: {', '.join(KEYS)}") from error
    url = entry.base_url
    if url is not None and not (url.startswith(("http://", "https://")) and urlsplit(url).hostname):
        raise SetupError(f"{where}: models.{name}.base_url is no URL; wanted http://HOST:PORT/v1 or https://HOST/v1")
    read_timeouts(entry.timeouts, f"{where}: models.{name}.timeouts")
    return entry
