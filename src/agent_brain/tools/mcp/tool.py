"""McpTool: one tool of an MCP server."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.core.tooling import Question, ToolSpec
from agent_brain.tools.mcp.call import Call
from agent_brain.tools.mcp.connection import Connection
from agent_brain.tools.mcp.dialogue import Dialogue
from agent_brain.tools.mcp.schema import find_faults


@dataclass(frozen=True, slots=True)
class McpTool:
    """Calls it over the running event loop's connection."""

    connection: Connection
    spec: ToolSpec
    """What a model is told of it."""
    name: str
    """What its server calls it."""

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation | Question, None]:
        """As `Tool.call`; arguments that break its schema are not sent."""
        faults = find_faults(self.spec.parameters, args)
        if faults:
            said = "\n".join(["wrong arguments:", *faults])
            yield Observation(said, OutcomeStatus.FAILED, FaultKind.WRONG_ARGUMENTS)
            return
        async with aclosing(self._make_call(args, action_id).stream(Dialogue())) as pieces:
            async for piece in pieces:
                yield self._hide(piece)

    async def answer(
        self, args: Mapping[str, Any], action_id: str, token: Any, reply: Any
    ) -> AsyncGenerator[str | Observation | Question, None]:
        """Go on with the reply to what the server asked."""
        call = self._make_call(args, action_id)
        done = call.reply(token, reply)
        if isinstance(done, Question):
            yield done
            return
        async with aclosing(call.stream(done)) as pieces:
            async for piece in pieces:
                yield self._hide(piece)

    def _make_call(self, args: Mapping[str, Any], action_id: str) -> Call:
        return Call(self.connection, self.spec, self.name, args, action_id)

    def _hide(self, piece: str | Observation | Question) -> str | Observation | Question:
        """The piece without tokens: they come while a brain runs, so that its own secrets cannot be complete."""
        hide = self.connection.server.hide
        return hide(piece) if isinstance(piece, str) else replace(piece, text=hide(piece.text))
