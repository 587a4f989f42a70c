"""The one place that says what a server's error means: statuses, codes and wordings become kinds of ModelError."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.models.context_errors import is_too_long, read_sizes
from agent_brain.models.tool_faults import judge_tools, leave_out_call

EXCERPT_CHARACTERS = 300
WORDS_MAX = 4000
"""Characters of an error that are searched for sizes."""
NO_KEY = "no-key-needed"
"""Sent to a named server where no key is configured: local servers want none, the SDK wants one."""
SECRET_CHARACTERS_MIN = 8
"""A shorter key is a stand-in for a server that wants none; it is no secret, and may be part of any word."""

_KINDS_BY_STATUS = {
    400: ModelErrorKind.BAD_REQUEST,
    401: ModelErrorKind.AUTHENTICATION,
    402: ModelErrorKind.QUOTA,
    403: ModelErrorKind.AUTHENTICATION,
    404: ModelErrorKind.NOT_FOUND,
    405: ModelErrorKind.NOT_FOUND,
    408: ModelErrorKind.TIMEOUT,
    409: ModelErrorKind.SERVER,
    413: ModelErrorKind.CONTEXT_LENGTH,
    422: ModelErrorKind.BAD_REQUEST,
    425: ModelErrorKind.SERVER,
    429: ModelErrorKind.RATE_LIMIT,
}

_KINDS_BY_CODE = {
    "authentication_error": ModelErrorKind.AUTHENTICATION,
    "content_filter": ModelErrorKind.CONTENT_FILTER,
    "content_policy_violation": ModelErrorKind.CONTENT_FILTER,
    "context_length_exceeded": ModelErrorKind.CONTEXT_LENGTH,
    "exceed_context_size_error": ModelErrorKind.CONTEXT_LENGTH,
    "insufficient_quota": ModelErrorKind.QUOTA,
    "billing_hard_limit_reached": ModelErrorKind.QUOTA,
    "invalid_api_key": ModelErrorKind.AUTHENTICATION,
    "invalid_request_error": ModelErrorKind.BAD_REQUEST,
    "model_not_found": ModelErrorKind.NOT_FOUND,
    "not_found_error": ModelErrorKind.NOT_FOUND,
    "overloaded_error": ModelErrorKind.SERVER,
    "permission_error": ModelErrorKind.AUTHENTICATION,
    "rate_limit_error": ModelErrorKind.RATE_LIMIT,
    "rate_limit_exceeded": ModelErrorKind.RATE_LIMIT,
    "server_error": ModelErrorKind.SERVER,
    "unavailable_error": ModelErrorKind.SERVER,
}
"""`error.code` or `error.type` of OpenAI, Azure, llama.cpp, Anthropic's and OpenRouter's compatible endpoints."""

_PERHAPS_OF_TOOLS = frozenset({ModelErrorKind.BAD_REQUEST, ModelErrorKind.NOT_FOUND, ModelErrorKind.SERVER})

_TOO_LARGE = re.compile(r"request too large for .*\blimit:? [\d,]+,? requested", re.IGNORECASE)
"""One request with more tokens than a minute has: its code says rate limit, and waiting would not help."""
_SECRETS = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|ghp|AIza)[-_]?[A-Za-z0-9][A-Za-z0-9_\-*.]{7,}|(?<=Bearer )\S+", re.IGNORECASE
)


@dataclass(frozen=True)
class Origin:
    """Whose error it is: names the model and the server in every message, and keeps the key out of it."""

    model: str
    """Empty where the request is about no model."""
    host: str
    secret: str = field(default="", repr=False)
    has_tools: bool = False
    """Tools were sent: what the server says may be about them."""

    def make_error(self, kind: ModelErrorKind, words: str, **details: Any) -> ModelError:
        """An error that says where it comes from; `details` as ModelError takes them."""
        whose = f"model {self.model!r} at {self.host}" if self.model else self.host
        return ModelError(kind, f"{whose}: {self.clean(words)}", **details)

    def read_body(self, body: Any, *, status: int | None = None, **details: Any) -> ModelError:
        """The error that a reply's JSON describes, in a stream (no status) or as the body of a failed request."""
        fault = find_fault(body)
        said = find_words(fault) or fault
        words = excerpt(said)
        kind = choose_kind(status, fault, words)
        if kind is ModelErrorKind.CONTEXT_LENGTH:
            details["sizes"] = read_sizes(fault, str(said)[:WORDS_MAX])
        if self.has_tools and kind in _PERHAPS_OF_TOOLS:
            of_tools = words.replace(self.model, "") if self.model else words  # a name may hold any word
            kind = judge_tools(status or _find_status(_find_codes(fault)), fault, of_tools) or kind
        if kind is ModelErrorKind.BROKEN_CALL:
            words = leave_out_call(words)
        what = f"the server said {status}" if status else "the server sent an error"
        wait = details.get("retry_after_seconds")
        after = f" (it asks to wait {wait:g} s)" if wait else ""
        if kind is ModelErrorKind.AUTHENTICATION and self.secret == NO_KEY:
            after += " (no key is configured; a stand-in was sent)"
        return self.make_error(kind, f"{what}{after}: {words}" if words else what + after, status=status, **details)

    def clean(self, text: str) -> str:
        """The text without keys and control characters."""
        if len(self.secret) >= SECRET_CHARACTERS_MIN:
            text = text.replace(self.secret, "[key]")
        return "".join(c if c.isprintable() else " " for c in _SECRETS.sub("[key]", text))


def choose_kind(status: int | None, fault: Any, words: str) -> ModelErrorKind:
    """What a caller can do about it: codes say more than statuses, and statuses more than wordings."""
    codes = _find_codes(fault)
    if _TOO_LARGE.search(words):
        return ModelErrorKind.CONTEXT_LENGTH
    kinds = [_KINDS_BY_CODE[code] for code in codes if code in _KINDS_BY_CODE]
    general = {ModelErrorKind.BAD_REQUEST, ModelErrorKind.SERVER}
    for kind in kinds:
        if kind not in general:
            return kind
    status = status or _find_status(codes)
    if (status is None or status in {400, 413, 422, 500}) and is_too_long(words):
        return ModelErrorKind.CONTEXT_LENGTH
    if status is None:
        return kinds[0] if kinds else ModelErrorKind.SERVER
    if status < 400:
        return ModelErrorKind.PROTOCOL
    return _KINDS_BY_STATUS.get(status, ModelErrorKind.SERVER if status >= 500 else ModelErrorKind.BAD_REQUEST)


def find_fault(body: Any) -> Any:
    """The part of a body that describes the error: `error`, `detail`, the first of a list, or the body itself."""
    if isinstance(body, list) and body:
        return find_fault(body[0])
    if isinstance(body, Mapping):
        return body.get("error") or body.get("detail") or body
    return body


def find_words(fault: Any) -> str:
    """The sentence meant for people, or an empty text."""
    if isinstance(fault, str):
        return fault
    if isinstance(fault, Mapping):
        for name in ("message", "msg", "detail", "error_description"):
            if isinstance(fault.get(name), str) and fault[name]:
                return str(fault[name])
    return ""


def excerpt(value: Any) -> str:
    """The beginning of a server's text, on one line."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value if value is not None else "")
    line = " ".join(text[: EXCERPT_CHARACTERS * 4].split())
    return line if len(line) <= EXCERPT_CHARACTERS else line[:EXCERPT_CHARACTERS] + "..."


def _find_status(codes: list[str]) -> int | None:
    return next((int(code) for code in codes if re.fullmatch(r"[45]\d\d", code)), None)


def _find_codes(fault: Any) -> list[str]:
    if not isinstance(fault, Mapping):
        return []
    inner = fault.get("innererror")
    values = [fault.get("code"), fault.get("type"), inner.get("code") if isinstance(inner, Mapping) else None]
    return [str(value).lower() for value in values if isinstance(value, str | int)]
