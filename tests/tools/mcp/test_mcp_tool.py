"""A tool of an MCP server keeps the promises of every tool."""

from collections.abc import AsyncGenerator
from typing import Any, Literal

import pytest

from agent_brain.core.tooling import Tool, ToolSpec
from agent_brain.tools.mcp.connection import Connection
from agent_brain.tools.mcp.tool import McpTool
from tools.mcp.serving import Told, small
from tools.tool_contract import ToolContract

NUMBERS = {"a": {"type": "integer"}, "b": {"type": "integer"}}
TWO = {"type": "object", "properties": NUMBERS, "required": ["a", "b"], "additionalProperties": False}
NOTHING: dict[str, Any] = {"type": "object", "properties": {}}


class TestMcpTool(ToolContract):
    mode: Literal["auto", "legacy"] = "auto"

    @pytest.fixture(autouse=True)
    async def _connect(self, told: Told) -> AsyncGenerator[None, None]:
        self.connection = Connection(small(told, mode=self.mode))
        yield
        await self.connection.aclose()

    def make(self, name: str, schema: dict[str, Any]) -> Tool:
        return McpTool(self.connection, ToolSpec(name, "", schema), name)

    def make_adder(self) -> Tool:
        return self.make("add", TWO)

    def make_failing(self) -> Tool:
        return self.make("fail", NOTHING)

    def make_waiting(self) -> Tool:
        return self.make("wait", NOTHING)


class TestMcpToolOfTheHandshakeEra(TestMcpTool):
    mode = "legacy"
