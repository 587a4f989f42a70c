"""The connections to one MCP server: one for each event loop, opened on first use, opened again when it has ended."""

import asyncio

from agent_brain.tools.mcp.link import Link
from agent_brain.tools.mcp.server import McpServer


class Connection:
    """Gives links to a server; all callers on one event loop share one."""

    def __init__(self, server: McpServer) -> None:
        self.server = server
        self._links: dict[asyncio.AbstractEventLoop, Link] = {}

    async def get(self, broken: Link | None = None) -> Link:
        """The running loop's link, ready for calls; another one where it has ended, or is the broken one given.

        Callers that find the same link broken share the next one.
        Raises: Unreachable.
        """
        loop = asyncio.get_running_loop()
        link = self._links.get(loop)
        if link is None or link.is_over or link is broken:
            if link is None:
                self._drop_closed()
            else:
                link.leave()
            link = self._links[loop] = Link(self.server)
        await link.opened()
        return link

    async def aclose(self) -> None:
        """Close the running loop's link; the next `get` opens another."""
        link = self._links.pop(asyncio.get_running_loop(), None)
        if link is not None:
            await link.aclose()

    def _drop_closed(self) -> None:
        """Forget loops that have been closed: the task that owned a link ended with its loop."""
        for loop in list(self._links):  # a copy made at once: other threads have loops of their own
            if loop.is_closed():
                self._links.pop(loop, None)
