"""What a served brain has a client bring back with the replies to a call that was put off: the run's name.

A run waits for days, and whichever process serves its store next goes on with it. So what the client keeps is sealed
with no key of one process, and is good for as long as the run is. It need be no secret: the tool `reply` takes the same
name from anybody who is served.
"""

import binascii
from base64 import b64decode, urlsafe_b64encode

from mcp.server.request_state import InvalidRequestState, RequestStateSecurity

LASTS_SECONDS = 100 * 365 * 86_400.0
"""The SDK wants an end."""


class PlainCodec:
    """The SDK's envelope as it stands, in letters that a URL may have."""

    def seal(self, payload: bytes) -> str:
        """The token of a payload."""
        return urlsafe_b64encode(payload).decode()

    def unseal(self, token: str) -> bytes:
        """The payload of a token. Raises: InvalidRequestState."""
        try:
            return b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise InvalidRequestState("it is no base64") from None


def keep_run_names() -> RequestStateSecurity:
    """How a server hands out the names of runs that wait."""
    return RequestStateSecurity(codec=PlainCodec(), ttl=LASTS_SECONDS)
