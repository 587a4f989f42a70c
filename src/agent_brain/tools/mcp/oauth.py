"""The SDK's OAuth providers, made from our plain data, with tokens kept where the user says."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider, OAuthFlowError
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.auth.extensions.identity_assertion import IdentityAssertionOAuthProvider
from mcp.client.auth.oauth2 import OAuthContext
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthMetadata,
    OAuthToken,
)

from agent_brain.tools.mcp.auth import ClientCredentials, IdentityAssertion, OAuth, Waiting
from agent_brain.tools.mcp.tokens import Tokens


def make_oauth(auth: OAuth, url: str, waiting: Waiting) -> httpx2.Auth:
    """For people who log in."""
    visitor = _Visitor(auth, waiting)
    known = None
    if auth.client_id:
        method = "client_secret_basic" if auth.client_secret else "none"
        known = OAuthClientInformationFull(
            redirect_uris=None,
            client_id=auth.client_id,
            client_secret=auth.client_secret or None,
            token_endpoint_auth_method=method,
        )
    metadata = OAuthClientMetadata.model_validate(
        {"redirect_uris": [auth.redirect_url], "client_name": auth.client_name, "scope": auth.scope or None}
    )
    return _Lasting(
        auth.scope,
        url,
        metadata,
        _Storage(url, auth.tokens, auth.seen, known),
        visitor.go,
        visitor.come_back,
        auth.client_metadata_url or None,
    )


def make_client_credentials(auth: ClientCredentials, url: str) -> httpx2.Auth:
    """For programs: with a secret, or with requests that a key has signed."""
    storage = _Storage(url, auth.tokens, auth.seen)
    scope, issuer = auth.scope or None, auth.issuer or None
    if auth.client_secret:
        return ClientCredentialsOAuthProvider(
            url, storage, auth.client_id, auth.client_secret, auth.method, scope, issuer
        )
    signing = SignedJWTParameters(
        issuer=auth.client_id, subject=auth.client_id, signing_key=auth.private_key, signing_algorithm=auth.algorithm
    )
    return PrivateKeyJWTOAuthProvider(url, storage, auth.client_id, signing.create_assertion_provider(), scope, issuer)


def make_identity_assertion(auth: IdentityAssertion, url: str) -> httpx2.Auth:
    """For people whom an enterprise's identity provider knows."""
    return IdentityAssertionOAuthProvider(
        url,
        _Storage(url, auth.tokens, auth.seen),
        auth.client_id,
        auth.client_secret,
        auth.issuer,
        auth.assertion,
        auth.scope or None,
        auth.method,
    )


class _Lasting(OAuthClientProvider):
    """Goes on after a restart where it was: with the time at which the token expires, and the server that renews it.

    The SDK keeps neither. It would take every token that it finds for a good one, and send a person to the page again.
    """

    def __init__(self, scope: str, url: str, metadata: OAuthClientMetadata, storage: "_Storage", *rest: Any) -> None:
        super().__init__(url, metadata, storage, *rest)
        self._scope = scope or None
        self._kept = storage
        storage.context = self.context

    async def _initialize(self) -> None:
        await super()._initialize()
        self.context.token_expiry_time = self._kept.expires_at
        self.context.oauth_metadata = self._kept.metadata

    async def _perform_authorization(self) -> httpx2.Request:
        if not self.context.client_metadata.scope:
            self.context.client_metadata.scope = self._scope  # the SDK drops it where the server names none
        return await super()._perform_authorization()


class _Storage:
    """The SDK's `TokenStorage` over `Tokens`; whatever is secret of what it sees goes into `seen`."""

    def __init__(
        self, url: str, tokens: Tokens, seen: set[str], known: OAuthClientInformationFull | None = None
    ) -> None:
        self._url = url
        self._tokens = tokens
        self._seen = seen
        self._known = known
        self.context: OAuthContext | None = None
        self.expires_at: float | None = None
        self.metadata: OAuthMetadata | None = None

    async def get_tokens(self) -> OAuthToken | None:
        kept = await self._tokens.read(self._url)
        if "tokens" not in kept:
            return None
        found = self._note(OAuthToken.model_validate(kept["tokens"]))
        self.expires_at = kept.get("expires_at")
        self.metadata = OAuthMetadata.model_validate(kept["server"]) if kept.get("server") else None
        return found

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._note(tokens)
        expires_at = None if tokens.expires_in is None else time.time() + tokens.expires_in
        server = None if self.context is None else self.context.oauth_metadata
        await self._put(
            {
                "tokens": tokens.model_dump(mode="json", exclude_none=True),
                "expires_at": expires_at,
                "server": None if server is None else server.model_dump(mode="json", exclude_none=True),
            }
        )

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        if self._known is not None:
            return self._known
        kept = await self._tokens.read(self._url)
        if "client" not in kept:
            return None
        found = OAuthClientInformationFull.model_validate(kept["client"])
        self._seen.update(filter(None, [found.client_secret]))
        return found

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._seen.update(filter(None, [client_info.client_secret]))
        await self._put({"client": client_info.model_dump(mode="json", exclude_none=True)})

    async def _put(self, changed: Mapping[str, Any]) -> None:
        await self._tokens.write(self._url, {**await self._tokens.read(self._url), **changed})

    def _note(self, tokens: OAuthToken) -> OAuthToken:
        self._seen.update(filter(None, [tokens.access_token, tokens.refresh_token]))
        return tokens


class _Visitor:
    """One person's way to the page and back, in the two halves that the SDK wants."""

    def __init__(self, auth: OAuth, waiting: Waiting) -> None:
        self._auth = auth
        self._waiting = waiting
        self._came_back = ""

    async def go(self, url: str) -> None:
        with self._waiting():
            self._came_back = await self._auth.visit(url, self._auth.redirect_url)

    async def come_back(self) -> AuthorizationCodeResult:
        said = {name: values[0] for name, values in parse_qs(urlsplit(self._came_back).query).items()}
        if "error" in said:
            raise OAuthFlowError(f"the login was refused: {said['error']} {said.get('error_description', '')}".strip())
        if "code" not in said:
            raise OAuthFlowError("the browser came back without a code; wanted ...?code=...&state=...")
        return AuthorizationCodeResult(code=said["code"], state=said.get("state"), iss=said.get("iss"))
