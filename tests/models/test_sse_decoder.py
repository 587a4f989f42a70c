"""The decoder of server-sent events."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent_brain.models.sse import EVENT_BYTES_MAX, EventTooLong, SseDecoder

LINES = st.sampled_from(
    [
        b"data: {}",
        b"data:{}",
        b"data: a",
        b"data",
        b": ping",
        b"event: error",
        b"id: 3",
        b"",
        b"{}",
        b"error: x",
        b"\xff",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
STREAMS = st.lists(st.tuples(LINES, ENDS)).map(lambda pairs: b"".join(line + end for line, end in pairs))


def decode(*pieces: bytes) -> list[tuple[bytes, bytes]]:
    decoder = SseDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.close()


@example(b"data: {}\r\n\ndata: {}\n", [])
@given(STREAMS | st.binary(), st.lists(st.integers(0, 400)))
def test_how_the_bytes_are_split_changes_nothing(data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [data[a:b] for a, b in pairwise(places)]
    assert decode(*pieces) == decode(data) == decode(*(data[i : i + 1] for i in range(len(data))))


def test_fields_are_read_as_the_standard_says() -> None:
    stream = b": ping\r\nevent: error\r\ndata: a\r\ndata:b\r\nid: 1\r\n\r\ndata: c\n\n\n"
    assert decode(stream) == [(b"error", b"a\nb"), (b"", b"c")]


def test_a_last_event_without_its_empty_line_counts() -> None:
    assert decode(b"data: [DONE]") == [(b"", b"[DONE]")]


def test_bare_json_and_error_lines_are_events() -> None:
    assert decode(b'{"error": 1}\nerror: {"code": 5}\n') == [(b"", b'{"error": 1}'), (b"error", b'{"code": 5}')]


def test_a_line_without_an_end_is_refused_at_the_bound() -> None:
    decoder = SseDecoder()
    for _ in range(EVENT_BYTES_MAX // 2**20):
        decoder.feed(b"x" * 2**20)
    with pytest.raises(EventTooLong):
        decoder.feed(b"x")
