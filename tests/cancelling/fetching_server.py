"""An MCP server whose tool downloads for ever, run as a file: over its pipes, or over HTTP at the port given.

When a call is cancelled, it writes that into the file that the variable TOLD names.
"""

import os
import sys
from pathlib import Path

import anyio
from mcp.server.mcpserver import MCPServer

server = MCPServer("fetching", log_level="ERROR")


def tell(line: str) -> None:
    with Path(os.environ["TOLD"]).open("a") as file:
        file.write(f"{line}\n")


@server.tool()
async def fetch() -> str:
    """Download for ever."""
    place = os.environ["FETCHED"]
    host, _, path = place.removeprefix("http://").partition("/")
    async with await anyio.connect_tcp(host.partition(":")[0], int(host.partition(":")[2])) as stream:
        await stream.send(f"GET /{path} HTTP/1.1\r\n\r\n".encode())
        try:
            while True:
                await stream.receive()
        except anyio.get_cancelled_exc_class():
            tell("cancelled")
            raise


if __name__ == "__main__":
    if len(sys.argv) > 1:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run("stdio")
