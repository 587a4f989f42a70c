"""Settings: what flags, the environment and a TOML file say together, each overruling the ones after it."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agent_brain.core.errors import SetupError
from agent_brain.engine.limits import Limits
from agent_brain.wiring.limit_settings import LIMIT_NAMES, read_limits
from agent_brain.wiring.settings_file import read_file, refuse_unasked

LOCAL_FILE = "agent-brain.toml"
"""Looked for in the current folder."""
USER_FILE = Path("agent-brain", "config.toml")
"""Looked for in the user's folder of settings."""
API_KEY_ENV = "OPENAI_API_KEY"
CONFIG_ENV = "AGENT_BRAIN_CONFIG"
PREFIX = "AGENT_BRAIN_"
LIMITS_PREFIX = f"{PREFIX}LIMITS_"
RECALLED = "the run's own settings"
"""Where a setting came from that a run was asked with."""

ENVIRONMENT: Mapping[str, str] = {
    "model": "AGENT_BRAIN_MODEL",
    "reasoning_model": "AGENT_BRAIN_REASONING_MODEL",
    "answering_model": "AGENT_BRAIN_ANSWERING_MODEL",
    "memory_model": "AGENT_BRAIN_MEMORY_MODEL",
    "base_url": "OPENAI_BASE_URL",
    "api_key_env": "AGENT_BRAIN_API_KEY_ENV",
    "net": "AGENT_BRAIN_NET",
    "memory": "AGENT_BRAIN_MEMORY",
    "evaluator": "AGENT_BRAIN_EVALUATOR",
    "wire": "AGENT_BRAIN_WIRE",
    "profile": "AGENT_BRAIN_PROFILE",
    "tools": "AGENT_BRAIN_TOOLS",
    "instructions": "AGENT_BRAIN_INSTRUCTIONS",
    "store": "AGENT_BRAIN_STORE",
    "secrets": "AGENT_BRAIN_SECRETS",
    "asks_for_more": "AGENT_BRAIN_ASKS_FOR_MORE",
    "context_tokens": "AGENT_BRAIN_CONTEXT_TOKENS",
    "answer_type": "AGENT_BRAIN_ANSWER_TYPE",
}
"""For each setting the variable that holds it; an empty variable counts as none."""
NAMED = (
    "model",
    "reasoning_model",
    "answering_model",
    "memory_model",
    "api_key_env",
    "net",
    "memory",
    "evaluator",
    "wire",
    "profile",
    "store",
    "answer_type",
)
"""Settings that cannot be empty: without a word, an empty model would be another model."""
LISTS = ("tools", "secrets")
"""Settings with several values, which commas part in a variable."""
SAID = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command line's brain is made of, by name; it holds no key, only where keys are found."""

    model: str | tuple[str, ...] | None = None
    """Several are asked in this order, each where those before it cannot answer."""
    reasoning_model: str | None = None
    answering_model: str | None = None
    memory_model: str | None = None
    base_url: str | None = None
    api_key_env: str = API_KEY_ENV
    net: str = "react"
    memory: str = "messages"
    evaluator: str | None = None
    """What says whether an answer is good: `FILE.py:NAME` or `package.module:NAME`."""
    prompts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Words in place of nets' own, by net and name."""
    wire: str = "text"
    profile: str | None = None
    """What the server does with reasoning; None: what its address, or the model's name, tells."""
    tools: tuple[str, ...] = ("builtin",)
    instructions: str | None = None
    limits: Limits = field(default_factory=Limits)
    model_options: Mapping[str, Any] = field(default_factory=dict)
    models: Mapping[str, Any] = field(default_factory=dict)
    """Models with a server, key, options or timeouts of their own, by name."""
    timeouts: Mapping[str, Any] = field(default_factory=dict)
    """How long a call to a model may take, by the names of `Timeouts`."""
    prices: Mapping[str, Any] = field(default_factory=dict)
    """What models cost, by name: `input`, `output` and perhaps `cached`, in US dollars for a million tokens."""
    store: str | None = None
    """A file or a URL; None: the user's own file."""
    secrets: tuple[str, ...] = ()
    """Variables whose values no journal may hold."""
    context_tokens: int | None = None
    """How large the models' contexts are, prompt and reply together; None: as tables and refusals tell."""
    asks_for_more: bool = False
    """A limit that is met asks a person for more."""
    answer_type: str | None = None
    """What an answer has to be: `FILE.py:NAME`, `package.module:NAME`, or a `FILE.json` with a JSON schema."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where each setting that is no default came from."""
    file: Path | None = None
    """The TOML file that was read."""

    @property
    def is_file_local(self) -> bool:
        """True when the file is the one of the current folder."""
        return self.file == Path(LOCAL_FILE)


def read_settings(
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    config: str | None = None,
    recalled: Mapping[str, Any] | None = None,
) -> Settings:
    """Put the layers together: flags, then what a run was asked with, then the environment, the file, and defaults.

    `flags` holds settings by name, None for those not given; limits and model options are added up key by key.
    Raises: SetupError for a value or file that makes no sense.
    """
    if config == "":
        raise SetupError("the settings file is named '' in the command line; wanted a file's name")
    named = config or environ.get(CONFIG_ENV) or None
    file = _find_file(named, environ)
    of_file = read_file(file) if file else {}
    if file == Path(LOCAL_FILE) and named is None:
        refuse_unasked(file, of_file)
    layers = {
        str(file): of_file,
        "the environment": _read_environment(environ),
        RECALLED: recalled or {},
        "the command line": {name: value for name, value in flags.items() if value is not None},
    }
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for where, layer in layers.items():
        for name, value in layer.items():
            values[name] = {**values.get(name, {}), **value} if isinstance(value, Mapping) else value
            sources[name] = where
    _check_url(values.get("base_url"), sources.get("base_url", ""))
    _check_names(values, sources)
    if not isinstance(values.get("model", ""), str):
        values["model"] = tuple(values["model"]) if len(values["model"]) > 1 else values["model"][0]
    values["limits"] = Limits(**values.get("limits", {}))
    for name in LISTS:
        values[name] = tuple(values.get(name, getattr(Settings(), name)))
    return Settings(**values, sources=sources, file=file)


def find_unknown_variables(environ: Mapping[str, str]) -> dict[str, str | None]:
    """The variables that look like settings and are none, each with the one that was perhaps meant."""
    limits = [f"{LIMITS_PREFIX}{name.upper()}" for name in LIMIT_NAMES]
    known = {_shorten(name): name for name in (API_KEY_ENV, CONFIG_ENV, *ENVIRONMENT.values(), *limits)}
    unknown = [name for name, value in environ.items() if value and name.startswith(PREFIX)]
    return {
        name: known.get(next(iter(difflib.get_close_matches(_shorten(name), known, n=1)), ""))
        for name in unknown
        if name not in known.values() and not name.startswith(LIMITS_PREFIX)
    }


def _shorten(variable: str) -> str:
    return variable.removeprefix(PREFIX).removeprefix("OPENAI_")


def _read_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    layer: dict[str, Any] = {name: environ[key] for name, key in ENVIRONMENT.items() if environ.get(key)}
    for several in (*LISTS, "model"):
        if several in layer:
            layer[several] = [name.strip() for name in layer[several].split(",") if name.strip()]
    if "asks_for_more" in layer:
        layer["asks_for_more"] = _read_flag("asks_for_more", layer["asks_for_more"])
    if "context_tokens" in layer:
        layer["context_tokens"] = _read_number("context_tokens", layer["context_tokens"])
    limits = {
        key.removeprefix(LIMITS_PREFIX).lower(): value
        for key, value in environ.items()
        if key.startswith(LIMITS_PREFIX) and value
    }
    if limits:
        layer["limits"] = read_limits(limits, f"{LIMITS_PREFIX}*")
    return layer


def _read_number(name: str, word: str) -> int:
    if not word.strip().isdecimal():
        raise SetupError(f"{ENVIRONMENT[name]} is {word!r:.60}; wanted a whole number")
    return int(word)


def _read_flag(name: str, word: str) -> bool:
    if word.strip().lower() not in SAID:
        raise SetupError(f"{ENVIRONMENT[name]} is {word!r:.60}; wanted one of {', '.join(SAID)}")
    return SAID[word.strip().lower()]


def _find_file(named: str | None, environ: Mapping[str, str]) -> Path | None:
    """The named file, or the first that exists of the known places."""
    if named is not None:
        return Path(named)
    home = environ.get("XDG_CONFIG_HOME") or os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".config")
    places = [Path(LOCAL_FILE), Path(home) / USER_FILE]
    return next((place for place in places if place.is_file()), None)


def _check_names(values: Mapping[str, Any], sources: Mapping[str, str]) -> None:
    for name in NAMED:
        value = values.get(name, name)
        if not value or not all(each.strip() for each in ([value] if isinstance(value, str) else value)):
            raise SetupError(f"{name} is {value!r} in {sources[name]}; wanted a name, or no {name} at all")


def _check_url(url: str | None, where: str) -> None:
    if url is not None and not _is_url(url):
        raise SetupError(f"base_url {url!r} from {where} is no URL; wanted http://HOST:PORT/v1 or https://HOST/v1")


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    is_clean = text.isascii() and text.isprintable() and " " not in text
    return is_clean and parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0
