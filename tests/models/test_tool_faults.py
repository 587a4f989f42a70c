"""What servers say of tools, in their own words."""

from typing import Any

import pytest

from agent_brain.core.errors import ModelErrorKind
from agent_brain.models.model_errors import Origin

Kind = ModelErrorKind
ASKED_WITH_TOOLS = Origin("llama-3-tool-use", "host:80", has_tools=True)
ASKED_WITHOUT = Origin("mock", "host:80")

REFUSED: list[tuple[int, str]] = [
    (400, "registry.ollama.ai/library/gemma3:4b does not support tools"),
    (400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'),
    (404, "No endpoints found that support tool use. To learn more about provider routing, visit: https://host/docs"),
    (404, "No endpoints found that support the provided 'tool_choice' value."),
    (500, "tools param requires --jinja flag"),
    (500, "Unsupported param: tools"),
    (500, "Internal server error: Unsupported tool_call_parser: None"),
    (400, "tools is not supported in this model. For a list of supported models, refer to the pages."),
    (400, "<400> InternalError.Algo.InvalidParameter: The tool call is not supported."),
    (400, "model features function calling not support"),
    (405, "Tool calling is not supported for model: mistralai/Mistral-Small-24B-Instruct-2501"),
    (400, "Functions are not supported for this API version or this model version."),
    (400, "Failed to initialize samplers: failed to parse grammar"),
    (400, "Unable to generate parser for this template. Automatic parser generation failed"),
    (422, "Unrecognized request argument supplied: tools"),
    (501, "tool_choice: not implemented"),
]
BROKEN: list[tuple[int | None, str]] = [
    (500, "error parsing tool call: raw='{\"path\":\"a.py\"}]', err=invalid character ']' after top-level value"),
    (500, "Failed to parse input at pos 184: <tool_call>{"),
    (None, "Failed to parse input at pos 0: <tool_call>"),
    (500, "Unexpected empty grammar stack after accepting piece: x"),
    (400, "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details."),
    (500, "unexpected tokens remaining in message header: ['to=functions.add']"),
]
OTHER: list[tuple[int, str, ModelErrorKind]] = [
    (500, "CUDA error: out of memory", Kind.SERVER),
    (500, "the tool shed is on fire", Kind.SERVER),
    (503, "overloaded: tools are not supported while loading", Kind.SERVER),
    (400, "temperature must be at most 2", Kind.BAD_REQUEST),
    (404, "The model `llama-3-tool-use` does not exist", Kind.NOT_FOUND),
    (400, "An assistant message with 'tool_calls' must be followed by tool messages", Kind.BAD_REQUEST),
    (400, "This model's maximum context length is 4096 tokens, tools included", Kind.CONTEXT_LENGTH),
    (401, "tools need a key", Kind.AUTHENTICATION),
    (429, "too many tool calls", Kind.RATE_LIMIT),
]


@pytest.mark.parametrize(("status", "words"), REFUSED)
def test_a_server_that_takes_no_tools_is_understood(status: int, words: str) -> None:
    assert ASKED_WITH_TOOLS.read_body({"error": {"message": words}}, status=status).kind is Kind.NO_TOOLS
    assert ASKED_WITH_TOOLS.read_body({"detail": words}, status=status).kind is Kind.NO_TOOLS


@pytest.mark.parametrize(("status", "words"), BROKEN)
def test_a_server_that_cannot_read_its_own_call_is_understood_and_may_be_asked_again(
    status: int | None, words: str
) -> None:
    error = ASKED_WITH_TOOLS.read_body(
        {"error": {"message": words, "code": 500, "type": "server_error"}}, status=status
    )
    assert (error.kind, error.retryable) == (Kind.BROKEN_CALL, True)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ('error parsing tool call: raw=\'{"key": "hunter2"\', err=unexpected end', "error parsing tool call"),
        ('Failed to parse input at pos 184: <tool_call>{"key": "hunter2"', "Failed to parse input at pos 184"),
        (
            "Failed to parse tool call arguments as JSON: last read: 'hunter2'",
            "Failed to parse tool call arguments as JSON",
        ),
    ],
)
def test_a_call_that_could_not_be_read_is_not_quoted_for_it_may_hold_a_secret(words: str, shown: str) -> None:
    error = ASKED_WITH_TOOLS.read_body({"error": {"message": words}}, status=500)
    assert str(error).endswith(f"the server said 500: {shown} (the call itself is left out)")


@pytest.mark.parametrize(("status", "words", "kind"), OTHER)
def test_what_is_about_something_else_is_not_mistaken(status: int, words: str, kind: ModelErrorKind) -> None:
    assert ASKED_WITH_TOOLS.read_body({"error": {"message": words}}, status=status).kind is kind


@pytest.mark.parametrize(("status", "words"), [*REFUSED, *BROKEN])
def test_where_no_tools_were_sent_nothing_is_about_them(status: int | None, words: str) -> None:
    kind = ASKED_WITHOUT.read_body({"error": {"message": words}}, status=status).kind
    assert kind not in {Kind.NO_TOOLS, Kind.BROKEN_CALL}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"error": {"message": "Invalid value", "param": "tools[0].function.name"}}, Kind.NO_TOOLS),
        ({"error": {"message": "Invalid value", "param": "messages.[3].role"}}, Kind.BAD_REQUEST),
        ({"detail": [{"type": "extra_forbidden", "loc": ["body", "tools"], "msg": "not permitted"}]}, Kind.NO_TOOLS),
        ({"error": {"message": "x", "type": "invalid_request_error", "code": "tool_use_failed"}}, Kind.BROKEN_CALL),
    ],
)
def test_fields_and_codes_tell_too(body: Any, kind: ModelErrorKind) -> None:
    assert ASKED_WITH_TOOLS.read_body(body, status=400).kind is kind
