"""What a server can do wrong, over real HTTP with both of the SDK's HTTP clients."""

import asyncio
import gzip
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from agent_brain.core.chat import Again, Delta
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.usage import Usage
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.retry import RetryPolicy
from agent_brain.models.timeouts import Timeouts
from chat_steps import HELLO, collect, join_text
from sse_server import (
    DONE,
    LAST,
    STREAM_HEAD,
    Connection,
    Handler,
    Request,
    Server,
    delta,
    event,
    frame,
    get_events,
    in_turn,
    response,
    send_events,
    send_raw,
    usage,
)

Kind = ModelErrorKind
ChatMaker = Callable[..., OpenAIChat]
GOOD = send_events(delta("Hello"), delta(finish="stop"), usage(), DONE)
SHORT = Timeouts(connect=1, first=0.1, idle=0.1, rest=0.1, end=0.1)
ONCE = RetryPolicy(attempts_max=1)


def stall(*parts: bytes, ping_seconds: float | None = None) -> Handler:
    """Sends these parts, then nothing (or comments) until the client leaves."""

    async def handle(_: Request, connection: Connection) -> bool:
        for part in parts:
            await connection.send(part)
        while ping_seconds:
            await connection.send(frame(b": ping\n\n"))
            await asyncio.sleep(ping_seconds)
        await connection.wait_gone()
        return False

    return handle


async def fail(make_chat: ChatMaker, handler: Handler, **settings: object) -> ModelError:
    """The error of a single attempt, once the server has seen the connection go or rest."""
    async with Server(handler) as server:
        with pytest.raises(ModelError) as caught:
            await collect(make_chat(server.base_url, **{"retry": ONCE, "timeouts": SHORT} | settings))
    return caught.value


@pytest.mark.parametrize(
    ("handler", "kind"),
    [
        (send_raw(response(429, {"error": {"message": "slow", "code": "insufficient_quota"}})), Kind.QUOTA),
        (send_raw(response(401, {"error": {"message": "no"}})), Kind.AUTHENTICATION),
        (send_raw(response(403, "<html>no</html>", content_type="text/html")), Kind.AUTHENTICATION),
        (send_raw(response(404, "")), Kind.NOT_FOUND),
        (send_raw(response(400, {"error": {"code": "context_length_exceeded", "message": "x"}})), Kind.CONTEXT_LENGTH),
        (send_raw(response(500, b"\xff\xfe")), Kind.SERVER),
        (send_raw(b""), Kind.CONNECTION),
        (send_raw(b"no HTTP at all\r\n\r\n"), Kind.CONNECTION),
        (send_raw(response(200, "<html>hi</html>", content_type="text/html")), Kind.PROTOCOL),
        (send_raw(response(200, "", content_type="")), Kind.PROTOCOL),
        (send_raw(response(200, {"error": {"message": "x"}})), Kind.SERVER),
        (send_raw(STREAM_HEAD), Kind.CUT),
        (send_raw(STREAM_HEAD + frame(delta("half")) + frame(b'data: {"choices": [{"del')), Kind.CUT),
        (send_raw(STREAM_HEAD + frame(delta("é")[:-1].partition(b"\xc3")[0] + b"\xc3")), Kind.CUT),
        (send_events(delta("half"), b'data: {"choices": [{"del'), Kind.CUT),
        (send_events(delta("no finish reason")), Kind.CUT),
        (send_events(delta("half"), event({"error": {"message": "x", "code": 429}})), Kind.RATE_LIMIT),
        (send_events(delta("half"), b"event: error\ndata: {}\n\n"), Kind.SERVER),
        (stall(), Kind.TIMEOUT),
        (stall(STREAM_HEAD), Kind.TIMEOUT),
        (stall(STREAM_HEAD, frame(delta("half"))), Kind.TIMEOUT),
        (stall(STREAM_HEAD, frame(delta("half")), ping_seconds=0.02), Kind.TIMEOUT),
    ],
    ids=[
        "quota", "401", "403", "404", "context", "500", "nothing", "no http", "html", "empty", "error body",
        "cut at once",
        "cut in an object", "cut in a character", "ends in an object", "no finish", "error object", "error event",
        "silent", "silent after the head", "silent after a chunk", "only comments",
    ],
)  # fmt: skip
async def test_a_fault_is_an_error_of_its_kind(make_chat: ChatMaker, handler: Handler, kind: ModelErrorKind) -> None:
    timeouts = SHORT if kind is Kind.TIMEOUT else Timeouts()
    error = await fail(make_chat, handler, timeouts=timeouts)
    assert error.kind is kind, str(error)
    assert "secret123456" not in str(error)


async def test_what_the_caller_was_handling_is_no_reason_why_a_server_is_not_reached(make_chat: ChatMaker) -> None:
    async with Server(GOOD) as server:
        url = server.base_url
    try:
        raise ValueError("a matter of the caller's own")
    except ValueError:
        with pytest.raises(ModelError, match="the server could not be reached") as caught:
            await collect(make_chat(url, retry=ONCE))
    assert "a matter of the caller's own" not in str(caught.value)
    assert "onnect" in str(caught.value)


async def test_a_server_that_is_not_there_is_named(make_chat: ChatMaker) -> None:
    async with Server(GOOD) as server:
        url = server.base_url
    with pytest.raises(
        ModelError, match=r"model 'mock' at 127\.0\.0\.1:\d+: the server could not be reached"
    ) as caught:
        await collect(make_chat(url, retry=ONCE))
    assert caught.value.kind is Kind.CONNECTION


@pytest.mark.parametrize(
    "first",
    [
        send_raw(response(500, "oops"), keep=True),
        send_raw(response(429, "slow", retry_after="0"), keep=True),
        send_raw(response(429, "slow", retry_after_ms="10"), keep=True),
        send_raw(response(400, "odd", x_should_retry="true"), keep=True),
        send_events(delta("half a")),
        stall(STREAM_HEAD, frame(delta("half a"))),
    ],
    ids=["500", "429", "429 ms", "should retry", "cut", "stall"],
)
async def test_a_passing_fault_is_retried_and_what_was_streamed_is_taken_back(
    make_chat: ChatMaker, first: Handler
) -> None:
    async with Server(in_turn(first, GOOD)) as server:
        steps = await collect(make_chat(server.base_url, timeouts=SHORT))
    assert [step.attempt for step in steps if isinstance(step, Again)] == [1]
    assert join_text(steps) == "Hello"
    assert len(server.requests) == 2


async def test_a_retry_waits_as_long_as_the_server_asks(make_chat: ChatMaker) -> None:
    async with Server(in_turn(send_raw(response(429, "", retry_after="0.07"), keep=True), GOOD)) as server:
        start = time.monotonic()
        steps = await collect(make_chat(server.base_url))
    assert isinstance(steps[0], Again)
    assert steps[0].wait_seconds == 0.07
    assert time.monotonic() - start >= 0.07


@pytest.mark.parametrize(
    "wish", ["9", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)], ids=["seconds", "a time"]
)
async def test_a_wish_for_too_long_a_wait_fails_at_once_and_names_it(make_chat: ChatMaker, wish: str) -> None:
    async with Server(send_raw(response(429, "slow", retry_after=wish), keep=True)) as server:
        with pytest.raises(ModelError, match="it asks to wait") as caught:
            await collect(make_chat(server.base_url))
    assert caught.value.kind is Kind.RATE_LIMIT
    assert len(server.requests) == 1


async def test_should_retry_false_is_obeyed(make_chat: ChatMaker) -> None:
    async with Server(send_raw(response(500, "x", x_should_retry="false"), keep=True)) as server:
        with pytest.raises(ModelError):
            await collect(make_chat(server.base_url))
    assert len(server.requests) == 1


async def test_a_server_that_closes_after_each_reply_costs_no_wait(make_chat: ChatMaker) -> None:
    async def reply_and_close(request: Request, connection: Connection) -> bool:
        await GOOD(request, connection)
        return False

    async with Server(reply_and_close) as server:
        chat = make_chat(server.base_url)
        for _ in range(5):
            assert not [step for step in await collect(chat) if isinstance(step, Again)]
    assert len(server.requests) == 5


async def test_a_wait_can_be_cancelled(make_chat: ChatMaker) -> None:
    async with Server(send_raw(response(429, "slow", retry_after="4"), keep=True)) as server:
        task = asyncio.create_task(collect(make_chat(server.base_url)))
        await server.wait_request()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 0.5)


async def test_stream_options_that_are_refused_are_left_out_for_good(make_chat: ChatMaker) -> None:
    refusal = send_raw(response(400, {"error": {"message": "unknown field stream_options"}}), keep=True)
    async with Server(in_turn(refusal, GOOD)) as server:
        model = make_chat(server.base_url)
        assert join_text([*await collect(model), *await collect(model)]) == "HelloHello"
    asked = ["stream_options" in request.json() for request in server.requests]
    assert asked == [True, False, False]


async def test_a_stream_that_keeps_coming_may_last_longer_than_its_first_word(make_chat: ChatMaker) -> None:
    slow = send_events(*get_events(["a"] * 20), pause_seconds=0.02)
    async with Server(slow) as server:
        steps = await collect(make_chat(server.base_url, timeouts=Timeouts(first=0.2, idle=0.2)))
    assert join_text(steps) == "a" * 20


async def test_silence_after_a_word_is_measured_from_that_word(make_chat: ChatMaker) -> None:
    handler = stall(STREAM_HEAD, frame(delta("half")))
    began = time.monotonic()
    error = await fail(make_chat, handler, timeouts=Timeouts(first=30, idle=0.05), retry=RetryPolicy(attempts_max=1))
    assert error.kind is ModelErrorKind.TIMEOUT
    assert time.monotonic() - began < 10


async def test_a_stall_after_the_finish_reason_fails_nothing(make_chat: ChatMaker) -> None:
    rest = stall(STREAM_HEAD, frame(delta("Hello", finish="stop")), frame(b"data: {garbage\n\n"))
    async with Server(rest) as server:
        steps = await collect(make_chat(server.base_url, timeouts=SHORT))
        await server.wait_idle()
    assert join_text(steps) == "Hello"


async def test_a_connection_cut_after_the_finish_reason_fails_nothing(make_chat: ChatMaker) -> None:
    async with Server(send_raw(STREAM_HEAD + frame(delta("Hello", finish="stop")) + frame(usage()))) as server:
        steps = await collect(make_chat(server.base_url))
    assert join_text(steps) == "Hello"
    assert steps[-1] == Delta(usage=Usage(input_tokens=7, output_tokens=5))


async def test_an_endless_line_is_left_at_the_bound_with_bounded_memory(make_chat: ChatMaker) -> None:
    sent = 0

    async def pour(_: Request, connection: Connection) -> bool:
        nonlocal sent
        await connection.send(STREAM_HEAD + frame(b"data: "))
        try:
            for _mebibyte in range(1000):
                await connection.send(frame(b"x" * 2**20))
                sent = connection.sent
        finally:
            await connection.wait_gone()
        return False

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with Server(pour) as server:
        with pytest.raises(ModelError, match="more than 16777216 bytes") as caught:
            await collect(make_chat(server.base_url))
        await server.wait_idle()
    assert caught.value.kind is Kind.PROTOCOL
    assert sent < 40 * 2**20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 120 * 1024


async def test_chunks_of_one_byte_and_odd_line_ends_are_read(make_chat: ChatMaker) -> None:
    data = (delta("Hé🙂") + b": ping\n\n" + delta(finish="stop") + DONE).replace(b"\n", b"\r\n").replace(b": {", b":{")
    async with Server(send_raw(STREAM_HEAD, *(frame(data[i : i + 1]) for i in range(len(data))), LAST)) as server:
        assert join_text(await collect(make_chat(server.base_url))) == "Hé🙂"


async def test_a_json_completion_in_place_of_a_stream_is_taken(make_chat: ChatMaker) -> None:
    body = {"choices": [{"message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}]}
    async with Server(send_raw(response(200, body), keep=True)) as server:
        assert join_text(await collect(make_chat(server.base_url), HELLO)) == "Hello"


async def test_a_compressed_flood_leaves_the_event_loop_to_others(make_chat: ChatMaker) -> None:
    flood = gzip.compress(b":\n" * 2**22)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(flood)
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with Server(send_raw(head + flood)) as server, asyncio.TaskGroup() as group:
        counting = group.create_task(count_turns())
        with pytest.raises(ModelError):
            await collect(make_chat(server.base_url, retry=ONCE))
        counting.cancel()
    assert turns > 100
