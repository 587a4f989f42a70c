"""A brain as an MCP server: a tool that asks it, and one that replies to what a run waits for."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp_types import CallToolResult, TextContent

from agent_brain.brain import Brain
from agent_brain.core.errors import BrainError
from agent_brain.core.events import Chunk, ChunkKind, Ended, Event, Moved
from agent_brain.core.records import Status
from agent_brain.engine.result import Result

ASK = "Ask the agent a question or give it a task; it thinks, uses its own tools, and answers."
REPLY = "Reply to what a run of the agent waits for, by the ids of its questions, and get the answer."


def make_server(brain: Brain, name: str = "agent-brain") -> MCPServer:
    """A server with the tools `ask` and `reply`; whoever runs it closes the brain."""
    server: MCPServer = MCPServer(name, log_level="WARNING")

    @server.tool(description=ASK)
    async def ask(question: str, context: Context) -> CallToolResult:
        return await _watch(brain.stream(question), context)

    @server.tool(description=REPLY)
    async def reply(run_id: str, replies: dict[str, Any], context: Context) -> CallToolResult:
        return await _watch(brain.resume(run_id, replies), context)

    return server


async def _watch(events: AsyncGenerator[Event, None], context: Context) -> CallToolResult:
    """Tell each action and move as progress, and the end as the result; a client that leaves stops the run."""
    told = 0
    try:
        async with aclosing(events):
            async for event in events:
                words = _describe(event)
                if words:
                    told += 1
                    await context.report_progress(told, message=words)
                if isinstance(event, Ended):
                    return _to_result(Result(event.env, event.error))
    except BrainError as error:
        return _say(str(error), {}, is_error=True)
    raise AssertionError("a run that is over without an Ended")


def _describe(event: Event) -> str:
    match event:
        case Moved():
            return f"{event.source} -> {event.target}" + (f": {event.reason}" if event.reason else "")
        case Chunk(kind=ChunkKind.ACTION):
            return event.text
    return ""


def _to_result(result: Result) -> CallToolResult:
    """The answer; or what the run waits for, and how to reply; or why it failed."""
    about: dict[str, Any] = {"run_id": result.run_id, "status": str(result.status)}
    if result.error is not None:
        return _say(str(result.error), about, is_error=True)
    if result.status is Status.WAITING:
        asked = [
            {"id": pause.pause_id, "kind": str(pause.kind), "text": pause.text, "wanted": pause.wanted}
            for pause in result.pauses
        ]
        lines = [f"{pause.pause_id} ({pause.kind}): {pause.text}" for pause in result.pauses]
        how = f"It waits for a person. Call reply with run_id {result.run_id!r} and replies by these ids:"
        return _say("\n".join([how, *lines]), {**about, "questions": asked}, is_error=False)
    return _say(result.answer, {**about, "answer": result.answer}, is_error=False)


def _say(text: str, structured: Mapping[str, Any], *, is_error: bool) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(text=text)], structured_content=dict(structured) or None, is_error=is_error
    )
