"""How a person gets to a page and back: this machine's browser, and one request to a loopback address."""

import asyncio
import logging
from urllib.parse import urlsplit

from agent_brain.core.errors import SetupError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
HEAD_BYTES_MAX = 16_384
DONE = "You are logged in; you can close this page."
logger = logging.getLogger("agent_brain.mcp")


async def visit_in_browser(url: str, redirect_url: str) -> str:
    """Open the page, tell its address on the log too, and wait until the browser is sent back to this machine.

    Raises: SetupError for a redirect URL that leads elsewhere, or whose port is taken.
    """
    import webbrowser  # on first use: few ever log in, and all who have an MCP server load this module

    place = urlsplit(redirect_url)
    if place.scheme != "http" or place.hostname not in LOOPBACK or not place.port:
        raise SetupError(
            f"the redirect URL is {redirect_url!r}; wanted http://127.0.0.1:PORT/..., or a `visit` of yours"
        )
    came_back: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = await _read_target(reader)
        is_it = urlsplit(target).path == (place.path or "/")
        await _reply(writer, "200 OK" if is_it else "404 Not Found", DONE if is_it else "")
        if is_it and not came_back.done():
            came_back.set_result(f"{place.scheme}://{place.netloc}{target}")

    try:
        server = await asyncio.start_server(serve, place.hostname, place.port, limit=HEAD_BYTES_MAX)
    except OSError as error:
        raise SetupError(f"{redirect_url} cannot be listened at: {error.strerror or error}") from error
    async with server:
        logger.warning("an MCP server wants you to log in at %s", url)
        await asyncio.to_thread(webbrowser.open, url)
        return await came_back


async def _read_target(reader: asyncio.StreamReader) -> str:
    """What a request asks for; nothing where it is no request."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
        return ""
    words = head.split(b"\r\n", 1)[0].decode("ascii", "replace").split(" ")
    return words[1] if len(words) == 3 and words[0] == "GET" else ""


async def _reply(writer: asyncio.StreamWriter, status: str, text: str) -> None:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    try:
        writer.write((head + text).encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    except ConnectionError:
        pass  # the browser has gone, and what it asked for is known
