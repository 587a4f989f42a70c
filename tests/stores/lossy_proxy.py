"""A proxy between a client and its server that can lose one answer: the request was carried out, nobody hears of it."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class LossyProxy:
    """Passes bytes on in both directions."""

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self.lost = 0
        self._server_port = server_port
        self._marker = b""
        self._is_losing = False

    def lose_answer_to(self, marker: bytes) -> None:
        """Cut the connection in place of the answer to the next request that has these bytes in it."""
        self._marker = marker

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        ways = [
            asyncio.create_task(self._pass_requests(reader, server_writer)),
            asyncio.create_task(self._pass_answers(server_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            writer.close()
            server_writer.close()

    async def _pass_requests(self, reader: StreamReader, writer: StreamWriter) -> None:
        while data := await reader.read(1 << 20):
            if self._marker and self._marker in data:
                self._marker, self._is_losing = b"", True
            writer.write(data)

    async def _pass_answers(self, reader: StreamReader, writer: StreamWriter) -> None:
        while data := await reader.read(1 << 20):
            if self._is_losing:
                self._is_losing = False
                self.lost += 1
                return
            writer.write(data)


@asynccontextmanager
async def run_proxy(server_port: int) -> AsyncIterator[LossyProxy]:
    """A proxy on a port of its own."""
    proxy = LossyProxy(server_port)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(proxy.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
