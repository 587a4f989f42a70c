"""Tools by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.tooling import Tool, Tools
from agent_brain.tools.load import load_tool, load_tools, make_tool
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.toolbox import Extendable, Toolbox
from agent_brain.wiring.making import find_entry_points, load_entry_point
from agent_brain.wiring.mcp import is_server, make_mcp_toolbox, read_servers

ALL_BUILTIN = "builtin"

ToolName = Tool | Callable[..., Any] | str | McpServer | Mapping[str, Any]
"""A tool, or what names tools or the servers of tools."""


def make_tools(tools: Tools | Iterable[ToolName], of_parts: Sequence[Tool] = ()) -> Tools:
    """One toolbox of all these tools, names resolved, and of those of other parts; a ready toolbox alone is what it is.

    Raises: SetupError for a name or file that gives no tool, and for two tools of one name.
    """
    if type(tools) in (list, tuple):  # what it mostly is: looking for ports takes longer than all else here
        return _collect(cast(Sequence[ToolName], tools), of_parts)
    if isinstance(tools, str) or not isinstance(tools, Tools | Iterable):
        raise SetupError(f"tools is {tools!r:.100}; wanted a list of tools or of their names, such as ['builtin']")
    if isinstance(tools, Tools) and not of_parts:
        return tools
    if isinstance(tools, Extendable):
        return tools.extended(of_parts)
    if isinstance(tools, Tools):
        names = ", ".join(tool.spec.name for tool in of_parts)
        raise SetupError(f"the memory or the net brings tools ({names}); wanted tools as a list, to add them to")
    return _collect(tools, of_parts)


def _collect(tools: Iterable[ToolName], of_parts: Sequence[Tool]) -> Tools:
    found: list[Tool | Callable[..., Any]] = []
    servers: list[McpServer] = []
    for tool in (*tools, *of_parts):
        if isinstance(tool, McpServer | Mapping) or is_server(tool):
            servers.extend(read_servers(tool))
        else:
            found.extend(_resolve(tool) if isinstance(tool, str) else [tool])
    return make_mcp_toolbox(found, servers) if servers else Toolbox(found)


def _resolve(name: str) -> Iterable[Tool]:
    if name == ALL_BUILTIN:
        return get_builtin_tools()
    if name.endswith(".py"):
        return load_tools(name)
    if ":" in name:
        return [load_tool(name)]
    from agent_brain.tools.asking import ask_person  # loaded here, like the built-in ones

    by_name = {tool.spec.name: tool for tool in (*get_builtin_tools(), ask_person)}
    if name in by_name:
        return [by_name[name]]
    made = load_entry_point("tool", name)
    if made is None:
        others = ["a file NAME.py", "package.module:name", "an MCP server: URL, mcp:NAME.py or NAME.json"]
        raise UnknownName("tool", name, [*by_name, *find_entry_points("tool"), ALL_BUILTIN, *others])
    return made if isinstance(made, list | tuple) else [make_tool(made)]


def get_builtin_tools() -> Sequence[Tool]:
    """All built-in tools; they are loaded here, so that a brain without them does without."""
    from agent_brain.tools.builtin import BUILTIN_TOOLS

    return BUILTIN_TOOLS
