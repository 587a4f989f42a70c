"""One call of an MCP server's tool, from its start or from where it asked a person something."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast

from mcp import MCPError
from mcp_types import (
    CONNECTION_CLOSED,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    REQUEST_TIMEOUT,
    URL_ELICITATION_REQUIRED,
    CallToolResult,
    ElicitRequest,
    ElicitRequestParams,
    ElicitRequestURLParams,
    ElicitResult,
    ErrorData,
    InputRequiredResult,
    RequestParamsMeta,
)

from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.core.tooling import Question, ToolSpec
from agent_brain.tools.attempt import Attempt, describe
from agent_brain.tools.mcp.connection import Connection
from agent_brain.tools.mcp.content import show_result
from agent_brain.tools.mcp.dialogue import Dialogue
from agent_brain.tools.mcp.eliciting import digest, make_question, read, read_reply, write
from agent_brain.tools.mcp.link import NOT_ANSWERED, Link, Unreachable
from agent_brain.tools.result_text import cut_middle, make_safe
from agent_brain.tools.running import CANCEL_GRACE_SECONDS, PROGRESS_CHARACTERS_MAX

ACTION_ID = "agent-brain/action-id"
"""Where a request's `_meta` holds the action's id: a call that is made again has the same one."""
LOST_STATUSES = (400, 404, 410)
"""With which HTTP servers refuse a session that they do not know."""
LINKS_MAX = 2
"""A call is made again once where its connection breaks, if that can do no harm."""
NO_WAY_BACK = "no back-channel"
"""What the SDK says for a tool that asks where there was no handshake."""
ROUNDS_MAX = 10
"""How often a server may put a call off without asking anything."""
ROUND_SECONDS = 0.1
STREAM_ERRORS = ("ClosedResourceError", "BrokenResourceError", "EndOfStream")
"""What writing to a connection raises that has just ended."""
END_SECONDS = 5.0
"""How long the end of a broken connection is awaited, to know why it broke."""
STILL_SECONDS = 0.2
"""The same, where only one response broke and the connection may go on."""


class Call:
    """Streams one call; `asked_by` of a link gives it what its server wants to know."""

    def __init__(
        self, connection: Connection, spec: ToolSpec, name: str, args: Mapping[str, Any], action_id: str
    ) -> None:
        self._connection = connection
        self._server = connection.server
        self._spec = spec
        self._name = name
        self._args = dict(args)
        self._meta = cast(RequestParamsMeta, {ACTION_ID: action_id})  # it takes any key
        self._done = Dialogue()
        self.has_company = False
        self._is_jostled = False
        """True where it has asked something at the same time as others."""
        self._is_unsent = False
        """True where the server has not had the request, or refused it unread."""
        self._given: set[int] = set()
        """Which of the handshake era's answers this call has been given again."""
        self._refusals = 0
        """How many requests the server had refused over the link when this one was sent."""
        self._told: asyncio.Queue[str | None] = asyncio.Queue()
        self._task: asyncio.Task[CallToolResult | InputRequiredResult] | None = None
        self._ended_with: Observation | Question | None = None

    async def stream(self, done: Dialogue) -> AsyncGenerator[str | Observation | Question, None]:
        """Progress as text, then what came of it."""
        self._done = done
        task = asyncio.create_task(self._observe())
        task.add_done_callback(lambda _: self._told.put_nowait(None))
        try:
            while (text := await self._told.get()) is not None:
                yield text
        finally:
            await _cancel(task)
        yield task.result()

    def reply(self, token: Mapping[str, Any], reply: Any) -> Dialogue | Question:
        """How far the call has come with this reply, or the question that comes next."""
        done = Dialogue.from_json(token)
        found = done.find_open()
        if found is None:
            return done
        asked = read(found[1])
        said = read_reply(asked, reply)
        if isinstance(said, str):
            return make_question(self._server.name, asked, dict(token), said)
        done = done.take(found[0], asked, said)
        following = None if done.requests is None else done.find_open()
        return done if following is None else make_question(self._server.name, read(following[1]), done.to_json())

    async def elicit(self, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        """The answer that a person has given already; else the call ends with the question."""
        if self._ended_with is not None:
            return NOT_ANSWERED
        wanted, known = digest(params), self._done.answers
        place = next((n for n, (key, _) in enumerate(known) if key == wanted and n not in self._given), None)
        if place is not None:
            self._given.add(place)
            return ElicitResult.model_validate(known[place][1])
        self._ended_with = self._ask(Dialogue(asked=write(params), answers=known))
        await self._stop()
        return NOT_ANSWERED

    def make_alone(self) -> None:
        """End it, to be made anew when it is its turn."""
        self._is_jostled = True
        if self._task is not None:
            self._task.cancel()

    async def _stop(self) -> None:
        if self._task is not None:
            await _cancel(self._task)

    def _ask(self, done: Dialogue) -> Question:
        found = done.find_open()
        assert found is not None  # whoever asks has a question
        return make_question(self._server.name, read(found[1]), done.to_json())

    async def _observe(self) -> Observation | Question:
        """Make the call; once more over another connection where the first one broke and that can do no harm."""
        broken: Link | None = None
        was_sent = False
        for _ in range(LINKS_MAX):
            try:
                broken = link = await self._connection.get(broken)
            except Unreachable as error:
                return self._lose(str(error), was_sent=was_sent)
            outcome = await self._try(link)
            if outcome is not None:
                return outcome
            await link.ended(END_SECONDS if link.is_over else STILL_SECONDS)
            was_sent = was_sent or not (self._is_unsent or (link.is_refused and not self.has_company))
            if was_sent and not (self._spec.read_only or self._spec.idempotent):
                break
        return self._lose(f"the connection to MCP server {self._server.name!r} broke", was_sent=was_sent)

    def _lose(self, reason: str, *, was_sent: bool) -> Observation:
        if not was_sent or self._spec.read_only:
            return Observation(reason, OutcomeStatus.FAILED)
        said = f"{reason}; the call was under way and may have taken effect. Check before you call it again."
        return Observation(said, OutcomeStatus.UNKNOWN)

    async def _try(self, link: Link) -> Observation | Question | None:
        """What came of it over this link; None where the link broke."""
        for _ in range(ROUNDS_MAX):
            attempt = await self._send_in_turn(link)
            if self._is_jostled:
                return Observation("it asks a person something while other calls do so too", OutcomeStatus.FAILED)
            if self._ended_with is not None:
                return self._ended_with
            if attempt.failure is not None:
                return self._read_failure(link, attempt.failure)
            result = None if self._task is None else self._task.result()
            if isinstance(result, CallToolResult):
                status = OutcomeStatus.FAILED if result.is_error else OutcomeStatus.FINISHED
                return Observation(show_result(result), status, _find_fault(result))
            if not isinstance(result, InputRequiredResult):
                break
            outcome = self._put_off(result)
            if outcome is not None:
                return outcome
            await asyncio.sleep(ROUND_SECONDS)
        return Observation(f"MCP server {self._server.name!r} put the call off again and again", OutcomeStatus.FAILED)

    async def _send_in_turn(self, link: Link) -> Attempt:
        """One request; where it asks something at the same time as others, once more when these are through."""
        attempt = await self._send_asked(link)
        if self._is_jostled:
            async with link.turn:
                for _ in range(ROUNDS_MAX):
                    attempt = await self._send_asked(link)
                    if not self._is_jostled:
                        break
        return attempt

    async def _send_asked(self, link: Link) -> Attempt:
        self._given, self._is_jostled = set(), False
        with link.asked_by(self):
            return await self._send(link)

    async def _send(self, link: Link) -> Attempt:
        """One request, in a task of its own: the server may cancel it by asking something."""
        self._refusals = len(link.refusals)
        attempt = Attempt()
        with attempt:
            self._task = asyncio.ensure_future(self._request(link))
            try:
                await asyncio.wait({self._task})
            finally:
                await self._stop()
            if not self._task.cancelled():
                self._task.result()
        return attempt

    async def _request(self, link: Link) -> CallToolResult | InputRequiredResult:
        return await link.client.session.call_tool(
            self._name,
            self._args,
            self._server.timeout_seconds,
            self._tell,
            input_responses=self._responses(),
            request_state=self._done.state,
            meta=self._meta,
            allow_input_required=True,
        )

    def _responses(self) -> dict[str, Any] | None:
        given = self._done.responses
        return {key: ElicitResult.model_validate(said) for key, said in given.items()} if given else None

    def _put_off(self, result: InputRequiredResult) -> Observation | Question | None:
        """The question that it comes to; None where the server only wants to be asked again."""
        wanted = result.input_requests or {}
        if any(not isinstance(request, ElicitRequest) for request in wanted.values()):
            said = f"MCP server {self._server.name!r} wants a model or folders of ours, which it is not given"
            return Observation(said, OutcomeStatus.FAILED)
        asked = {key: write(request.params) for key, request in wanted.items() if isinstance(request, ElicitRequest)}
        self._done = Dialogue(result.request_state, asked, {})
        return self._ask(self._done) if asked else None

    async def _tell(self, progress: float, total: float | None, message: str | None) -> None:
        amount = f"{progress:g}" if total is None else f"{progress:g} of {total:g}"
        text = f"{message} ({amount})" if message else amount
        self._told.put_nowait(make_safe(cut_middle(text, PROGRESS_CHARACTERS_MAX)))

    def _read_failure(self, link: Link, failure: BaseException) -> Observation | Question | None:
        """An outcome; None where the connection broke."""
        if not isinstance(failure, MCPError):
            self._is_unsent = isinstance(failure, Unreachable)
            if self._is_unsent or type(failure).__name__ in STREAM_ERRORS:
                return None
            return self._lose(
                f"MCP server {self._server.name!r} broke its own rules: {describe(failure)}", was_sent=True
            )
        said = make_safe(str(failure))
        if failure.code == REQUEST_TIMEOUT:
            return self._lose(f"no answer within {self._server.timeout_seconds:g} s", was_sent=True)
        if failure.code == URL_ELICITATION_REQUIRED:
            return self._ask_for_page(failure.data)
        if failure.code == INVALID_PARAMS:
            fault = FaultKind.UNKNOWN_TOOL if "unknown tool" in said.lower() else FaultKind.WRONG_ARGUMENTS
            return Observation(said, OutcomeStatus.FAILED, fault)
        self._is_unsent = self._is_lost_session(link, failure)
        if self._is_unsent or _is_break(link, failure):
            return None
        if failure.code == INVALID_REQUEST and NO_WAY_BACK in said:
            said += f" (it asks in the middle of a call: MCP server {self._server.name!r} has to be set to mode legacy)"
        return Observation(said, OutcomeStatus.FAILED)

    def _is_lost_session(self, link: Link, failure: MCPError) -> bool:
        """True where a server has been started anew, knows nothing of the handshake, and refused the request unread."""
        if failure.code == INVALID_REQUEST:
            return failure.message in ("Session terminated", "Session not found")
        new = link.refusals[self._refusals :]
        return failure.code == INTERNAL_ERROR and link.has_session and any(status in LOST_STATUSES for status in new)

    def _ask_for_page(self, data: Any) -> Observation | Question:
        """A page that a person has to visit before the call can be made."""
        pages = data.get("elicitations") if isinstance(data, Mapping) else None
        if not isinstance(pages, list) or not pages:
            return Observation(
                "a person has to visit a page first, and the server did not say which", OutcomeStatus.FAILED
            )
        page = ElicitRequestURLParams.model_validate(pages[0])
        return self._ask(Dialogue(asked=write(page), answers=self._done.answers))


def _find_fault(result: CallToolResult) -> FaultKind | None:
    """A tool that is gone since it was listed; other failures are the tool's own."""
    text = show_result(result)
    return FaultKind.UNKNOWN_TOOL if result.is_error and text.startswith("Unknown tool") else None


def _is_break(link: Link, failure: MCPError) -> bool:
    """True for what the SDK itself says of a lost connection; a server's own errors may have the same code."""
    said = failure.message
    is_said = said == "Connection closed" or said.startswith("SSE stream ")
    return failure.code == CONNECTION_CLOSED and (link.is_over or is_said)


async def _cancel(task: asyncio.Task[Any]) -> None:
    """Cancel it, if it runs, and give it time to tell the server."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=CANCEL_GRACE_SECONDS)
