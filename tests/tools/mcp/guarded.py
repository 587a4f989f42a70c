"""A server that wants to know who asks, with its own authorization server, in this process."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

OPEN = ("/.well-known/", "/register", "/authorize", "/token")


class Guarded:
    """Issues tokens `t-token-1`, `t-token-2` and so on, and lets those pass that are in `valid`."""

    def __init__(self) -> None:
        self.url = ""
        self.valid: set[str] = set()
        self.grants: list[str] = []
        """How tokens were asked for."""

    async def describe_resource(self, _: Request) -> Response:
        return JSONResponse({"resource": f"{self.url}/mcp", "authorization_servers": [self.url]})

    async def describe_server(self, _: Request) -> Response:
        places = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in PLACES.items()}
        return JSONResponse({"issuer": self.url, **places, **SUPPORTED})

    async def register(self, request: Request) -> Response:
        return JSONResponse({**await request.json(), "client_id": "c1", "client_secret": "s-secret-1"}, 201)

    async def authorize(self, request: Request) -> Response:
        back = {"code": "code-1", "state": request.query_params["state"]}
        return RedirectResponse(f"{request.query_params['redirect_uri']}?{urlencode(back)}", 302)

    async def issue(self, request: Request) -> Response:
        asked = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        self.grants.append(asked["grant_type"])
        token = f"t-token-{len(self.grants)}"
        self.valid = {token}
        kept = {"expires_in": 3600, "refresh_token": "r-refresh-1"}
        return JSONResponse({"access_token": token, "token_type": "Bearer", **kept})

    def guard(self, inner: ASGIApp) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"].startswith(OPEN):
                return await inner(scope, receive, send)
            shown = dict(scope["headers"]).get(b"authorization", b"").decode().removeprefix("Bearer ")
            if shown in self.valid:
                return await inner(scope, receive, send)
            place = f'Bearer resource_metadata="{self.url}/.well-known/oauth-protected-resource/mcp"'
            return await Response(status_code=401, headers={"WWW-Authenticate": place})(scope, receive, send)

        return app


PLACES = {"authorization": "authorize", "token": "token", "registration": "register"}
SUPPORTED: dict[str, Any] = {
    "response_types_supported": ["code"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
}


@asynccontextmanager
async def guarding() -> AsyncGenerator[Guarded, None]:
    """The server, listening."""
    guarded, mcp = Guarded(), MCPServer("guarded", log_level="ERROR")

    @mcp.tool()
    def whoami(ctx: Context) -> str:
        """Echo what the caller has shown, as no server should."""
        return str((ctx.headers or {}).get("authorization"))

    for path, method, handler in (
        ("/.well-known/oauth-protected-resource/mcp", "GET", guarded.describe_resource),
        ("/.well-known/oauth-authorization-server", "GET", guarded.describe_server),
        ("/register", "POST", guarded.register),
        ("/authorize", "GET", guarded.authorize),
        ("/token", "POST", guarded.issue),
    ):
        mcp.custom_route(path, methods=[method])(handler)
    app = guarded.guard(mcp.streamable_http_app())
    async with listening(app) as guarded.url:
        yield guarded


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals to the tests."""
        yield


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncGenerator[str, None]:
    """An application's URL, while it is served on this loop."""
    server = _Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on", ws="none"))
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110  # it tells nobody
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = server.force_exit = True
        await task
