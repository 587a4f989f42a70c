"""A chat-completions endpoint on a real socket, which streams what a function replies, in awkward pieces."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from counterparts.rules import RuleBroken

TEXT_CHARACTERS_MAX = 9
"""Most characters in one event's delta."""
WRITE_BYTES_MAX = 400
"""Most bytes in one write; writes end anywhere, also inside an event or a character."""

Replier = Callable[[Sequence[dict[str, Any]]], str]


class ChatServer:
    """Serves `replier` on a free port of the loopback; a request that breaks a rule is refused and kept in `broken`."""

    def __init__(self, replier: Replier) -> None:
        self.broken: list[str] = []
        self.base_url = ""
        self.open_requests = 0
        self._replier = replier
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/v1/chat/completions", self._complete)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.base_url = f"http://127.0.0.1:{port}/v1"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        try:
            if body.get("stream") is not True:
                raise RuleBroken("the request wants no stream")
            text = self._replier(body["messages"])
        except (RuleBroken, ValueError) as error:
            self.broken.append(str(error))
            return web.json_response({"error": {"message": str(error), "type": "invalid_request_error"}}, status=400)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        self.open_requests += 1
        try:
            await response.prepare(request)
            for piece in _cut(_encode(body, text), random.Random(text)):
                await response.write(piece)
            await response.write_eof()
        finally:
            self.open_requests -= 1
        return response


def _encode(body: dict[str, Any], text: str) -> bytes:
    """The whole stream: role, text in small deltas, finish reason, usage where it is wanted, end mark."""
    chooser = random.Random(len(text))
    chunks: list[dict[str, Any]] = [_choice({"role": "assistant", "content": ""})]
    place = 0
    while place < len(text):
        end = place + chooser.randint(1, TEXT_CHARACTERS_MAX)
        chunks.append(_choice({"content": text[place:end]}))
        place = end
    chunks.append(_choice({}, "stop"))
    if body.get("stream_options", {}).get("include_usage"):
        shown = sum(len(message["content"]) for message in body["messages"])
        usage = {"prompt_tokens": shown, "completion_tokens": len(text), "total_tokens": shown + len(text)}
        chunks.append({"choices": [], "usage": usage})
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
    events = [f"data: {json.dumps(head | chunk, ensure_ascii=False)}\n\n" for chunk in chunks]
    return ("".join(events) + "data: [DONE]\n\n").encode()


def _choice(delta: dict[str, str], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _cut(data: bytes, chooser: random.Random) -> Iterator[bytes]:
    place = 0
    while place < len(data):
        end = place + chooser.randint(1, WRITE_BYTES_MAX)
        yield data[place:end]
        place = end
