"""A brain from settings, and what the person is told about it."""

import difflib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from agent_brain.brain import Brain
from agent_brain.cli.terminal import print_notice
from agent_brain.core.answer_type import AnswerType
from agent_brain.core.chat import ChatModel
from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.store import Store
from agent_brain.core.tooling import Tools
from agent_brain.core.usage import Usage
from agent_brain.models.fallback import list_models
from agent_brain.models.prices import Prices
from agent_brain.models.served import find_server
from agent_brain.wiring.addresses import is_elsewhere, read_timeouts
from agent_brain.wiring.answer_types import find_answer_type
from agent_brain.wiring.models import OFFLINE, choose_models, make_model
from agent_brain.wiring.needs import check_playable, make_evaluator, tell_crowds
from agent_brain.wiring.nets import searching
from agent_brain.wiring.settings import API_KEY_ENV, Settings
from agent_brain.wiring.tools import make_tools

OFFLINE_NOTICE = (
    "offline: the embedded stand-in, a set of rules and no language model; it plans simple questions over the built-in "
    "tools. For a real model set OPENAI_API_KEY, or --base-url and --model."
)
KEY_CHARACTERS_MIN = 8
OWN_OPTIONS = frozenset({"model", "messages", "stream", "tools", "tool_choice", "functions", "n"})
"""Fields of the request that the brain itself sets."""
KNOWN_OPTIONS = (
    "temperature", "top_p", "top_k", "min_p", "max_tokens", "max_completion_tokens", "frequency_penalty",
    "presence_penalty", "repetition_penalty", "repeat_penalty", "seed", "stop", "logit_bias", "reasoning_effort",
    "verbosity", "response_format", "service_tier", "user", "metadata", "store", "stream_options", "extra_body",
)  # fmt: skip

FindModel = Callable[[str], ChatModel]
"""Gives the model of a name."""


def make_brain(settings: Settings, store: Store | None = None, find_model: FindModel | None = None) -> Brain:
    """The brain that these settings describe; with no store it keeps runs in memory.

    `find_model` gives other models of these names than the ones on the configured server.
    Raises: SetupError.
    """
    _check_options(settings.model_options)
    find = find_model or (lambda name: make_chat_model(settings, name))
    reasoning, answering, memory = settings.reasoning_model, settings.answering_model, settings.memory_model
    names = name_models(settings)
    if find_model is None and not reasoning and set(names) == {OFFLINE}:
        check_playable(settings.net, settings.memory)
    return Brain(
        net=settings.net,
        prompts=settings.prompts,
        memory=settings.memory,
        evaluator=load_evaluator(settings.evaluator),
        wire=settings.wire,
        model=make_chat_model(settings, *names) if find_model is None else [find_model(name) for name in names],
        tools=find_tools(settings.tools),
        reasoning_model=None if reasoning is None else find(reasoning),
        answering_model=None if answering is None else find(answering),
        memory_model=None if memory is None else find(memory),
        instructions=settings.instructions,
        limits=settings.limits,
        asks_for_more=settings.asks_for_more,
        context_tokens=settings.context_tokens,
        answer_type=load_answer_type(settings.answer_type),
        prices=settings.prices if find_model is None else _Free(),
        store=store,
        secrets=find_secrets(settings),
    )


class _Free(Prices):
    """Charges nothing: models that cost something have stand-ins here, and a journal tells what they have cost."""

    def find(self, model: ChatModel, usage: Usage) -> float:
        """Nothing at all."""
        return 0.0


def name_models(settings: Settings) -> list[str]:
    """The names of the models that are asked, in order: the embedded one only where nothing at all is configured."""
    named = settings.model or settings.answering_model or settings.reasoning_model
    if named is None:
        return choose_models(os.environ, base_url=settings.base_url, api_key=get_key(settings))
    return [named] if isinstance(named, str) else list(named)


def make_chat_model(settings: Settings, *names: str) -> ChatModel:
    """The models of these names on the configured server, as one. Raises: SetupError where their key is missing."""
    key = get_key(settings)
    served = [name for name in names if name != OFFLINE and not is_elsewhere(name, settings.models)]
    if served and not key and settings.base_url is None:
        raise SetupError(
            f"model {served[0]!r} is asked for, but {settings.api_key_env} holds no key; set it, or name a server that "
            "needs none with --base-url or OPENAI_BASE_URL, or try --model offline"
        )
    return make_model(
        names,
        base_url=settings.base_url,
        api_key=key,
        options=settings.model_options,
        profile=settings.profile,
        timeouts=read_timeouts(settings.timeouts, "timeouts"),
        models=settings.models,
    )


def find_tools(names: tuple[str, ...]) -> Tools:
    """The tools of these names; modules in the current folder are found too, after all installed ones."""
    with searching(Path.cwd()):
        return make_tools(names)


def load_answer_type(name: str | None) -> AnswerType | None:
    """The answer type of this name; modules in the current folder are found too. Raises: SetupError."""
    with searching(Path.cwd()):
        return find_answer_type(name)


def load_evaluator(name: str | None) -> Evaluator | None:
    """The evaluator of this name; modules in the current folder are found too. Raises: SetupError."""
    with searching(Path.cwd()):
        return make_evaluator(name)


def get_key(settings: Settings) -> str | None:
    """The key, from the variable that the settings name.

    Raises: SetupError where one was named that holds nothing, and for what no HTTP header can carry.
    """
    key = os.environ.get(settings.api_key_env, "").strip()
    if not key and settings.api_key_env != API_KEY_ENV:
        where = settings.sources.get("api_key_env", "the settings")
        raise SetupError(f"the key is to be in the variable {settings.api_key_env} (so says {where}), which is empty")
    if not (key.isascii() and key.isprintable()):
        raise SetupError(f"the variable {settings.api_key_env} holds characters that no key has; was it copied whole?")
    return key or None


def find_secrets(settings: Settings) -> list[str]:
    """What no journal may hold: the key, the password of a URL, and the values of the variables in `secrets`.

    A short key is a stand-in for servers that need none, and hiding it would hide ordinary words.
    Raises: SetupError for a name that is none.
    """
    password = urlsplit(settings.base_url or "").password or ""
    keys = [get_key(settings) or "", password, *_find_model_secrets(settings)]
    found = [value for value in keys if len(value) >= KEY_CHARACTERS_MIN]
    for name in settings.secrets:
        if not name.isidentifier():
            raise SetupError("secrets holds what is no variable's name; wanted names such as GITHUB_TOKEN, no values")
        value = os.environ.get(name, "").strip()
        if not value:
            print_notice(f"secrets names the variable {name}, which is empty")
        found.append(value)
    return found


def _find_model_secrets(settings: Settings) -> Iterator[str]:
    """The keys and passwords of models with servers of their own."""
    for table in settings.models.values():
        yield os.environ.get(table.get("api_key_env", ""), "").strip()
        yield urlsplit(table.get("base_url", "")).password or ""


def tell_about(settings: Settings, brain: Brain, *, is_verbose: bool, is_quiet: bool = False) -> None:
    """Say on stderr which model answers, and where the settings came from.

    However quiet: that the embedded model answers, and that a file of the current folder has a say, is always told.
    """
    models = [each for model in brain.models.values() for each in list_models(model)]
    if any(model.name == OFFLINE for model in models):
        print_notice(OFFLINE_NOTICE)
    by_server: dict[str, list[str]] = {}
    for model in models:
        names = by_server.setdefault(hide_user(find_server(model)) or "the default server", [])
        if model.name not in (OFFLINE, *names):
            names.append(model.name)
    told = ", ".join(f"{', '.join(names)} at {server}" for server, names in by_server.items() if names)
    if told and not is_quiet:
        print_notice(f"model: {told}")
    for words in tell_crowds(brain.net, brain.limits):
        print_notice(words)
    if settings.is_file_local or (is_verbose and settings.file):
        set_there = [name for name, where in settings.sources.items() if where == str(settings.file)]
        print_notice(f"settings from {settings.file}: {', '.join(set_there) or 'none'}")
    if is_verbose:
        for name, where in settings.sources.items():
            print_notice(f"  {name} = {hide_user(repr(getattr(settings, name)))} from {where}")


def hide_user(url: str) -> str:
    """The URL without a name and a password in it."""
    return re.sub(r"//[^/\s]*@", "//", url)


def _check_options(options: Mapping[str, object]) -> None:
    own = sorted(OWN_OPTIONS & options.keys())
    if own:
        raise SetupError(f"model_options.{own[0]} cannot be set: the brain itself sets it")
    for name in options:
        close = [] if name in KNOWN_OPTIONS else difflib.get_close_matches(name, KNOWN_OPTIONS, n=1, cutoff=0.8)
        if close:
            print_notice(f"model_options.{name} is sent as it stands; did you mean {close[0]!r}?")
