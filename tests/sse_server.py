"""A local HTTP server for tests and benchmarks: keep-alive, server-sent events, every byte in the handler's hands.

In a test: `async with Server(play(lambda request: "Hello")) as server: ... server.base_url`.
As a process of its own, with one canned reply: `python tests/sse_server.py --chunks 10 [--pause 0.001]`; it prints its
base URL on the first line.
"""

import argparse
import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    """One request, read whole."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    def json(self) -> Any:
        """The body's JSON value."""
        return json.loads(self.body)


class Connection:
    """One client's connection, for a handler to answer on."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.sent = 0

    async def send(self, data: bytes) -> None:
        """Send raw bytes; raises ConnectionError when the client has gone."""
        if self._writer.is_closing():
            raise ConnectionResetError("the client has gone")
        self._writer.write(data)
        self.sent += len(data)
        await self._writer.drain()

    async def wait_gone(self) -> None:
        """Wait until the client closes the connection."""
        with suppress(ConnectionError):
            while await self._reader.read(65536):
                pass

    async def read_request(self) -> Request | None:
        """The next request, or None when the client has closed."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
        method, path, _ = first.split(" ", 2)
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Request(method, path, headers, body)

    def close(self) -> None:
        """Close what is still open."""
        self._writer.close()


Handler = Callable[[Request, Connection], Awaitable[bool]]
"""Answers one request; True keeps the connection for the next."""


class Server:
    """Serves on 127.0.0.1 while its context is open, and counts."""

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self._handler = handler
        self._tls = tls
        self.requests: list[Request] = []
        self.connections: list[Connection] = []
        """Those that are open."""
        self.connections_made = 0
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=2048, ssl=self._tls)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.base_url = f"http{'s' if self._tls else ''}://{host}:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_idle(self, timeout: float = 1.0) -> None:
        """Wait until no connection is open; raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while self.connections:
                self._changed.clear()
                await self._changed.wait()

    async def wait_request(self, timeout: float = 1.0) -> None:
        """Wait until the first request has come; raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while not self.requests:
                self._changed.clear()
                await self._changed.wait()

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._answer(Connection(reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, connection: Connection) -> None:
        self.connections.append(connection)
        self.connections_made += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while request := await connection.read_request():
                    self.requests.append(request)
                    self._changed.set()
                    if not await self._handler(request, connection):
                        break
        finally:
            connection.close()
            self.connections.remove(connection)
            self._changed.set()


STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"
DONE = b"data: [DONE]\n\n"


def response(status: int, body: bytes | str | dict[str, Any], **headers: str) -> bytes:
    """A whole response; `content_type="..."` names headers with underscores, a dict is sent as JSON."""
    data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    fields = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"HTTP/1.1 {status} X\r\n{lines}content-length: {len(data)}\r\n\r\n".encode() + data


def frame(data: bytes) -> bytes:
    """One chunk of a chunked body."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(payload: Any) -> bytes:
    """One server-sent event with a JSON payload."""
    return b"data: " + json.dumps(payload, ensure_ascii=False).encode() + b"\n\n"


def delta(text: str | None = None, finish: str | None = None, **fields: Any) -> bytes:
    """One chunk of a chat completion."""
    choice = {"index": 0, "delta": ({} if text is None else {"content": text}) | fields, "finish_reason": finish}
    return event({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "mock", "choices": [choice]})


def usage(prompt: Any = 7, completion: Any = 5, **fields: Any) -> bytes:
    """The chunk that ends a stream with include_usage."""
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, **fields}
    return event({"id": "c1", "object": "chat.completion.chunk", "choices": [], "usage": counts})


def get_events(pieces: Sequence[str]) -> list[bytes]:
    """The events of a whole reply that consists of these pieces."""
    return [*map(delta, pieces), delta(finish="stop"), usage(), DONE]


def send_raw(*parts: bytes, keep: bool = False) -> Handler:
    """A handler that sends these bytes, each in a write of its own, then closes."""

    async def handle(_: Request, connection: Connection) -> bool:
        for part in parts:
            await connection.send(part)
        return keep

    return handle


def send_events(*parts: bytes, pause_seconds: float | None = None) -> Handler:
    """A handler that streams these parts as a chunked body; all in one write unless there is a pause between them."""
    whole = STREAM_HEAD + b"".join(map(frame, parts)) + LAST

    async def handle(_: Request, connection: Connection) -> bool:
        if pause_seconds is None:
            await connection.send(whole)
            return True
        await connection.send(STREAM_HEAD)
        for part in parts:
            await connection.send(frame(part))
            await asyncio.sleep(pause_seconds)
        await connection.send(LAST)
        return True

    return handle


def play(script: Callable[[Any], str | Sequence[str]], *, pieces: int = 10) -> Handler:
    """A handler that answers chat completions: the script is given the request's JSON and returns text, or its pieces.

    A text is sent in `pieces` events; a request without `stream` gets the whole completion as JSON.
    """

    async def handle(request: Request, connection: Connection) -> bool:
        if request.method == "GET":
            await connection.send(response(200, {"object": "list", "data": [{"id": "mock", "object": "model"}]}))
            return True
        asked = request.json()
        reply = script(asked)
        parts = split(reply, pieces) if isinstance(reply, str) else list(reply)
        if asked.get("stream"):
            return await send_events(*get_events(parts))(request, connection)
        message = {"role": "assistant", "content": "".join(parts)}
        await connection.send(
            response(
                200,
                {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]},
            )
        )
        return True

    return handle


def in_turn(*handlers: Handler) -> Handler:
    """A handler that answers each request with the next of these; the last one stays."""
    left = list(handlers)

    async def handle(request: Request, connection: Connection) -> bool:
        return await (left.pop(0) if len(left) > 1 else left[0])(request, connection)

    return handle


def split(text: str, pieces: int) -> list[str]:
    """A text in at most this many parts of nearly equal length."""
    size = max(1, -(-len(text) // pieces))
    return [text[start : start + size] for start in range(0, len(text), size)]


async def _serve_forever(chunks: int, pause_seconds: float | None) -> None:
    events = get_events([f"word{number:03d} " for number in range(chunks)])
    async with Server(send_events(*events, pause_seconds=pause_seconds)) as server:
        print(server.base_url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--chunks", type=int, default=10)
    parser.add_argument("--pause", type=float, default=None)
    options = parser.parse_args()
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve_forever(options.chunks, options.pause))
