"""A server that streams for ever, in a process of its own, and writes down what it could still write after a cancel.

`python -m counterparts.endless_server` prints its port and ends when its standard input does. What it plays stands in
the path, so that it is a model and a place to download from at the same time; `mark` and `report` are for the test.
All times are this process's; a stream's bytes are counted when the kernel has taken them.
"""

import asyncio
import json
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

SEND_BUFFER_BYTES = 32_768
"""Of the kernel's, for each connection: small, so that little can be under way."""
TICK_SECONDS = 0.002
PATIENCE_SECONDS = 20.0
"""How long a mark waits for streams to flow."""
STALE_SECONDS = 3.0
"""How long a report waits for streams to be closed."""
READ_BYTES = 65_536
STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
BUSY = b"HTTP/1.1 503 Busy\r\nRetry-After: 30\r\nContent-Length: 2\r\n\r\n{}"
BROKEN = b"HTTP/1.1 500 Broken\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
ANSWERING = b"Now give the final answer"


@dataclass
class Stream:
    """One endless response."""

    path: str
    opened: float
    closed: float | None = None
    sent: int = 0
    sent_after_mark: int = 0
    last_sent: float = 0.0


@dataclass
class Book:
    """What the server has seen since the last `mark`."""

    streams: list[Stream] = field(default_factory=list)
    requests: list[tuple[str, float]] = field(default_factory=list)
    mark: float = float("inf")
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self) -> None:
        """Wake up who waits for a change."""
        self.changed.set()
        self.changed = asyncio.Event()

    async def until(self, is_met: Callable[[], bool], seconds: float) -> bool:
        """Wait for a condition; False where it was not met in time."""
        try:
            async with asyncio.timeout(seconds):
                while not is_met():
                    await self.changed.wait()
        except TimeoutError:
            return False
        return True

    def count_open(self) -> int:
        """Streams that have begun and are not closed."""
        return sum(stream.closed is None and stream.sent > 0 for stream in self.streams)


class Endless:
    """Answers what stands in the path."""

    def __init__(self) -> None:
        self.book = Book()

    async def serve(self, connection: socket.socket) -> None:
        """One connection: requests one after another, until a stream or the client ends it."""
        loop = asyncio.get_running_loop()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        held = bytearray()
        try:
            while (request := await _read_request(loop, connection, held)) is not None:
                if not await self._answer(loop, connection, *request):
                    break
        except OSError:
            pass
        finally:
            connection.close()

    async def _answer(self, loop: asyncio.AbstractEventLoop, connection: socket.socket, path: str, body: bytes) -> bool:
        parts = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        match parts.path.strip("/").split("/")[0].split("-"):
            case ["mark"]:
                await loop.sock_sendall(
                    connection, _write_json(await self._mark(int(asked["streams"]), int(asked["requests"])))
                )
            case ["report"]:
                await loop.sock_sendall(connection, _write_json(await self._report()))
            case ["reset"]:
                self.book = Book()
                await loop.sock_sendall(connection, _write_json({}))
            case [kind, *words]:
                self.book.requests.append((parts.path, time.monotonic()))
                self.book.note()
                return await self._play(loop, connection, parts.path, kind, words, body)
        return True

    async def _play(
        self, loop: asyncio.AbstractEventLoop, connection: socket.socket, path: str, kind: str, words: list[str],
        body: bytes,
    ) -> bool:  # fmt: skip
        reply = _reply(kind, words, body)
        if reply is not None:
            await loop.sock_sendall(connection, reply)
            return kind == "busy"
        match kind:
            case "args":
                await self._flow(loop, connection, path, STREAM + _piece("hold", '{"text": "'), _piece("", "on and "))
            case "bytes":
                await self._flow(loop, connection, path, STREAM, b"byte " * 100)
            case "flood":
                await self._flow(loop, connection, path, STREAM, _event({"content": "on " * 100}), seconds=0)
            case _:
                await self._flow(loop, connection, path, STREAM, _event({"content": "on and "}))
        return False

    async def _flow(
        self, loop: asyncio.AbstractEventLoop, connection: socket.socket, path: str, first: bytes, piece: bytes,
        seconds: float = TICK_SECONDS,
    ) -> None:  # fmt: skip
        """Send the same piece again and again until the client has gone, and say when that was."""
        stream, book = Stream(path, time.monotonic()), self.book
        book.streams.append(stream)
        gone = asyncio.create_task(_wait_gone(loop, connection))
        sending = asyncio.create_task(_send_for_ever(loop, connection, first, piece, seconds, stream, book))
        try:
            await asyncio.wait((gone, sending), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stream.closed = time.monotonic()
            for task in (gone, sending):
                task.cancel()
            await asyncio.gather(gone, sending, return_exceptions=True)
            book.note()

    async def _mark(self, streams: int, requests: int) -> dict[str, Any]:
        """Wait until so many streams flow and so many requests have come; from here on counts what is sent."""
        book = self.book
        is_met = await book.until(
            lambda: book.count_open() >= streams and len(book.requests) >= requests, PATIENCE_SECONDS
        )
        self.book.mark = time.monotonic()
        return {"is_met": is_met, "open": self.book.count_open(), "requests": self.book.requests}

    async def _report(self) -> dict[str, Any]:
        """What came after the mark; it waits a little for streams to be closed."""
        book = self.book
        await book.until(lambda: all(stream.closed is not None for stream in book.streams), STALE_SECONDS)
        now = time.monotonic()
        return {
            "seconds": [(stream.closed or now + STALE_SECONDS) - book.mark for stream in book.streams],
            "bytes": [stream.sent_after_mark for stream in book.streams],
            "late": sum(stream.closed is not None and stream.last_sent > stream.closed for stream in book.streams),
            "requests": [at - book.mark for _, at in book.requests if at > book.mark],
        }


async def _send_for_ever(
    loop: asyncio.AbstractEventLoop, connection: socket.socket, first: bytes, piece: bytes, seconds: float,
    stream: Stream, book: Book,
) -> None:  # fmt: skip
    data = memoryview(first + piece)
    while True:
        while data:
            try:
                taken = connection.send(data)
            except BlockingIOError:
                await _wait_writable(loop, connection)
                continue
            data = data[taken:]
            stream.last_sent = time.monotonic()
            stream.sent += taken
            stream.sent_after_mark += taken if stream.last_sent > book.mark else 0
        if stream.sent == len(first) + len(piece):
            book.note()
        data = memoryview(piece)
        await asyncio.sleep(seconds)


async def _wait_writable(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    ready = asyncio.Event()
    loop.add_writer(connection, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_writer(connection)


async def _wait_gone(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    while await loop.sock_recv(connection, READ_BYTES):
        pass


async def _read_request(
    loop: asyncio.AbstractEventLoop, connection: socket.socket, held: bytearray
) -> tuple[str, bytes] | None:
    """Path and body; None where the client has closed."""
    wanted, head = 0, b""
    while not wanted or len(held) < wanted:
        if not wanted and b"\r\n\r\n" in held:
            head = bytes(held[: held.index(b"\r\n\r\n")])
            lines = head.lower().split(b"\r\n")
            length = next((line.split(b":")[1] for line in lines if line.startswith(b"content-length:")), b"0")
            wanted = len(head) + 4 + int(length)
            continue
        piece = await loop.sock_recv(connection, READ_BYTES)
        if not piece:
            return None
        held += piece
    body = bytes(held[len(head) + 4 : wanted])
    del held[:wanted]
    return head.split(b" ")[1].decode(), body.replace(b'": ', b'":')


def _reply(kind: str, words: list[str], body: bytes) -> bytes | None:
    """What has an end: refusals, calls of tools, answers; None: this is a stream."""
    has_results = b'"role":"tool"' in body or b"<observation" in body
    match kind:
        case _ if ANSWERING in body:
            return STREAM + _text("Stopped.")
        case "busy":
            return BUSY
        case "broken":
            return BROKEN
        case "work" if has_results:
            return STREAM + _text("That is enough.")
        case "work" if b'"tools":' not in body:
            calls = json.dumps([{"name": name, "args": json.loads(_get_arguments(name))} for name in words])
            return STREAM + _event({"content": "Hm."}) + _text(calls)
        case "work" | "call" if not has_results:
            return STREAM + _event({"content": "Hm."}) + _calls(words)
    return None


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    return (
        b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}).encode() + b"\n\n"
    )


def _text(text: str) -> bytes:
    return _event({"content": text}) + _event({}, "stop") + b"data: [DONE]\n\n"


def _calls(names: list[str]) -> bytes:
    """One call of each of these tools, in one reply."""
    calls = [
        {"index": place, "id": f"call_{place}", "function": {"name": name, "arguments": _get_arguments(name)}}
        for place, name in enumerate(names)
    ]
    return _event({"tool_calls": calls}) + _event({}, "tool_calls") + b"data: [DONE]\n\n"


def _get_arguments(name: str) -> str:
    return '{"question": "Go."}' if name.startswith("brain_") else "{}"


def _piece(name: str, arguments: str) -> bytes:
    function = {"name": name, "arguments": arguments} if name else {"arguments": arguments}
    return _event({"tool_calls": [{"index": 0, **({"id": "c0"} if name else {}), "function": function}]})


def _write_json(value: Any) -> bytes:
    body = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def main() -> None:
    """Serve until standard input ends."""
    loop, endless = asyncio.get_running_loop(), Endless()
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    listener.setblocking(False)
    print(listener.getsockname()[1], flush=True)
    ended = loop.run_in_executor(None, sys.stdin.read)
    tasks: set[asyncio.Task[None]] = set()

    async def accept() -> None:
        while True:
            connection, _ = await loop.sock_accept(listener)
            connection.setblocking(False)
            task = asyncio.create_task(endless.serve(connection))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    accepting = asyncio.create_task(accept())
    await ended
    for task in (accepting, *tasks):
        task.cancel()
    await asyncio.gather(accepting, *tasks, return_exceptions=True)
    listener.close()


if __name__ == "__main__":
    asyncio.run(main())
