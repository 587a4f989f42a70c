"""A chat-completions server that answers at once, in a process of its own, so that all cost measured is the client's.

`python -m benchmarks.server` prints its port and ends when its standard input does.
"""

import asyncio
import contextlib
import json
import re
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache

from benchmarks.scenario import MARKER, RELEASE, Delivery, Scenario

HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
END = b"0\r\n\r\n"
BYTES_A_TOKEN = 4
"""Of a request: one who tells of far fewer tokens than it was sent has cut the prompt, and is looked at twice."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """One client's connection: requests one after another, each answered as its path says."""

    released = asyncio.Event()
    """Set while held streams may go on."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._wanted = 0
        """Length of the request that is being read; 0 while its head is not whole."""
        self._head = b""
        self._transport: asyncio.WriteTransport | None = None
        self._answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back; asyncio has set TCP_NODELAY."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        """Stop what is being sent."""
        self._transport = None
        if self._answering is not None:
            self._answering.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer once the request is whole."""
        self._received += data
        if not self._wanted:
            end = self._received.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head = bytes(self._received[:end])
            length = _LENGTH.search(self._head)
            self._wanted = end + 4 + (int(length[1]) if length else 0)
        if len(self._received) < self._wanted:
            return
        observed = self._received.count(MARKER.encode(), len(self._head), self._wanted)
        tokens = (self._wanted - len(self._head)) // BYTES_A_TOKEN
        del self._received[: self._wanted]
        self._wanted = 0
        self._answer(self._head.split(b" ", 2)[1].decode().split("/")[1], observed, tokens)

    def _answer(self, path: str, observed: int, tokens: int) -> None:
        if path == RELEASE:
            self.released.set()
            return
        scenario = Scenario.parse(path)
        chunks = (*encode_reply(scenario, observed), *encode_end(tokens, scenario.chunks))
        assert self._transport is not None
        match scenario.delivery:
            case Delivery.TOGETHER:
                self._transport.write(HEAD + b"".join(chunks))
            case Delivery.STALLED:
                self._transport.write(HEAD + chunks[0])
            case Delivery.APART:
                self._answering = asyncio.create_task(self._send_apart((HEAD, *chunks), scenario.pause_ms / 1000))
            case Delivery.HELD:
                self.released.clear()
                self._transport.write(HEAD + chunks[0])
                self._answering = asyncio.create_task(self._hold(chunks[1:], scenario.pause_ms / 1000))

    async def _hold(self, chunks: Sequence[bytes], pause_seconds: float) -> None:
        await self.released.wait()
        await self._send_apart(chunks, pause_seconds)

    async def _send_apart(self, chunks: Sequence[bytes], pause_seconds: float) -> None:
        for chunk in chunks:
            await asyncio.sleep(pause_seconds)
            if self._transport is None:
                return
            self._transport.write(chunk)


@lru_cache(maxsize=4096)
def encode_reply(scenario: Scenario, observed: int) -> tuple[bytes, ...]:
    """The events of one reply as the hosted service sends them, each an HTTP chunk; `encode_end` comes after them."""
    deltas = scenario.get_deltas(observed)
    deltas[0]["role"] = "assistant"
    reason = "tool_calls" if "tool_calls" in deltas[-1] else "stop"
    finish: list[object] = [None] * len(deltas) + [reason]
    return tuple(
        _event({"choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}], "usage": None})
        for delta, reason in zip([*deltas, {}], finish, strict=True)
    )


def encode_end(sent: int, received: int) -> tuple[bytes, bytes]:
    """The usage in tokens, and the end mark."""
    usage = {"prompt_tokens": sent, "completion_tokens": received, "total_tokens": sent + received}
    return _event({"choices": [], "usage": usage}), _chunk(b"data: [DONE]\n\n") + END


def _event(data: dict[str, object]) -> bytes:
    shared = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 1, "model": "mock"}
    whole = {**shared, "service_tier": "default", "system_fingerprint": "fp_0", **data}
    return _chunk(b"data: " + json.dumps(whole, separators=(",", ":")).encode() + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@contextlib.contextmanager
def run_server() -> Iterator[str]:
    """The URL of a server in a child process, which ends with this block."""
    command = [sys.executable, "-m", "benchmarks.server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        port = int(child.stdout.readline())
        yield f"http://127.0.0.1:{port}"


async def serve() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def raise_file_limit() -> None:
    """Allow as many open connections as the system lets a user have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    raise_file_limit()
    asyncio.run(serve())
