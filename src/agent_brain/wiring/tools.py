"""Tools by name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.tooling import Tool, Tools
from agent_brain.tools.load import load_tool, load_tools
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.toolbox import Toolbox
from agent_brain.wiring.mcp import is_server, make_mcp_toolbox, read_servers

ALL_BUILTIN = "builtin"

ToolName = Tool | Callable[..., Any] | str | McpServer | Mapping[str, Any]
"""A tool, or what names tools or the servers of tools."""


def make_tools(tools: Tools | Iterable[ToolName], of_parts: Sequence[Tool] = ()) -> Tools:
    """One toolbox of all these tools, names resolved, and of those of other parts; a ready toolbox alone is what it is.

    Raises: SetupError for a name or file that gives no tool, and for two tools of one name.
    """
    if isinstance(tools, Tools) and not of_parts:
        return tools
    if isinstance(tools, Tools) and not isinstance(tools, Iterable):
        names = ", ".join(tool.spec.name for tool in of_parts)
        raise SetupError(f"the memory or the net brings tools ({names}); wanted tools as a list, to add them to")
    tools = [*tools, *of_parts]
    found: list[Tool | Callable[..., Any]] = []
    servers: list[McpServer] = []
    for tool in tools:
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
    if name not in by_name:
        others = ["a file NAME.py", "package.module:name", "an MCP server: URL, mcp:NAME.py or NAME.json"]
        raise UnknownName("tool", name, [*by_name, ALL_BUILTIN, *others])
    return [by_name[name]]


def get_builtin_tools() -> Sequence[Tool]:
    """All built-in tools; they are loaded here, so that a brain without them does without."""
    from agent_brain.tools.builtin import BUILTIN_TOOLS

    return BUILTIN_TOOLS
