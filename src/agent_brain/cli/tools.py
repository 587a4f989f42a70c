"""`agent-brain tools`: what a model can have done."""

import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.text import Text

from agent_brain.cli.brains import find_tools
from agent_brain.cli.help import show_help
from agent_brain.cli.json_lines import write_json
from agent_brain.cli.options import Color, Config, read_and_tell
from agent_brain.cli.options import Tools as ToolNames
from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import ColorChoice, open_console
from agent_brain.core.ports import Closable
from agent_brain.core.tooling import Openable, Tools, ToolSpec

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")

tools = typer.Typer(help="The tools that a model is told of.", callback=show_help, invoke_without_command=True)


@tools.command("list", epilog="Example:\n\nagent-brain tools list --tools my_tools.py")
def list_(
    names: ToolNames = None,
    as_json: bool = typer.Option(False, "--json", help="Their schemas, as one JSON array."),
    config: Config = None,
    color: Color = ColorChoice.AUTO,
) -> None:
    """Show the tools with their arguments."""
    settings = read_and_tell({"tools": names or None}, config)
    specs = asyncio.run(_learn(find_tools(settings.tools)))
    if as_json:
        write_json(sys.stdout, [_describe(spec) for spec in specs])
        return
    console = open_console(sys.stdout, color)
    for spec in specs:
        first = _SENTENCE_END.split(" ".join(spec.description.split()), maxsplit=1)[0]
        console.print(
            Text.assemble((clean(spec.name), "bold cyan"), describe_arguments(spec.parameters)), soft_wrap=True
        )
        console.print(Text(f"    {clean(first)}"), soft_wrap=True)


async def _learn(tools: Tools) -> Sequence[ToolSpec]:
    """What there is; servers of tools are asked."""
    try:
        if isinstance(tools, Openable):
            await tools.open()
        return tools.specs
    finally:
        if isinstance(tools, Closable):
            await tools.aclose()


def describe_arguments(schema: Mapping[str, Any]) -> str:
    """The arguments in a line: `(text: string, times?: integer)`."""
    required = schema.get("required", ())
    parts = [
        f"{name}{'' if name in required else '?'}: {_name_type(rule)}"
        for name, rule in schema.get("properties", {}).items()
    ]
    return clean(f"({', '.join(parts)})")


def _name_type(rule: Mapping[str, Any]) -> str:
    if "enum" in rule:
        return "|".join(map(str, rule["enum"]))
    options = rule.get("anyOf") or rule.get("oneOf")
    if options:
        return "|".join(dict.fromkeys(map(_name_type, options)))
    return str(rule.get("type") or rule.get("$ref", "any").rpartition("/")[2])


def _describe(spec: ToolSpec) -> dict[str, Any]:
    return {"name": spec.name, "description": spec.description, "parameters": spec.parameters}
