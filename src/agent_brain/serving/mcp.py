"""A brain as an MCP server: a tool that asks it, and one that replies to what a run waits for."""

import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from importlib.metadata import version
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.session import ServerSession
from mcp_types import (
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequests,
    InputRequiredResult,
    TextContent,
)
from mcp_types.version import is_version_at_least

from agent_brain.brain import Brain
from agent_brain.core.errors import BrainError, SetupError
from agent_brain.core.events import Chunk, ChunkKind, Ended, Event, Moved
from agent_brain.core.records import Status
from agent_brain.engine.result import Result
from agent_brain.serving.guard import BearerGuard
from agent_brain.serving.mcp_forms import make_form, read_replies
from agent_brain.serving.run_names import keep_run_names

ASK = "Ask the agent a question or give it a task; it thinks, uses its own tools, and answers."
STATELESS = "2026-07-28"
"""From this version on a server asks by putting a call off, not in the middle of it."""
ROUNDS_MAX = 100
"""How often a person is asked in one call."""
REPLY = "Reply to what a run of the agent waits for, by the ids of its questions, and get the answer."


def make_server(brain: Brain, name: str = "agent-brain", labels: Mapping[str, Any] | None = None) -> MCPServer:
    """A server with the tools `ask` and `reply`; whoever runs it closes the brain. Its runs are kept with `labels`.

    What a run waits for is asked of the client's person at once, where the client can show forms; where it cannot, or
    the person leaves them open, the result says how to reply later.
    """
    server: MCPServer = MCPServer(
        name, version=version("agent-brain"), log_level="WARNING", request_state_security=keep_run_names()
    )

    @server.tool(description=ASK)
    async def ask(question: str, context: Context) -> CallToolResult | InputRequiredResult:
        return await _take_on(brain, brain.stream(question, labels=labels), context)

    @server.tool(description=REPLY)
    async def reply(run_id: str, replies: dict[str, Any], context: Context) -> CallToolResult | InputRequiredResult:
        return await _take_on(brain, brain.resume(run_id, replies), context)

    return server


def listen(host: str, port: int) -> socket.socket:
    """The socket to serve at. Raises: SetupError where this machine does not give it."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise SetupError(f"http://{host}:{port} cannot be served: {error.strerror or error}") from error


async def serve_http(server: MCPServer, host: str, listening: socket.socket, token: str = "") -> None:
    """Serve /mcp at this socket until the process is told to end; with a token, only to those who show it."""
    import uvicorn  # comes with the SDK, and is loaded by who serves alone

    app: Any = server.streamable_http_app(host=host)
    guarded = BearerGuard(app, token) if token else app
    await uvicorn.Server(uvicorn.Config(guarded, log_level="warning")).serve(sockets=[listening])


async def _take_on(
    brain: Brain, begun: AsyncGenerator[Event, None], context: Context
) -> CallToolResult | InputRequiredResult:
    """Drive a run, asking its person where it waits, until it has ended or they leave something open."""
    told = _Told(context)
    try:
        events = begun
        if context.request_state is not None:  # the client comes back with the replies to a call that was put off
            await begun.aclose()
            env = await brain.load(context.request_state)
            replies = read_replies(env.open_pauses, context.input_responses or {})
            if not replies:
                return _to_result(Result(env))
            events = brain.resume(env.run_id, replies)
        result = await told.watch(events)
        for _ in range(ROUNDS_MAX):
            forms = {pause.pause_id: make_form(pause) for pause in result.pauses}
            asked = {pause_id: form for pause_id, form in forms.items() if form is not None}
            if not asked or not _can_ask(context):
                return _to_result(result)
            if is_version_at_least(context.protocol_version or "", STATELESS):
                requests: InputRequests = {key: ElicitRequest(params=form) for key, form in asked.items()}
                return InputRequiredResult(input_requests=requests, request_state=result.run_id)
            replies = read_replies(result.pauses, {key: await _ask(context, form) for key, form in asked.items()})
            if not replies:
                return _to_result(result)
            result = await told.watch(brain.resume(result.run_id, replies))
    except BrainError as error:
        return _say(str(error), {}, is_error=True)
    return _say(f"a person was asked {ROUNDS_MAX} times", {"run_id": result.run_id}, is_error=True)


class _Told:
    """What a client is told of a run while it goes on."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._number = 0

    async def watch(self, events: AsyncGenerator[Event, None]) -> Result:
        """Tell each action and move as progress; a client that leaves stops the run."""
        async with aclosing(events):
            async for event in events:
                words = _describe(event)
                if words:
                    self._number += 1
                    await self._context.report_progress(self._number, message=words)
                if isinstance(event, Ended):
                    return Result(event.env, event.error)
        raise AssertionError("a run that is over without an Ended")


def _can_ask(context: Context) -> bool:
    """True for a client that shows forms; one that says nothing of kinds shows them."""
    known = context.client_capabilities
    can = None if known is None else known.elicitation
    return can is not None and (can.form is not None or can.url is None)


async def _ask(context: Context, form: ElicitRequestFormParams) -> ElicitResult:
    session: ServerSession = context.session
    return await session.elicit_form(form.message, form.requested_schema, context.request_context.request_id)


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
    if result.passed is not None:
        about["passed"] = result.passed
    return _say(result.answer, {**about, "answer": result.answer}, is_error=False)


def _say(text: str, structured: Mapping[str, Any], *, is_error: bool) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(text=text)], structured_content=dict(structured) or None, is_error=is_error
    )
