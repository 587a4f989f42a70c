"""A bearer token in the header of each request."""

from collections.abc import Callable, Generator

import httpx2


class Bearer(httpx2.Auth):
    """Asks for the token before every request."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """The request with the token."""
        request.headers["Authorization"] = f"Bearer {self._read()}"
        yield request
