"""Ways in which an MCP server at a URL is told who asks; plain data that loads no SDK until a connection is opened.

A new way is a new class with `make` and `secrets`, and a row in `AUTHS` of `wiring/mcp_auth.py`.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

from agent_brain.core.errors import SetupError
from agent_brain.tools.mcp.browser import visit_in_browser
from agent_brain.tools.mcp.tokens import MemoryTokens, Tokens

REDIRECT_URL = "http://127.0.0.1:8741/callback"
"""Where a browser is sent back to: on this machine, where `visit_in_browser` listens."""
Visit = Callable[[str, str], Awaitable[str]]
"""Has a person visit a page (the first argument), and gives the whole URL, which begins with the second argument, that
their browser was sent back to."""
Waiting = Callable[[], AbstractContextManager[None]]
"""A block in which a person is waited for, whose time counts against nobody."""


@runtime_checkable
class Auth(Protocol):
    """One way to say who asks."""

    @property
    def secrets(self) -> Sequence[str]:
        """What no journal may hold."""

    def make(self, url: str, waiting: Waiting) -> Any:
        """The `auth` of the HTTP client of one connection."""


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token that somebody else has issued; a function is asked for it before every request, so that it may change."""

    token: str | Callable[[], str] = field(repr=False)

    @property
    def secrets(self) -> Sequence[str]:
        """The token as it is."""
        return [self._read()]

    def make(self, url: str, waiting: Waiting) -> Any:
        """A header with each request."""
        from agent_brain.tools.mcp.bearer import Bearer

        return Bearer(self._read)

    def _read(self) -> str:
        token = self.token() if callable(self.token) else self.token
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise SetupError("the bearer token of the MCP server is empty, or holds what no header can; wanted a token")
        return token


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """OAuth for programs: an id, and a secret or a private key, are exchanged for tokens; no person is needed.

    Raises: SetupError unless exactly one of `client_secret` and `private_key` is given.
    """

    client_id: str
    client_secret: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    """In PEM: each request for a token is signed with it, and it is never sent."""
    algorithm: str = "RS256"
    """What it signs with."""
    issuer: str = ""
    """The authorization server that they belong to: they are sent to no other one. Empty: whichever the MCP server
    names, which is then trusted with them."""
    scope: str = ""
    method: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"
    tokens: Tokens = field(default_factory=MemoryTokens, repr=False)
    seen: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    """The tokens that it has met, so that none of them gets into a journal."""

    def __post_init__(self) -> None:
        """Check that there is one proof."""
        if bool(self.client_secret) == bool(self.private_key):
            raise SetupError("client credentials need a client_secret or a private_key, and not both")

    @property
    def secrets(self) -> Sequence[str]:
        """The proof, and the tokens that were got with it."""
        return [self.client_secret or self.private_key, *self.seen]

    def make(self, url: str, waiting: Waiting) -> Any:
        """The SDK's provider of tokens."""
        from agent_brain.tools.mcp.oauth import make_client_credentials

        return make_client_credentials(self, url)


@dataclass(frozen=True, slots=True)
class OAuth:
    """OAuth for people: one of them logs in on a page, once; then the tokens are kept, and renewed when they expire.

    Where no `client_id` is given, the client registers itself, or is known by the URL of its metadata where the server
    can read that. The process that opens the page waits for the person: it is no pause of a run.
    """

    visit: Visit = visit_in_browser
    """How the person gets to the page and back."""
    redirect_url: str = REDIRECT_URL
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    client_metadata_url: str = ""
    client_name: str = "agent-brain"
    scope: str = ""
    """Asked for where the server does not say what it needs."""
    tokens: Tokens = field(default_factory=MemoryTokens, repr=False)
    seen: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    """The tokens that it has met, so that none of them gets into a journal."""

    @property
    def secrets(self) -> Sequence[str]:
        """The client's own secret, and the tokens."""
        return [*filter(None, [self.client_secret]), *self.seen]

    def make(self, url: str, waiting: Waiting) -> Any:
        """The SDK's provider of tokens."""
        from agent_brain.tools.mcp.oauth import make_oauth

        return make_oauth(self, url, waiting)


@dataclass(frozen=True, slots=True)
class IdentityAssertion:
    """OAuth across an enterprise: what its identity provider says of a person is exchanged for a token."""

    client_id: str
    client_secret: str = field(repr=False)
    issuer: str
    """The MCP server's authorization server."""
    assertion: Callable[[str, str], Awaitable[str]]
    """Gets an assertion (ID-JAG) for an issuer and a resource, anew for each token."""
    scope: str = ""
    method: Literal["client_secret_basic", "client_secret_post"] = "client_secret_basic"
    tokens: Tokens = field(default_factory=MemoryTokens, repr=False)
    seen: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    """The tokens that it has met, so that none of them gets into a journal."""

    @property
    def secrets(self) -> Sequence[str]:
        """The client's secret, and the tokens."""
        return [self.client_secret, *self.seen]

    def make(self, url: str, waiting: Waiting) -> Any:
        """The SDK's provider of tokens."""
        from agent_brain.tools.mcp.oauth import make_identity_assertion

        return make_identity_assertion(self, url)
