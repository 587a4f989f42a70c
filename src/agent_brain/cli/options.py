"""The options that commands share: from them, the environment and a file come a command's settings."""

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any

import typer

from agent_brain.cli.terminal import ColorChoice, print_notice
from agent_brain.core.errors import SetupError
from agent_brain.wiring.limit_settings import LIMIT_NAMES, parse_limits
from agent_brain.wiring.settings import Settings, find_unknown_variables, read_settings

MODEL_PANEL = "Model"
BRAIN_PANEL = "Brain"
SETTINGS_PANEL = "Settings"

Model = Annotated[
    list[str] | None,
    typer.Option(
        help="The model's name, or `offline`; repeatable: each is asked where those before it cannot answer.",
        rich_help_panel=MODEL_PANEL,
        metavar="NAME",
    ),
]
ReasoningModel = Annotated[
    str | None, typer.Option(help="Another model for reasoning.", rich_help_panel=MODEL_PANEL, metavar="NAME")
]
AnsweringModel = Annotated[
    str | None, typer.Option(help="Another model for the answer.", rich_help_panel=MODEL_PANEL, metavar="NAME")
]
MemoryModel = Annotated[
    str | None,
    typer.Option(
        help="Another model for what a memory has done: summaries.", rich_help_panel=MODEL_PANEL, metavar="NAME"
    ),
]
BaseUrl = Annotated[
    str | None, typer.Option(help="An OpenAI-compatible server.", rich_help_panel=MODEL_PANEL, metavar="URL")
]
ApiKeyEnv = Annotated[
    str | None,
    typer.Option(
        help="The variable that holds the key, OPENAI_API_KEY if none is named. A key itself is never taken as a flag: "
        "flags show in lists of processes and in shell histories.",
        rich_help_panel=MODEL_PANEL,
        metavar="NAME",
    ),
]
NetName = Annotated[
    str | None,
    typer.Option(
        "--net",
        help='How it thinks: see `net list`; with options in brackets: "retry(react, tries=3)".',
        rich_help_panel=BRAIN_PANEL,
        metavar="NAME",
    ),
]
Memory = Annotated[str | None, typer.Option(help="What it is shown.", rich_help_panel=BRAIN_PANEL, metavar="NAME")]
EvaluatorName = Annotated[
    str | None,
    typer.Option(
        "--evaluator",
        help="What says whether an answer is good, for nets that need to know: FILE.py:NAME or package.module:NAME.",
        rich_help_panel=BRAIN_PANEL,
        metavar="EVALUATOR",
    ),
]
WireName = Annotated[
    str | None,
    typer.Option(
        "--wire",
        help="How actions travel: `text`, as JSON in the reply; `native`, as tool calls; `auto`, as its server can.",
        rich_help_panel=BRAIN_PANEL,
        metavar="NAME",
    ),
]
Tools = Annotated[
    list[str] | None,
    typer.Option(
        "--tools",
        help="FILE.py, the name of a built-in tool, `builtin` for all of them, or package.module:name; MCP servers: a "
        "URL, mcp:FILE.py, or a FILE.json with mcpServers; repeatable.",
        rich_help_panel=BRAIN_PANEL,
        metavar="TOOLS",
    ),
]
NoTools = Annotated[bool, typer.Option("--no-tools", help="No tools at all.", rich_help_panel=BRAIN_PANEL)]
Instructions = Annotated[
    str | None, typer.Option(help="The system prompt in place of the net's own.", rich_help_panel=BRAIN_PANEL)
]
LimitTexts = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        help=f"NAME=VALUE, or NAME=none for no bound (save answer_seconds); repeatable: {', '.join(LIMIT_NAMES)}.",
        rich_help_panel=BRAIN_PANEL,
        metavar="NAME=VALUE",
    ),
]
AsksForMore = Annotated[
    bool | None,
    typer.Option(
        "--asks-for-more",
        help="A limit of calls, steps, tokens, money or seconds that is met asks you for more first.",
        rich_help_panel=BRAIN_PANEL,
    ),
]
ContextTokens = Annotated[
    int | None,
    typer.Option(
        "--context-tokens",
        help="How large the models' contexts are, in tokens of prompt and reply together: what does not fit is hidden.",
        rich_help_panel=BRAIN_PANEL,
        metavar="NUMBER",
    ),
]
AnswerTypeName = Annotated[
    str | None,
    typer.Option(
        "--answer-type",
        help="What the answer has to be, as JSON: FILE.py:NAME or package.module:NAME (a pydantic model, a dataclass "
        "...), or FILE.json, a JSON schema.",
        rich_help_panel=BRAIN_PANEL,
        metavar="TYPE",
    ),
]
StorePlace = Annotated[
    str | None,
    typer.Option(
        "--store",
        help="Where runs are kept: a file, or postgresql://HOST/DATABASE; otherwise a file of your own.",
        rich_help_panel=SETTINGS_PANEL,
        metavar="FILE|URL",
    ),
]
Config = Annotated[
    str | None, typer.Option(help="A TOML file of settings.", rich_help_panel=SETTINGS_PANEL, metavar="FILE")
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say where settings came from.", rich_help_panel=SETTINGS_PANEL)
]
Color = Annotated[
    ColorChoice, typer.Option("--color", help="When to colour the output.", rich_help_panel=SETTINGS_PANEL)
]
NoJournal = Annotated[
    bool, typer.Option("--no-journal", help="Keep nothing of the run.", rich_help_panel=SETTINGS_PANEL)
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="The answer alone.")]
EventsAsJson = Annotated[bool, typer.Option("--json", help="Every event as a JSON object in a line of its own.")]
ExperimentName = Annotated[
    str, typer.Argument(help="The experiment's TOML file, or its folder.", metavar="FILE|FOLDER")
]
AsJson = Annotated[bool, typer.Option("--json", help="The data, as JSON.")]
RunName = Annotated[str, typer.Argument(help="The run's id, shortened while it is unique, or `last`.", metavar="RUN")]


@dataclass(frozen=True)
class ModelFlags:
    """The flags that say which server is asked, as they were given."""

    model: Model = None
    base_url: BaseUrl = None
    api_key_env: ApiKeyEnv = None
    config: Config = None
    verbose: Verbose = False
    color: Color = ColorChoice.AUTO

    def read(self) -> Settings:
        """The settings that these flags, the environment and a file give together. Raises: SetupError."""
        flags = {"model": _unwrap(self.model), "base_url": self.base_url, "api_key_env": self.api_key_env}
        return read_and_tell(flags, self.config)


@dataclass(frozen=True)
class BrainFlags:
    """The flags that say how a brain is put together, as they were given."""

    model: Model = None
    reasoning_model: ReasoningModel = None
    answering_model: AnsweringModel = None
    memory_model: MemoryModel = None
    base_url: BaseUrl = None
    api_key_env: ApiKeyEnv = None
    net: NetName = None
    memory: Memory = None
    evaluator: EvaluatorName = None
    wire: WireName = None
    tools: Tools = None
    no_tools: NoTools = False
    instructions: Instructions = None
    limits: LimitTexts = None
    asks_for_more: AsksForMore = None
    context_tokens: ContextTokens = None
    answer_type: AnswerTypeName = None
    store: StorePlace = None
    config: Config = None
    verbose: Verbose = False
    color: Color = ColorChoice.AUTO

    def read(self, recalled: Mapping[str, Any] | None = None) -> Settings:
        """The settings that these flags, a run's own, the environment and a file give together. Raises: SetupError."""
        if self.no_tools and self.tools:
            raise SetupError("--no-tools and --tools were given; wanted one of them")
        names = (
            "reasoning_model",
            "answering_model",
            "memory_model",
            "base_url",
            "api_key_env",
            "net",
            "memory",
            "evaluator",
            "wire",
            "instructions",
            "asks_for_more",
            "context_tokens",
            "answer_type",
            "store",
        )
        flags: dict[str, Any] = {name: getattr(self, name) for name in names}
        flags["model"] = _unwrap(self.model)
        flags["tools"] = [] if self.no_tools else self.tools or None
        flags["limits"] = parse_limits(self.limits) if self.limits else None
        if recalled is not None:
            return read_settings(flags, os.environ, self.config, recalled)
        return read_and_tell(flags, self.config)


@dataclass(frozen=True)
class StoreFlags:
    """The flags that say where runs are kept, as they were given."""

    store: StorePlace = None
    config: Config = None
    color: Color = ColorChoice.AUTO

    def read(self) -> Settings:
        """The settings that these flags, the environment and a file give together. Raises: SetupError."""
        return read_and_tell({"store": self.store}, self.config)


def _unwrap(names: list[str] | None) -> list[str] | str | None:
    """One name as itself."""
    return names[0] if names and len(names) == 1 else names or None


def read_and_tell(flags: Mapping[str, Any], config: str | None) -> Settings:
    """The settings; variables that look like settings and are none are told of on stderr. Raises: SetupError."""
    settings = read_settings(flags, os.environ, config)
    for name, meant in find_unknown_variables(os.environ).items():
        if name != settings.api_key_env:
            print_notice(f"the variable {name} is no setting" + (f"; did you mean {meant}?" if meant else ""))
    return settings


def takes(
    flags: type[ModelFlags] | type[BrainFlags] | type[StoreFlags],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each field of `flags`; the command gets them as its argument `flags`."""
    names = [entry.name for entry in fields(flags)]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def call(**values: Any) -> None:
            given = flags(**{name: values.pop(name) for name in names})
            command(flags=given, **values)

        own = [entry for entry in inspect.signature(command).parameters.values() if entry.name != "flags"]
        shared = [
            entry.replace(kind=inspect.Parameter.KEYWORD_ONLY) for entry in inspect.signature(flags).parameters.values()
        ]
        own = [entry.replace(kind=inspect.Parameter.KEYWORD_ONLY) for entry in own]
        call.__signature__ = inspect.Signature([*own, *shared])  # type: ignore[attr-defined]  # what typer reads
        return call

    return decorate
