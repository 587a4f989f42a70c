"""Source: what one MCP server can do, asked anew whenever a run begins."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcp_types import Tool

from agent_brain.core.tooling import ToolSpec
from agent_brain.tools.attempt import Attempt
from agent_brain.tools.mcp.connection import Connection
from agent_brain.tools.mcp.link import Link, Unreachable
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.mcp.tool import McpTool
from agent_brain.tools.result_text import make_safe

NAME_CHARACTERS_MAX = 64
"""The longest name of a tool that model servers take."""
NO_NAME_CHARACTERS = re.compile(r"[^A-Za-z0-9_-]")


class Source:
    """The tools of one server as it last told them."""

    def __init__(self, server: McpServer) -> None:
        self.server = server
        self.tools: tuple[McpTool, ...] = ()
        self._connection = Connection(server)
        self._listed: list[Tool] | None = None

    async def open(self) -> None:
        """Connect where nothing is connected, and ask what there is.

        A server that is gone since it was first asked keeps its tools, and calls of them say that it is gone.
        Raises: Unreachable for one that has never been reached.
        """
        broken: Link | None = None
        for _ in range(2):
            try:
                link = await self._connection.get(broken)
            except Unreachable:
                if self._listed is None:
                    raise
                return
            attempt = Attempt()
            with attempt:
                if link.is_fresh:
                    link.is_fresh = False
                else:
                    await asyncio.wait_for(link.list_tools(), self.server.connect_seconds)
            self._take(link.tools)
            if attempt.failure is None:
                return
            broken = link

    def tell_found(self) -> list[dict[str, Any]] | None:
        """The tools as JSON; None where it has never been reached."""
        if self._listed is None:
            return None
        return [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in self._listed]

    def recall(self, told: Sequence[Any]) -> bool:
        """Take these for its tools, unless it has been reached; True where they are taken."""
        if self._listed is not None:
            return False
        self.tools = tuple(self._make(Tool.model_validate(tool)) for tool in told)
        return True

    async def aclose(self) -> None:
        """Close the running loop's connection."""
        await self._connection.aclose()

    def _take(self, listed: list[Tool]) -> None:
        if listed != self._listed:
            self._listed = listed
            self.tools = tuple(self._make(tool) for tool in listed)

    def _make(self, tool: Tool) -> McpTool:
        hints = tool.annotations if self.server.trusted else None
        spec = ToolSpec(
            clean_name(tool.name),
            make_safe(tool.description or tool.title or ""),
            _complete(tool.input_schema),
            read_only=bool(hints and hints.read_only_hint),
            idempotent=bool(hints and hints.idempotent_hint),
            timeout_seconds=self.server.timeout_seconds,
            needs_approval=self.server.needs_approval,
        )
        return McpTool(self._connection, spec, tool.name)


def clean_name(name: str) -> str:
    """A name that model servers take."""
    return NO_NAME_CHARACTERS.sub("_", name)[:NAME_CHARACTERS_MAX] or "tool"


def rename(tool: McpTool, name: str) -> McpTool:
    """The same tool under another name."""
    return tool if name == tool.spec.name else replace(tool, spec=replace(tool.spec, name=name))


def _complete(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as that of an object, which some servers do not say."""
    return {"type": "object", "properties": {}, **schema}
