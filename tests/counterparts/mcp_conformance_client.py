"""What the MCP conformance suite drives as a client: opens a server, saying who asks, and calls all of its tools.

One process serves all scenarios: the suite starts a client for each one, which only hands its errand on to here.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from agent_brain.core.errors import RunError
from agent_brain.core.items import Action
from agent_brain.core.tooling import Question
from agent_brain.tools.mcp.auth import Auth, ClientCredentials, IdentityAssertion, OAuth
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.mcp.toolbox import McpToolbox

METADATA_URL = "https://conformance-test.local/client-metadata.json"
"""What the suite knows a client by that does not register."""
RELAY = """
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as place:
    place.connect(sys.argv[1])
    names = ("MCP_CONFORMANCE_SCENARIO", "MCP_CONFORMANCE_CONTEXT")
    place.sendall(json.dumps([sys.argv[-1], *(os.environ.get(name, "") for name in names)]).encode() + b"\\n")
    with place.makefile() as lines:
        said = json.loads(lines.readline())
print(said["out"])
sys.exit(said["code"])
"""
Make = Callable[[str, Mapping[str, str]], Awaitable[Auth | None]]


async def visit(url: str, redirect_url: str) -> str:
    """A person who agrees: the page sends them back at once."""
    async with httpx2.AsyncClient() as client:
        response = await client.get(url, follow_redirects=False)
    return response.headers["location"]


async def log_in(url: str, context: Mapping[str, str]) -> Auth:
    """A person's login, where the client may be registered already."""
    return OAuth(
        visit=visit,
        redirect_url="http://localhost:3000/callback",
        client_id=context.get("client_id", ""),
        client_secret=context.get("client_secret", ""),
        client_metadata_url=METADATA_URL,
    )


async def use_credentials(url: str, context: Mapping[str, str]) -> Auth:
    """A program's, with a secret or a key."""
    return ClientCredentials(
        context["client_id"],
        context.get("client_secret", ""),
        context.get("private_key_pem", ""),
        algorithm=context.get("signing_algorithm", "RS256"),
        issuer=await find_issuer(url),
    )


async def use_assertion(url: str, context: Mapping[str, str]) -> Auth:
    """An enterprise's: its identity provider gives an assertion for what it knows of the person."""

    async def fetch(issuer: str, resource: str) -> str:
        wanted = {
            "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
            "requested_token_type": "urn:ietf:params:oauth:token-type:id-jag",
            "subject_token": context["idp_id_token"],
            "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
            "client_id": context["idp_client_id"],
            "audience": issuer,
            "resource": resource,
        }
        async with httpx2.AsyncClient() as client:
            response = await client.post(context["idp_token_endpoint"], data=wanted)
        return str(response.raise_for_status().json()["access_token"])

    return IdentityAssertion(context["client_id"], context["client_secret"], await find_issuer(url), fetch)


async def find_issuer(url: str) -> str:
    """Who issues tokens for a server; a user would know it, and the suite does not say."""
    place = httpx2.URL(url)
    async with httpx2.AsyncClient() as client:
        for path in (f"/.well-known/oauth-protected-resource{place.path}", "/.well-known/oauth-protected-resource"):
            response = await client.get(place.copy_with(path=path))
            if response.status_code == 200:
                return str(response.json()["authorization_servers"][0])
    raise LookupError(f"{url} does not say who issues its tokens")


WAYS: Mapping[str, Make] = {
    "auth/client-credentials": use_credentials,
    "auth/cross-app-access": use_assertion,
    "auth/": log_in,
}
"""By how the scenario's name begins; the first one counts."""


def make_args(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A number for each number that is wanted, and a word for all else."""
    numbers = count(3)
    rules = schema.get("properties", {})
    return {
        name: next(numbers) if rule.get("type") in ("number", "integer") else "word" for name, rule in rules.items()
    }


async def call(box: McpToolbox, action: Action) -> str:
    """One call; what the server asks is replied to with an empty form, for which the defaults count."""
    stream = box.call(action, "conformance:1")
    while True:
        async with aclosing(stream) as pieces:
            last = [piece async for piece in pieces][-1]
        if not isinstance(last, Question):
            return f"{action.name}: {last}"
        stream = box.answer(action, "conformance:1", last.token, {})


async def call_all(server: McpServer) -> str:
    """All tools of the server. Raises: RunError where it cannot be reached."""
    box = McpToolbox([], [server])
    try:
        await box.open()
        return "\n".join(
            [await call(box, Action(name=spec.name, args=make_args(spec.parameters))) for spec in box.specs]
        )
    finally:
        await box.aclose()


async def run(url: str, scenario: str, context: str) -> tuple[int, str]:
    """A client's exit status and what it says."""
    make = next((way for name, way in WAYS.items() if scenario.startswith(name)), None)
    auth = None if make is None else await make(url, json.loads(context or "{}"))
    try:
        return 0, await call_all(McpServer(url=url, auth=auth))
    except RunError as error:
        return 1, str(error)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One errand."""
    code, out = await run(*json.loads(await reader.readline()))
    writer.write(json.dumps({"code": code, "out": out}).encode() + b"\n")
    await writer.drain()
    writer.close()


def write_relay(folder: Path) -> str:
    """The command of a client that hands its errand on to the socket in this folder."""
    (folder / "relay.py").write_text(RELAY)
    return f"{sys.executable} -I -S {folder / 'relay.py'} {folder / 'socket'}"
