"""Any OpenAI-compatible server as a ChatModel, over any AsyncOpenAI."""

import asyncio
import copy
import os
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, nullcontext
from typing import Any

from openai import AsyncOpenAI, OpenAIError, Timeout

from agent_brain.core.answer_type import ReplyForm
from agent_brain.core.chat import Again, Delta, ToolChoice
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.models.circuit import Circuit
from agent_brain.models.clients import ClientPerLoop
from agent_brain.models.exchange import Stream, describe_origin, get_pieces, receive, send
from agent_brain.models.model_errors import Origin
from agent_brain.models.profiles import Profile, find_profile, name_maker
from agent_brain.models.reply import StreamedReply
from agent_brain.models.reply_forms import RUNGS, ReplyForms
from agent_brain.models.retry import RetryPolicy
from agent_brain.models.sdk_errors import refuse_key
from agent_brain.models.sent_back import SentBack
from agent_brain.models.timeouts import Timeouts
from agent_brain.models.watchdog import Watchdog

DEFAULT_SERVER = "https://api.openai.com/v1"
_USAGE_WANTED = {"include_usage": True}
_HEADERS = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
"""A proxy that compresses a stream holds it back until its block is full."""
FIELDS_REFUSED_MAX = 5 + len(RUNGS)
"""Requests for one reply, where a server refuses one field after the other."""


class OpenAIChat:
    """A chat model behind an OpenAI-compatible server.

    A client that is given stays its owner's; without one, a client is made for each event loop from `base_url` and
    `api_key`, or from what the SDK reads in the environment (OPENAI_BASE_URL, OPENAI_API_KEY).
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own, by keyword
        self,
        model: str,
        *,
        client: AsyncOpenAI | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        options: Mapping[str, Any] | None = None,
        retry: RetryPolicy | None = None,
        timeouts: Timeouts | None = None,
        circuit: Circuit | None = None,
        profile: str | Profile | None = None,
    ) -> None:
        """`options` are further fields of the request, such as `temperature`.

        With a `circuit` (`agent_brain.models.circuit.SHARED.get(base_url)`) a server that has failed again and again is
        left alone for a while; without one each call tries. `profile` is what the server does with reasoning: a name of
        `agent_brain.models.profiles`, or one of your own; None: what its address, or the model's name, tells.
        """
        self.name = model
        self._client = client
        self._base_url = base_url
        self._owned = ClientPerLoop(base_url, api_key)
        self._options = dict(options or {})
        self._retry = retry or RetryPolicy()
        self._timeouts = timeouts or Timeouts()
        self._circuit = circuit
        limit = Timeout(None, connect=self._timeouts.connect)
        self._request_options = {"max_retries": 0, "timeout": limit, "headers": _HEADERS}
        self._asks_usage = "stream_options" not in self._options
        self._sends_strict = True
        self._forms = ReplyForms()
        self._has_connected = False
        chosen = find_profile(profile, self.server, model)
        self._sent_back = SentBack(chosen, name_maker(chosen, self.server, model))

    def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """Stream one reply, whole or not at all; a reply that breaks is begun again as the retry policy says.

        Raises: ModelError.
        """
        return self._stream(messages, {})

    def stream_calls(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], *, choice: ToolChoice = "auto"
    ) -> AsyncGenerator[Delta | Again, None]:
        """As `stream`, with tools: the server sends calls of them beside the text.

        Raises: ModelError.
        """
        fields: dict[str, Any] = {"tools": list(tools)} if tools else {}
        if tools and choice != "auto":  # which is what servers do by themselves
            fields["tool_choice"] = choice
        return self._stream(messages, fields)

    def stream_form(
        self, messages: Sequence[Message], form: ReplyForm, tools: Sequence[Mapping[str, Any]] = ()
    ) -> AsyncGenerator[Delta | Again, None]:
        """As `stream`, with the reply held to a form as far as the server does that; of tools none may be called.

        Raises: ModelError.
        """
        fields: dict[str, Any] = {"tools": list(tools), "tool_choice": "none"} if tools else {}
        return self._stream(messages, {**fields, "response_format": form})

    async def _stream(
        self, messages: Sequence[Message], fields: Mapping[str, Any]
    ) -> AsyncGenerator[Delta | Again, None]:
        for attempt in range(1, max(1, self._retry.attempts_max) + 1):
            guard = nullcontext() if self._circuit is None else self._circuit.guard(self.name)
            try:
                with guard:
                    async with aclosing(self._attempt(messages, fields)) as deltas:
                        async for delta in deltas:
                            yield delta
                return
            except ModelError as error:
                wait = self._retry.decide(error, attempt, random.random())
                if wait is None:
                    raise
                again = Again(str(error), attempt, wait)
            yield again
            await asyncio.sleep(again.wait_seconds)

    @property
    def profile(self) -> Profile:
        """What the server does with reasoning, as far as it is known by now."""
        return self._sent_back.profile

    @property
    def reply_tokens(self) -> int | None:
        """The most that a reply may take, where the options say so."""
        most = self._options.get("max_completion_tokens", self._options.get("max_tokens"))
        return most if isinstance(most, int) else None

    @property
    def server(self) -> str:
        """The base URL that requests go to."""
        if self._client is not None:
            return str(self._client.base_url)
        return self._base_url or os.environ.get("OPENAI_BASE_URL") or DEFAULT_SERVER  # as the SDK chooses it

    def tuned(self, options: Mapping[str, Any]) -> "OpenAIChat":
        """The same model with these options in place of its own; its connections are shared."""
        twin = copy.copy(self)
        twin._options = {**self._options, **options}
        return twin

    async def aclose(self) -> None:
        """Close the connections of the running event loop, unless the client was given."""
        await self._owned.aclose()

    async def get_client(self) -> AsyncOpenAI:
        """The client that requests go through.

        Raises: ModelError where it cannot be made.
        """
        if self._client is not None:
            return self._client
        try:
            return await self._owned.get()
        except OpenAIError:
            raise refuse_key(self.name) from None

    async def _attempt(self, messages: Sequence[Message], fields: Mapping[str, Any]) -> AsyncGenerator[Delta, None]:
        client = await self.get_client()
        origin = describe_origin(self.name, client, has_tools="tools" in fields)
        watchdog = Watchdog(self._timeouts.first)
        try:
            body = {"model": self.name, "messages": messages, "stream": True, **fields}
            stream = await self._open(client, body, watchdog, origin)
            try:
                content_type = stream.response.headers.get("content-type", "")
                reply = StreamedReply(origin, content_type, self._sent_back.profile, self._sent_back.maker)
                pieces = get_pieces(stream)
                events = 0
                while (piece := await receive(pieces, reply, watchdog, origin)) is not None:
                    for delta in reply.feed(piece):
                        yield delta
                    if reply.events != events:
                        events = reply.events
                        watchdog.extend(self._choose_wait(reply))
                for delta in reply.close():
                    yield delta
            finally:
                await stream.close()
        finally:
            watchdog.close()

    async def _open(self, client: AsyncOpenAI, body: dict[str, Any], watchdog: Watchdog, origin: Origin) -> Stream:
        """Make the request; a server that refuses a field which not all know is asked again, and from then on, without.

        Those are `stream_options`, `strict` in the description of a tool, and `response_format`.
        """
        asks_usage, sends_strict = self._asks_usage, self._sends_strict
        form = body.pop("response_format", None)
        for _ in range(FIELDS_REFUSED_MAX):
            usage = {"stream_options": _USAGE_WANTED} if asks_usage else {}
            tools = {"tools": _loosen(body["tools"])} if "tools" in body and not sends_strict else {}
            held = None if form is None else self._forms.show(form)
            shape = {} if held is None else {"response_format": held}
            sent = self._sent_back.show(body["messages"])
            try:
                return await self._send(
                    client, body | {"messages": sent} | tools | shape | usage | self._options, watchdog, origin
                )
            except ModelError as error:
                if held is not None and self._forms.take_refusal(form, held, error):
                    continue
                if asks_usage and _refuses(error, "stream_options", "include_usage"):
                    asks_usage = self._asks_usage = False
                elif sends_strict and "tools" in body and _refuses(error, "strict", "Invalid schema"):
                    sends_strict = self._sends_strict = False
                elif not self._sent_back.take_refusal(error, sent):
                    raise
        raise AssertionError("each refusal leaves out a field, and there are no more of them")

    async def _send(self, client: AsyncOpenAI, body: dict[str, Any], watchdog: Watchdog, origin: Origin) -> Stream:
        """Make the request; where a kept connection proves to be closed, once more at once.

        Some servers (llama.cpp's) close a connection after each stream although they promise to keep it, and the HTTP
        library learns of it only when it writes.
        """
        may_be_kept = self._has_connected
        try:
            stream = await send(client, body, self._request_options, watchdog, origin)
        except ModelError as error:
            if error.kind is not ModelErrorKind.CONNECTION or not may_be_kept:
                raise
            self._has_connected = False  # a server that is gone gets no second request each time
            stream = await send(client, body, self._request_options, watchdog, origin)
        self._has_connected = True
        return stream

    def _choose_wait(self, reply: StreamedReply) -> float:
        if reply.is_done:
            return self._timeouts.end
        return self._timeouts.idle if reply.finish is None else self._timeouts.rest


def _refuses(error: ModelError, *names: str) -> bool:
    return error.status in {400, 422} and any(name in str(error) for name in names)


def _loosen(tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tools without the demand that calls follow their schemas to the letter."""
    return [
        {**tool, "function": {name: value for name, value in tool["function"].items() if name != "strict"}}
        for tool in tools
    ]
