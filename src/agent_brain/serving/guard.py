"""Lets in who shows a token."""

import hmac
from typing import Any

REFUSED = b"a bearer token is wanted"


class BearerGuard:
    """An ASGI application that answers 401 to requests without the token, and hands all others on."""

    def __init__(self, inner: Any, token: str) -> None:
        self._inner = inner
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One connection."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and self._is_shown(scope)):
            await self._inner(scope, receive, send)
            return
        headers = [(b"www-authenticate", b"Bearer"), (b"content-length", str(len(REFUSED)).encode())]
        await send({"type": "http.response.start", "status": 401, "headers": headers})
        await send({"type": "http.response.body", "body": REFUSED})

    def _is_shown(self, scope: Any) -> bool:
        shown = [value for name, value in scope["headers"] if name == b"authorization"]
        return len(shown) == 1 and hmac.compare_digest(shown[0], self._wanted)
