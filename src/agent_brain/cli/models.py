"""`agent-brain models`: is the configured server there, and what does it support?"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer
from rich.console import Console
from rich.text import Text

from agent_brain.cli.brains import OFFLINE_NOTICE, get_key, hide_user, make_chat_model, name_models
from agent_brain.cli.help import show_help
from agent_brain.cli.options import ModelFlags, takes
from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import open_console, print_notice
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.models.tool_check import ToolCheck
from agent_brain.wiring.models import OFFLINE
from agent_brain.wiring.settings import Settings

SHOWN_MODELS_MAX = 20
HOW_TO_CONFIGURE = (
    "nothing is configured, so the offline model would answer.\n"
    "To use a real one:\n"
    "  hosted   export OPENAI_API_KEY=...   and perhaps AGENT_BRAIN_MODEL=NAME\n"
    "  local    export OPENAI_BASE_URL=http://127.0.0.1:8080/v1 AGENT_BRAIN_MODEL=NAME\n"
    "or put base_url and model into agent-brain.toml"
)

T = TypeVar("T")

models = typer.Typer(
    help="Ask the configured server what it has and supports.", callback=show_help, invoke_without_command=True
)


@models.command("check", epilog="Example:\n\nagent-brain models check --base-url http://127.0.0.1:8080/v1 --model NAME")
@takes(ModelFlags)
def check(*, flags: ModelFlags) -> None:
    """Stream a short reply from each configured model and say what its server supports."""
    settings = flags.read()
    console = open_console(sys.stdout, flags.color)
    if _is_nothing_configured(settings):
        console.print(HOW_TO_CONFIGURE, soft_wrap=True)
        return
    is_named = settings.model or settings.answering_model or settings.reasoning_model
    names = name_models(settings) if is_named or settings.base_url is None else [_choose_only(settings)]
    for name in names:
        if name == OFFLINE:
            console.print(OFFLINE_NOTICE, soft_wrap=True)
        else:
            _check(settings, name, console)


@models.command("list", epilog="Example:\n\nagent-brain models list --base-url http://127.0.0.1:8080/v1")
@takes(ModelFlags)
def list_(*, flags: ModelFlags) -> None:
    """Name the models that the configured server has, one a line."""
    settings = flags.read()
    if _is_nothing_configured(settings):
        print_notice(HOW_TO_CONFIGURE)
        print(OFFLINE)
        return
    found = _list(settings)
    if not found:
        print_notice("the server's list of models is empty")
    for name in found:
        print(clean(name))


def _is_nothing_configured(settings: Settings) -> bool:
    return settings.base_url is None and get_key(settings) is None and settings.model in (None, OFFLINE)


def _choose_only(settings: Settings) -> str:
    """The server's only model. Raises: SetupError where it has several, or does not say."""
    found = _ask(settings)
    server = hide_user(str(settings.base_url))
    if found is None:
        raise SetupError(f"no model is named, and {server} does not list its models; name one with --model")
    if len(found) != 1:
        raise SetupError(f"no model is named; {server} has: {_shorten(found) or 'none'}; name one with --model")
    print_notice(f"no model is named; the server has one: {found[0]}")
    return found[0]


def _list(settings: Settings) -> tuple[str, ...]:
    found = _ask(settings)
    if found is None:
        server = hide_user(settings.base_url or "the default server")
        raise ModelError(ModelErrorKind.NOT_FOUND, f"{server} does not list its models")
    return found


def _ask(settings: Settings) -> tuple[str, ...] | None:
    """The server's models. Raises: ModelError."""
    from agent_brain.models.model_list import list_models
    from agent_brain.models.openai_chat import OpenAIChat

    model = make_chat_model(settings, "any")  # the list is the same whoever asks
    assert isinstance(model, OpenAIChat)  # only the name `offline` gives another one
    return _run(lambda: list_models(model), model.aclose)


def _check(settings: Settings, name: str, console: Console) -> None:
    from agent_brain.models.openai_chat import OpenAIChat
    from agent_brain.models.server_check import ServerCheck, check_server
    from agent_brain.models.tool_check import check_tools

    model = make_chat_model(settings, name)
    assert isinstance(model, OpenAIChat)  # only the name `offline` gives another one

    async def ask() -> tuple[ServerCheck, ToolCheck]:
        return await check_server(model), await check_tools(model)

    found, tools = _run(ask, model.aclose)
    rows = {
        "server": found.host,
        "model": name,
        "models": _summarize(found.models, found.models_fault, name),
        "reply": " ".join(found.text.split()) or "(no text)",
        "streams": f"{found.pieces} piece{'' if found.pieces == 1 else 's'}"
        + (" (it may not really stream)" if found.pieces == 1 and len(found.text) > 20 else ""),
        "reasoning": "in a field of its own" if found.has_reasoning else "none seen",
        "profile": model.profile.name,
        "tools": _describe_tools(tools),
        "wire": _describe_wire(tools),
        "finish": found.finish or "no reason given",
        "usage": f"{found.usage.input_tokens} in, {found.usage.output_tokens} out" if found.usage else "not reported",
        "time": f"{found.first_seconds:.2f} s to the first word, {found.seconds:.2f} s in all",
    }
    console.print("ok", style="bold green")
    for key, value in rows.items():
        console.print(Text.assemble((f"{key:<10}", "dim"), clean(value)), soft_wrap=True)


def _describe_tools(check: ToolCheck) -> str:
    """What the server makes of tools."""
    match check.support:
        case "calls":
            return f"it calls them, in {check.pieces} piece{'' if check.pieces == 1 else 's'}"
        case "no_call":
            return "it takes them, and its model called none when told to"
        case "refused":
            return f"it refuses them ({check.reason})"
        case "broken":
            return f"it fails on its own call ({check.reason})"
    return f"not found out ({check.reason})"


def _describe_wire(check: ToolCheck) -> str:
    """What the wire `auto` would choose, and what could be named instead."""
    from agent_brain.models.tool_support import judge

    way = judge(check).way
    if check.support == "no_call":
        return f"auto would choose {way}, as the safer one; --wire native may work with another model"
    if check.support == "unknown":
        return f"auto would choose {way} for one run, and ask again for the next one"
    return f"auto would choose {way}"


def _summarize(found: tuple[str, ...] | None, fault: str, name: str) -> str:
    if found is None:
        return f"not listed{f' ({fault})' if fault else ''}"
    return _shorten(found) + ("" if name in found else f" ({name} is not among them)")


def _shorten(names: tuple[str, ...]) -> str:
    more = len(names) - SHOWN_MODELS_MAX
    return ", ".join(names[:SHOWN_MODELS_MAX]) + (f" and {more} more" if more > 0 else "")


def _run(work: Callable[[], Awaitable[T]], close: Callable[[], Awaitable[None]]) -> T:
    async def run() -> T:
        try:
            return await work()
        finally:
            await close()

    return asyncio.run(run())
