"""Reading a reply from bytes alone."""

import json
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.chat import Delta
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.usage import Usage
from agent_brain.models.model_errors import Origin
from agent_brain.models.reply import StreamedReply
from sse_server import DONE, delta, event, usage

ORIGIN = Origin("mock", "host", "key-123")


def read(*pieces: bytes, content_type: str = "text/event-stream") -> list[Delta]:
    reply = StreamedReply(ORIGIN, content_type)
    return [step for piece in pieces for step in reply.feed(piece)] + reply.close()


def text_of(steps: list[Delta]) -> str:
    return "".join(step.text for step in steps)


def fail(*pieces: bytes, content_type: str = "text/event-stream") -> ModelError:
    with pytest.raises(ModelError) as caught:
        read(*pieces, content_type=content_type)
    return caught.value


WHOLE = delta("Hé") + delta("llo 🙂", finish="stop") + usage(3, 4) + DONE


@given(st.lists(st.integers(0, len(WHOLE))))
def test_any_split_of_a_reply_reads_the_same(cuts: list[int]) -> None:
    places = sorted({0, len(WHOLE), *cuts})
    steps = read(*(WHOLE[a:b] for a, b in pairwise(places)))
    assert (text_of(steps), steps[-1].usage) == ("Héllo 🙂", Usage(input_tokens=3, output_tokens=4))


@given(st.integers(0, WHOLE.index(b'finish_reason": "stop') - 1))
def test_a_reply_cut_anywhere_before_its_finish_is_never_whole(end: int) -> None:
    assert fail(WHOLE[:end]).kind is ModelErrorKind.CUT


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["choices", "delta", "content", "usage", "error", "message", "finish_reason", "prompt_tokens",
                         "code", "index", "reasoning", "prompt_tokens_details", "refusal", "text"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.lists(JSON.map(event) | st.binary(max_size=40), max_size=4), st.sampled_from(["", "application/json"]))
def test_garbage_raises_nothing_but_a_model_error(pieces: list[bytes], content_type: str) -> None:
    steps: list[Delta] = []
    with suppress(ModelError):
        steps = read(*pieces, content_type=content_type)
    assert isinstance(text_of([*steps, *(Delta(step.reasoning) for step in steps)]), str)


@given(JSON)
def test_any_json_body_is_a_completion_or_a_model_error(value: Any) -> None:
    steps: list[Delta] = []
    with suppress(ModelError):
        steps = read(json.dumps({"choices": [value], "usage": value}).encode(), content_type="application/json")
    assert isinstance(text_of(steps), str)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reasoning": "why"}, "why"),
        ({"reasoning_content": "why"}, "why"),
        ({"reasoning": "why", "reasoning_content": "why"}, "why"),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "why"}]}, "why"),
        ({"reasoning": None}, ""),
    ],
)
def test_reasoning_is_taken_once_from_whichever_field_holds_it(fields: dict[str, Any], expected: str) -> None:
    steps = read(delta("x", **fields), delta(finish="stop"))
    assert "".join(step.reasoning for step in steps) == expected


@pytest.mark.parametrize(
    "odd",
    [
        event({"choices": None}),
        event({"choices": []}),
        event({}),
        event({"choices": [{"delta": None}]}),
        event({"choices": [{"delta": {"content": None}}]}),
        event({"choices": [{"index": 1, "delta": {"content": "another choice"}}]}),
        event({"choices": [{"delta": {"tool_calls": [{}]}, "finish_reason": ""}], "unknown": 1, "error": None}),
        b": ping\n\n",
    ],
)
def test_chunks_that_say_nothing_are_passed_over(odd: bytes) -> None:
    assert text_of(read(odd, delta("Hello"), odd, delta(finish="stop"), odd)) == "Hello"


@pytest.mark.parametrize(
    ("prompt", "completion", "expected"),
    [
        (3, 4, Usage(input_tokens=3, output_tokens=4)),
        ("3", 4.0, Usage(input_tokens=3, output_tokens=4)),
        (None, 4, Usage(output_tokens=4)),
        ({}, [], None),
        (-1, True, None),
    ],
)
def test_odd_usage_is_read_as_far_as_it_goes(prompt: Any, completion: Any, expected: Usage | None) -> None:
    steps = read(delta("x", finish="stop"), usage(prompt, completion, prompt_tokens_details=None))
    assert next((step.usage for step in steps if step.usage), None) == expected


def test_cached_and_reasoning_tokens_are_counted_and_usage_comes_once() -> None:
    counts = usage(9, 8, prompt_tokens_details={"cached_tokens": 5}, completion_tokens_details={"reasoning_tokens": 6})
    steps = read(usage(1, 1), delta("x"), usage(9, 2), delta(finish="stop"), counts)
    assert [step.usage for step in steps if step.usage] == [Usage(0, 0, 9, 8, 5, 6)]


def test_trouble_after_the_finish_reason_does_not_count() -> None:
    steps = read(
        delta("Hello", finish="length"), b"data: {broken\n\n", event({"error": {"message": "late"}}), b"data: {"
    )
    assert (text_of(steps), steps[0].finish) == ("Hello", "length")


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (event({"error": {"message": "overloaded", "code": 529}}), ModelErrorKind.SERVER),
        (event({"error": {"message": "slow down", "type": "rate_limit_error"}}), ModelErrorKind.RATE_LIMIT),
        (event({"error": "just words"}), ModelErrorKind.SERVER),
        (b'event: error\ndata: {"message": "went wrong"}\n\n', ModelErrorKind.SERVER),
        (b'error: {"code": 401, "message": "no"}\n\n', ModelErrorKind.AUTHENTICATION),
        (delta(finish="error"), ModelErrorKind.SERVER),
        (delta(finish="content_filter"), ModelErrorKind.CONTENT_FILTER),
        (b"data: {broken}\n\n", ModelErrorKind.PROTOCOL),
        (b"data: 7\n\n", ModelErrorKind.PROTOCOL),
    ],
)
def test_an_error_inside_the_stream_is_an_error(part: bytes, kind: ModelErrorKind) -> None:
    assert fail(delta("half a "), part, delta("text", finish="stop")).kind is kind


@pytest.mark.parametrize(
    ("body", "content_type", "kind", "words"),
    [
        (b"<html>Bad gateway</html>", "text/html", ModelErrorKind.PROTOCOL, "text/html: '<html>Bad gateway"),
        (b"", "", ModelErrorKind.PROTOCOL, "an empty body (no content type)"),
        (b"upstream is gone", "text/plain", ModelErrorKind.PROTOCOL, "upstream is gone"),
        (b'{"error": {"message": "no model"}}', "application/json", ModelErrorKind.SERVER, "no model"),
        (b'[{"error": {"message": "quota", "code": 429}}]', "", ModelErrorKind.RATE_LIMIT, "quota"),
        (b'{"object": "list"}', "application/json", ModelErrorKind.PROTOCOL, "event-stream"),
        (b'{"choices": [{"mess', "application/json", ModelErrorKind.CUT, "JSON"),
        (b": only comments\n\n", "text/event-stream", ModelErrorKind.CUT, "finish reason"),
    ],
)
def test_what_is_no_stream_is_named(body: bytes, content_type: str, kind: ModelErrorKind, words: str) -> None:
    error = fail(body, content_type=content_type)
    assert (error.kind, words in str(error)) == (kind, True), str(error)


def test_a_whole_completion_in_place_of_a_stream_is_taken_whole() -> None:
    body = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 2}}
    steps = read(json.dumps(body).encode(), content_type="application/json")
    assert (text_of(steps), steps[0].finish, steps[-1].usage) == ("Hello", "stop", Usage(input_tokens=2))


def test_a_byte_order_mark_and_a_missing_content_type_are_tolerated() -> None:
    data = b"\xef\xbb\xbf" + delta("Hello") + DONE
    assert text_of(read(*(data[i : i + 1] for i in range(len(data))), content_type="")) == "Hello"


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    data = b'data: {"choices": [{"delta": {"content": "a\\ud83d"}}]}\n\n' + DONE
    assert text_of(read(data)) == "a�"


def test_refusals_and_content_parts_are_text() -> None:
    steps = read(delta(content=None, refusal="No. "), delta(content=[{"type": "text", "text": "Yes."}]), DONE)
    assert text_of(steps) == "No. Yes."


@pytest.mark.parametrize("role", [{}, {"role": "assistant"}], ids=["alone", "with a role"])
def test_thinking_parts_beside_text_parts_are_reasoning(role: dict[str, Any]) -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Yes."}]
    steps = read(delta(content=parts, **role), DONE)
    assert (text_of(steps), "".join(step.reasoning for step in steps)) == ("Yes.", "Hm.")


@pytest.mark.parametrize(
    ("cost", "expected"),
    [(0.25, (0.25, 0)), (0, (0.0, 0)), (-1, (0.0, 12)), ("1", (0.0, 12)), (True, (0.0, 12)), (1e300, (0.0, 12))],
)
def test_a_cost_that_the_server_reports_is_taken_and_nonsense_is_unknown(
    cost: Any, expected: tuple[float, int]
) -> None:
    [found] = [step.usage for step in read(delta("x", finish="stop"), usage(7, 5, cost=cost)) if step.usage]

    assert (found.cost_usd, found.unpriced_tokens) == expected
