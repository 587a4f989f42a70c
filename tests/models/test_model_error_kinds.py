"""What servers' errors mean."""

from typing import Any

import pytest

from agent_brain.core.errors import ModelErrorKind
from agent_brain.models.model_errors import EXCERPT_CHARACTERS, Origin

Kind = ModelErrorKind
ORIGIN = Origin("mock", "host:80", "local-key-9")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"message": "x", "code": "context_length_exceeded"}}, Kind.CONTEXT_LENGTH),
        (400, {"error": {"message": "x", "code": 400, "type": "exceed_context_size_error"}}, Kind.CONTEXT_LENGTH),
        (400, {"message": "This model's maximum context length is 4096 tokens.", "code": 400}, Kind.CONTEXT_LENGTH),
        (400, {"error": {"message": "prompt is too long: 9 tokens > 8", "type": "invalid_request_error"}},
         Kind.CONTEXT_LENGTH),
        (400, {"error": {"message": "x", "innererror": {"code": "content_filter"}, "code": "content_filter"}},
         Kind.CONTENT_FILTER),
        (400, {"error": {"message": "bad temperature", "type": "invalid_request_error"}}, Kind.BAD_REQUEST),
        (401, {"error": {"message": "no"}}, Kind.AUTHENTICATION),
        (403, "forbidden", Kind.AUTHENTICATION),
        (404, {"detail": "Not Found"}, Kind.NOT_FOUND),
        (404, {"error": {"message": "no model", "code": "model_not_found"}}, Kind.NOT_FOUND),
        (422, {"detail": [{"msg": "field required"}]}, Kind.BAD_REQUEST),
        (429, {"error": {"message": "x", "code": "insufficient_quota"}}, Kind.QUOTA),
        (402, None, Kind.QUOTA),
        (429, {}, Kind.RATE_LIMIT),
        (500, b"oops", Kind.SERVER),
        (529, {"error": {"type": "overloaded_error", "message": "x"}}, Kind.SERVER),
        (302, None, Kind.PROTOCOL),
        (418, None, Kind.BAD_REQUEST),
    ],
)  # fmt: skip
def test_statuses_codes_and_wordings_become_kinds(status: int, body: Any, kind: ModelErrorKind) -> None:
    error = ORIGIN.read_body(body, status=status)
    assert (error.kind, error.status) == (kind, status)


def test_the_message_names_model_server_status_and_words_and_is_bounded() -> None:
    words = str(ORIGIN.read_body({"error": {"message": "bad\n\x1b[31m" + "x" * 9999}}, status=400))
    assert words.startswith("model 'mock' at host:80: the server said 400: bad")
    assert len(words) < EXCERPT_CHARACTERS + 100
    assert words.isprintable()


def test_keys_never_reach_a_message() -> None:
    body = {"error": {"message": "Incorrect key sk-abcDEF123456789 (or local-key-9, Bearer zzzzzz) given"}}
    words = str(ORIGIN.read_body(body, status=401))
    assert "Incorrect key [key] (or [key], Bearer [key] given" in words
    assert "local-key-9" not in repr(ORIGIN)


def test_a_stand_in_for_a_key_is_left_in_words_that_hold_it() -> None:
    error = Origin("mock", "host:80", secret="-").make_error(ModelErrorKind.SERVER, "wanted server-sent events")
    assert str(error) == "model 'mock' at host:80: wanted server-sent events"
