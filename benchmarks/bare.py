"""A socket that is read to the end of a reply: what the bytes cost a process before any client looks at them."""

import asyncio
import gc
import time
from urllib.parse import urlsplit

from benchmarks.scenario import Scenario
from benchmarks.server import END

READ_BYTES = 65_536


async def take_bare_time(url: str, scenario: Scenario, runs: int) -> float:
    """CPU seconds of reading the first reply of so many runs at once."""
    gc.collect()
    began = time.process_time()
    await asyncio.gather(*(_read(url, scenario) for _ in range(runs)))
    return time.process_time() - began


async def _read(url: str, scenario: Scenario) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"POST /{scenario.path}/v1/chat/completions HTTP/1.1\r\ncontent-length: 0\r\n\r\n".encode())
    data = b""
    while not data.endswith(END):
        data = await reader.read(READ_BYTES)
        if not data:
            raise AssertionError("the server has closed a connection in the middle of a reply")
    writer.close()
    await writer.wait_closed()
