"""A small MCP server, run as a file: over its pipes, or over HTTP at the port given.

What it does in the world it writes into the file that the variable TOLD names, a line each.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

from mcp.server.mcpserver import Context, Image, MCPServer, RequestStateSecurity
from mcp.server.mcpserver.resolve import Elicit, Resolve
from mcp.shared.exceptions import MCPError
from mcp_types import ToolAnnotations
from pydantic import BaseModel

KEY = b"a key that outlives the process!"
server = MCPServer("small", log_level="ERROR", request_state_security=RequestStateSecurity(keys=[KEY]))


class Size(BaseModel):
    size: int


class Point(BaseModel):
    x: int
    y: int


def tell(line: str) -> None:
    place = os.environ.get("TOLD")
    if place:
        with Path(place).open("a") as file:
            file.write(f"{line}\n")


@server.tool()
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def pid() -> int:
    """The server's process."""
    return os.getpid()


@server.tool()
def key(ctx: Context) -> str:
    """The action's id, as the request says it."""
    return str((ctx.request_context.meta or {}).get("agent-brain/action-id"))


@server.tool()
def fail() -> str:
    """Fail."""
    raise MCPError(-32000, "no such city")


@server.tool()
async def wait() -> str:
    """Wait for very long."""
    tell("waiting")
    try:
        await asyncio.sleep(3600)
    except BaseException:
        tell("cancelled")
        raise
    return "done"


@server.tool()
def die() -> str:
    """Kill the server in the middle of the call."""
    tell("died")
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def die_reading() -> str:
    """Kill the server in the middle of a call that says that it only reads; the second time answer."""
    tell("read")
    if Path(os.environ["TOLD"]).read_text().count("read") < 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return "read twice"


@server.tool()
async def count(ctx: Context, up_to: int) -> str:
    """Count, telling how far it has come."""
    for number in range(1, up_to + 1):
        await ctx.report_progress(number, up_to, f"at {number}")
    return "counted"


@server.tool()
def point() -> Point:
    """A structured result."""
    return Point(x=1, y=2)


@server.tool(structured_output=False)
def picture() -> list[Any]:
    """A picture with words."""
    return ["look:", Image(data=b"12345", format="png")]


@server.tool()
async def order(ctx: Context, thing: str) -> str:
    """Order a thing: asks its size in the middle of the call, as servers with a handshake do."""
    tell(f"began {thing}")
    reply = await ctx.elicit(f"Which size of {thing}?", Size)
    size = reply.data.size if reply.action == "accept" else reply.action
    tell(f"ordered {thing} {size}")
    return f"ordered {thing}, {size}"


@server.tool()
async def dress(ctx: Context) -> str:
    """Ask two things, one after the other, and one of them twice."""
    sizes = [await ctx.elicit(f"Which size of {thing}?", Size) for thing in ("hat", "shoe", "hat")]
    return " ".join(str(reply.data.size) if reply.action == "accept" else reply.action for reply in sizes)


def ask_size(thing: str) -> Elicit[Size]:
    return Elicit(f"Which size of {thing}?", Size)


@server.tool()
async def purchase(thing: str, size: Annotated[Size, Resolve(ask_size)]) -> str:
    """Buy a thing: asks its size in either era."""
    tell(f"bought {thing} {size.size}")
    return f"bought {thing}, {size.size}"


@server.tool()
async def grow(ctx: Context) -> str:
    """Make one more tool."""
    server.add_tool(grown, name="grown")
    await ctx.session.send_tool_list_changed()
    return "grown"


def grown() -> str:
    """A tool that came later."""
    return "I am new"


def main() -> None:
    tell(f"started {os.getpid()}")
    if len(sys.argv) > 1:
        server.run("streamable-http", port=int(sys.argv[1]))
    else:
        server.run("stdio")


if __name__ == "__main__":
    main()
