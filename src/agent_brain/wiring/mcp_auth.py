"""How a file says who asks an MCP server: `"auth": {"type": "bearer", "token": "${GITHUB_TOKEN}"}`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.tools.mcp.auth import Auth, BearerToken, ClientCredentials, OAuth
from agent_brain.tools.mcp.tokens import FileTokens

Given = Mapping[str, str]


def read_auth(given: Any, where: str) -> Auth | None:
    """The way that an entry names; its texts have been expanded. Raises: SetupError."""
    if given is None:
        return None
    if not isinstance(given, Mapping) or not all(isinstance(part, str) for part in given.values()):
        raise SetupError(f'{where}: auth is no object of texts; wanted {{"type": "bearer", "token": ...}} or the like')
    kind = given.get("type", "")
    if kind not in AUTHS:
        raise UnknownName("auth of an MCP server", kind, AUTHS)
    make, known = AUTHS[kind]
    unknown = sorted(given.keys() - known - {"type"})
    if unknown:
        raise SetupError(f"{where}: auth of type {kind} has no {unknown[0]!r:.60}; known: {', '.join(sorted(known))}")
    try:
        return make({name: text for name, text in given.items() if name != "type"})
    except TypeError as error:
        raise SetupError(f"{where}: auth of type {kind} lacks something: {error}") from error


def _make_bearer(given: Given) -> Auth:
    return BearerToken(**given)


def _make_client_credentials(given: Given) -> Auth:
    options: dict[str, Any] = {**_keep(given), **_read_key(given)}
    return ClientCredentials(**options)


def _make_oauth(given: Given) -> Auth:
    options: dict[str, Any] = _keep(given)
    return OAuth(**options)


def _keep(given: Given) -> dict[str, Any]:
    """With a place for tokens, where one is named."""
    rest: dict[str, Any] = {name: text for name, text in given.items() if name not in ("tokens", "private_key_file")}
    return {**rest, "tokens": FileTokens(given["tokens"])} if "tokens" in given else rest


def _read_key(given: Given) -> dict[str, Any]:
    if "private_key_file" not in given:
        return {}
    try:
        return {"private_key": Path(given["private_key_file"]).expanduser().read_text()}
    except OSError as error:
        raise SetupError(f"the private key {given['private_key_file']} cannot be read: {error.strerror}") from error


AUTHS: Mapping[str, tuple[Callable[[Given], Auth], frozenset[str]]] = {
    "bearer": (_make_bearer, frozenset({"token"})),
    "client_credentials": (
        _make_client_credentials,
        frozenset(
            {"client_id", "client_secret", "private_key_file", "algorithm", "issuer", "scope", "method", "tokens"}
        ),
    ),
    "oauth": (
        _make_oauth,
        frozenset({"client_id", "client_secret", "client_metadata_url", "redirect_url", "scope", "tokens"}),
    ),
}
"""Each type with what makes it and the keys that it takes."""
