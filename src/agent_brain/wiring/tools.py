"""Tools by name."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from agent_brain.core.errors import UnknownName
from agent_brain.core.ports import Tool, Tools
from agent_brain.tools.load import load_tool, load_tools
from agent_brain.tools.toolbox import Toolbox

ALL_BUILTIN = "builtin"


def make_tools(tools: Tools | Iterable[Tool | Callable[..., Any] | str]) -> Tools:
    """One toolbox of all these tools, names resolved; a ready toolbox is returned as it is.

    Raises: SetupError for a name or file that gives no tool, and for two tools of one name.
    """
    if isinstance(tools, Tools):
        return tools
    found: list[Tool | Callable[..., Any]] = []
    for tool in tools:
        found.extend(_resolve(tool) if isinstance(tool, str) else [tool])
    return Toolbox(found)


def _resolve(name: str) -> Iterable[Tool]:
    if name == ALL_BUILTIN:
        return get_builtin_tools()
    if name.endswith(".py"):
        return load_tools(name)
    if ":" in name:
        return [load_tool(name)]
    from agent_brain.tools.asking import ask_person  # loaded here, like the built-in ones

    by_name = {tool.spec.name: tool for tool in (*get_builtin_tools(), ask_person)}
    if name not in by_name:
        raise UnknownName("tool", name, [*by_name, ALL_BUILTIN, "a file NAME.py", "package.module:name"])
    return [by_name[name]]


def get_builtin_tools() -> Sequence[Tool]:
    """All built-in tools; they are loaded here, so that a brain without them does without."""
    from agent_brain.tools.builtin import BUILTIN_TOOLS

    return BUILTIN_TOOLS
