"""`agent-brain mcp`: a brain as an MCP server."""

import asyncio
from importlib.util import find_spec
from typing import Annotated

import typer

from agent_brain.brain import Brain
from agent_brain.cli.brains import make_brain, tell_about
from agent_brain.cli.options import BrainFlags, NoJournal, takes
from agent_brain.cli.places import find_lasting_place
from agent_brain.cli.terminal import print_notice
from agent_brain.core.errors import SetupError

Port = Annotated[int | None, typer.Option("--port", help="Serve HTTP at this port, not the pipes.", min=1, max=65535)]
Host = Annotated[str, typer.Option("--host", help="The address that HTTP is served at.", metavar="HOST")]


@takes(BrainFlags)
def mcp(*, port: Port = None, host: Host = "127.0.0.1", no_journal: NoJournal = False, flags: BrainFlags) -> None:
    """Serve the agent to MCP clients: the tools `ask` and `reply`, over standard input and output or HTTP.

    An MCP client starts it as the command `agent-brain mcp`. With --port it serves http://HOST:PORT/mcp; it asks nobody
    who they are, so keep it on this machine.
    """
    if find_spec("mcp") is None:
        raise SetupError("an MCP server needs the MCP SDK, which is not installed: pip install 'agent-brain[mcp]'")
    settings = flags.read()
    place = find_lasting_place(settings, is_unwanted=no_journal)
    brain = make_brain(settings, None if place is None else place.open())
    tell_about(settings, brain, is_verbose=flags.verbose, is_quiet=True)
    if port is not None:
        print_notice(f"serving http://{host}:{port}/mcp")
    asyncio.run(_serve(brain, host, port))


async def _serve(brain: Brain, host: str, port: int | None) -> None:
    from agent_brain.serving.mcp import make_server  # loaded here: the other commands need no SDK

    server = make_server(brain)
    try:
        if port is None:
            await server.run_stdio_async()
        else:
            await server.run_streamable_http_async(host=host, port=port)
    finally:
        await brain.aclose()
