"""`agent-brain mcp`: a brain as an MCP server."""

import asyncio
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from agent_brain.brain import Brain
from agent_brain.cli.brains import make_brain, tell_about
from agent_brain.cli.labels import make_labels
from agent_brain.cli.options import BrainFlags, NoJournal, takes
from agent_brain.cli.places import find_lasting_place
from agent_brain.cli.terminal import print_notice
from agent_brain.core.errors import SetupError
from agent_brain.wiring.mcp import read_variable

LOOPBACK = ("127.0.0.1", "localhost", "::1")
KNOWN = ", ".join(LOOPBACK)

Port = Annotated[int | None, typer.Option("--port", help="Serve HTTP at this port, not the pipes.", min=1, max=65535)]
Host = Annotated[str, typer.Option("--host", help="The address that HTTP is served at.", metavar="HOST")]

TokenVariable = Annotated[
    str,
    typer.Option("--token-variable", help="The variable with the token that HTTP clients must show.", metavar="NAME"),
]


@takes(BrainFlags)
def mcp(  # a flag each
    *,
    port: Port = None,
    host: Host = "127.0.0.1",
    token_variable: TokenVariable = "",
    no_journal: NoJournal = False,
    flags: BrainFlags,
) -> None:
    """Serve the agent to MCP clients: the tools `ask` and `reply`, over standard input and output or HTTP.

    An MCP client starts it as the command `agent-brain mcp`. With --port it serves http://HOST:PORT/mcp, to
    everybody on this machine, or with --token-variable to those who show the token; another --host needs that.
    """
    if find_spec("mcp") is None:
        raise SetupError("an MCP server needs the MCP SDK, which is not installed: pip install 'agent-brain[mcp]'")
    token = read_variable(token_variable) if token_variable else ""
    if port is not None and host not in LOOPBACK and not token:
        raise SetupError(
            f"--host {host} can be reached from elsewhere; wanted --token-variable too, or one of: {KNOWN}"
        )
    settings = flags.read()
    place = find_lasting_place(settings, is_unwanted=no_journal)
    brain = make_brain(settings, None if place is None else place.open())
    tell_about(settings, brain, is_verbose=flags.verbose, is_quiet=True)
    asyncio.run(_serve(brain, make_labels(settings), host, port, token))


async def _serve(brain: Brain, labels: Mapping[str, Any], host: str, port: int | None, token: str) -> None:
    from agent_brain.serving.mcp import listen, make_server, serve_http  # loaded here: the other commands need no SDK

    server = make_server(brain, labels=labels)
    try:
        if port is None:
            await server.run_stdio_async()
        else:
            listening = listen(host, port)
            print_notice(f"serving http://{host}:{port}/mcp")
            await serve_http(server, host, listening, token)
    finally:
        await brain.aclose()
