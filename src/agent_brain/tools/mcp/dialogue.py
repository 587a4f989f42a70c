"""Dialogue: what a call has asked a person and been told so far, as a pause keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mcp_types import ElicitRequestParams, ElicitResult

from agent_brain.tools.mcp.eliciting import digest


@dataclass(frozen=True, slots=True)
class Dialogue:
    """How far a call has come with its questions: JSON, kept with the pause.

    Without a handshake the server hands out an opaque state, and the call goes on from there. With one, a call that has
    to wait is ended, and made anew with the answers so far.
    """

    state: str | None = None
    requests: Mapping[str, Any] | None = None
    """What the server wants to know, by its own keys; None: it is of the handshake era."""
    responses: Mapping[str, Any] | None = None
    asked: Mapping[str, Any] | None = None
    """The question that waits for a reply."""
    answers: tuple[tuple[str, Any], ...] = ()
    """The handshake era's replies in order, each with the hash of its question."""

    def to_json(self) -> dict[str, Any]:
        """As a pause keeps it."""
        if self.requests is None:
            return {"asked": self.asked, "answers": [list(answer) for answer in self.answers]}
        return {"state": self.state, "requests": dict(self.requests), "responses": dict(self.responses or {})}

    @classmethod
    def from_json(cls, token: Mapping[str, Any]) -> "Dialogue":
        """As `to_json` wrote it."""
        if "requests" in token:
            return cls(token["state"], token["requests"], token["responses"])
        return cls(asked=token["asked"], answers=tuple((key, value) for key, value in token["answers"]))

    def find_open(self) -> tuple[str, Mapping[str, Any]] | None:
        """The first question without a reply, with its key."""
        if self.requests is None:
            return None if self.asked is None else ("", self.asked)
        known = self.responses or {}
        return next(((key, asked) for key, asked in self.requests.items() if key not in known), None)

    def take(self, key: str, asked: ElicitRequestParams, reply: ElicitResult) -> "Dialogue":
        """With one more reply."""
        said = reply.model_dump(mode="json", by_alias=True, exclude_none=True)
        if self.requests is None:
            return replace(self, asked=None, answers=(*self.answers, (digest(asked), said)))
        return replace(self, responses={**(self.responses or {}), key: said})
