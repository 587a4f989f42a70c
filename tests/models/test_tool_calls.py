"""Tool calls over the wire: whatever a server makes of the standard, each call arrives once, with its own arguments."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.chat import Again, Delta
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import ReplyCall
from agent_brain.models.call_fragments import CALLS_MAX
from agent_brain.models.model_errors import Origin
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.reply import StreamedReply
from agent_brain.nets.gathering import Gathering
from call_shapes import ENDS, SHAPES, Call, Shape, standard, write
from chat_steps import HELLO
from sse_server import STREAM_HEAD, Server, delta, event, in_turn, response, send_events, send_raw

ChatMaker = Callable[..., OpenAIChat]

TOOLS = [{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}, "strict": True}}]
CALLS: Sequence[Call] = [
    ("add", {"a": 1, "b": {"c": ["x", "}{", '"']}}),
    ("now", {}),
    ("now", {}),
    ("say", {"text": "Grüße, 世界 🙂\n"}),
]


async def ask(model: OpenAIChat) -> list[Delta | Again]:
    async with aclosing(model.stream_calls(HELLO, TOOLS)) as steps:
        return [step async for step in steps]


def join(steps: Sequence[Delta | Again]) -> tuple[str, list[ReplyCall]]:
    said = Gathering("state")
    for step in steps:
        said = Gathering("state") if isinstance(step, Again) else said
        list(said.add(step) if isinstance(step, Delta) else ())
    reply = said.make_reply()
    return reply.text, list(reply.calls)


def expect(calls: Sequence[Call], *, empty: str = "{}") -> list[ReplyCall]:
    return [ReplyCall(name, write(args) if args else empty) for name, args in calls]


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
async def test_calls_in_any_shape_arrive_as_they_were_made(
    shape: Shape, end: list[bytes], make_chat: ChatMaker
) -> None:
    async with Server(send_events(delta("So: "), *shape(CALLS), *end)) as server:
        steps = await ask(make_chat(server.base_url))
    empty = "" if shape is SHAPES["with null where nothing is said"] else "{}"
    assert join(steps) == ("So: ", expect(CALLS, empty=empty))


ARGS = st.dictionaries(st.text('ab{}"\\\n', max_size=4), st.none() | st.integers() | st.text('}{]"ü🙂', max_size=6))


@given(st.lists(st.tuples(st.sampled_from(["add", "now"]), ARGS), min_size=1, max_size=4), st.sampled_from([*SHAPES]))
def test_any_calls_in_any_shape_are_read_as_they_were_made(calls: list[Call], shape: str) -> None:
    reply = StreamedReply(Origin("mock", "host", ""), "text/event-stream")
    events = b"".join([*SHAPES[shape](calls), *ENDS["stop"]])
    steps = [*reply.feed(events), *reply.close()]
    empty = "" if shape == "with null where nothing is said" else "{}"
    assert join(steps) == ("", expect(calls, empty=empty))


async def test_each_fragment_is_handed_on_as_it_comes(make_chat: ChatMaker) -> None:
    async with Server(send_events(*standard([("add", {"a": 1})]), *ENDS["stop"])) as server:
        steps = await ask(make_chat(server.base_url))
    assert [call.arguments for step in steps if isinstance(step, Delta) for call in step.calls] == ["", *'{"a": 1}']


async def test_a_body_that_comes_a_byte_at_a_time_reads_the_same(make_chat: ChatMaker) -> None:
    body = b"".join([*standard(CALLS), *ENDS["tool_calls"]])
    parts = [b"1\r\n%c\r\n" % byte for byte in body]
    async with Server(send_raw(STREAM_HEAD, *parts, b"0\r\n\r\n")) as server:
        assert join(await ask(make_chat(server.base_url))) == ("", expect(CALLS))


async def test_a_whole_completion_is_read_too(make_chat: ChatMaker) -> None:
    calls: list[dict[str, Any]] = [{"function": {"name": name, "arguments": write(args)}} for name, args in CALLS]
    message = {"role": "assistant", "content": None, "tool_calls": calls}
    completion = {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    async with Server(send_raw(response(200, completion))) as server:
        assert join(await ask(make_chat(server.base_url))) == ("", expect(CALLS))


async def test_a_call_of_the_older_interface_is_a_call(make_chat: ChatMaker) -> None:
    parts = [{"name": "add", "arguments": ""}, {"arguments": '{"a": '}, {"arguments": "1}"}]
    events = [delta(function_call=part) for part in parts]
    async with Server(send_events(*events, delta(finish="function_call"))) as server:
        assert join(await ask(make_chat(server.base_url))) == ("", expect([("add", {"a": 1})]))


@pytest.mark.parametrize("nonsense", [7, "x", {}, [7], [{}], [{"function": 7}], [{"index": "0"}], [{"index": True}]])
async def test_nonsense_in_place_of_calls_is_passed_over(nonsense: object, make_chat: ChatMaker) -> None:
    async with Server(send_events(delta("Hi", tool_calls=nonsense), *ENDS["stop"])) as server:
        assert join(await ask(make_chat(server.base_url))) == ("Hi", [])


def test_words_thoughts_and_a_call_in_one_delta_are_all_read() -> None:
    call = {"index": 0, "id": "1", "function": {"name": "now", "arguments": "{}"}}
    reply = StreamedReply(Origin("mock", "host", ""), "text/event-stream")
    steps = [*reply.feed(delta("Hi", reasoning="hm", tool_calls=[call])), *reply.feed(b"".join(ENDS["stop"]))]
    assert join(steps) == ("Hi", expect([("now", {})]))
    assert [step.reasoning for step in steps if step.reasoning] == ["hm"]


@pytest.mark.parametrize("shape", ["in one chunk", "always index 0"])
def test_a_reply_of_more_calls_than_any_model_makes_is_refused_and_none_is_lost(shape: str) -> None:
    reply = StreamedReply(Origin("mock", "host", ""), "text/event-stream")
    whole = b"".join([*SHAPES[shape]([("now", {})] * CALLS_MAX), *ENDS["tool_calls"]])
    assert len(join([*reply.feed(whole), *reply.close()])[1]) == CALLS_MAX
    with pytest.raises(ModelError, match="a reply of more than 1024 tool calls") as caught:
        StreamedReply(Origin("mock", "host", "")).feed(b"".join(SHAPES[shape]([("now", {})] * (CALLS_MAX + 1))))
    assert (caught.value.kind, caught.value.retryable) == (ModelErrorKind.BROKEN_CALL, False)


async def test_a_reply_that_breaks_inside_a_call_is_made_again(make_chat: ChatMaker) -> None:
    broken, whole = standard(CALLS)[:-3], [*standard(CALLS), *ENDS["tool_calls"]]
    async with Server(in_turn(send_events(*broken), send_events(*whole))) as server:
        steps = await ask(make_chat(server.base_url))
    assert sum(isinstance(step, Again) for step in steps) == 1
    assert join(steps) == ("", expect(CALLS))


async def test_tools_are_sent_as_they_are_and_a_choice_only_where_it_is_none(make_chat: ChatMaker) -> None:
    async with Server(send_events(delta("Hi"), *ENDS["stop"])) as server:
        model = make_chat(server.base_url)
        for choice in ("auto", "none"):
            async with aclosing(model.stream_calls(HELLO, TOOLS, choice=choice)) as steps:
                assert [step async for step in steps]
    bodies = [request.json() for request in server.requests]
    assert [body["tools"] for body in bodies] == [TOOLS, TOOLS]
    assert [body.get("tool_choice") for body in bodies] == [None, "none"]


async def test_strictness_that_is_refused_is_left_out_for_good(make_chat: ChatMaker) -> None:
    refusal = send_raw(response(400, {"error": {"message": "unknown field tools[0].function.strict"}}), keep=True)
    async with Server(in_turn(refusal, send_events(delta("Hi"), *ENDS["stop"]))) as server:
        model = make_chat(server.base_url)
        assert [join(await ask(model))[0] for _ in range(2)] == ["Hi", "Hi"]
    asked = ["strict" in request.json()["tools"][0]["function"] for request in server.requests]
    assert asked == [True, False, False]


async def test_a_server_that_cannot_read_its_own_call_is_an_error(make_chat: ChatMaker) -> None:
    body = {"error": {"message": "Failed to parse input at pos 12", "code": 500}}
    async with Server(send_raw(response(500, body))) as server:
        with pytest.raises(ModelError, match="Failed to parse input"):
            await ask(make_chat(server.base_url))


async def test_an_error_inside_the_stream_of_a_call_is_an_error(make_chat: ChatMaker) -> None:
    fault = event({"error": {"message": "the parser gave up", "code": 400}})
    async with Server(send_events(*standard(CALLS)[:4], fault)) as server:
        with pytest.raises(ModelError, match="the parser gave up"):
            await ask(make_chat(server.base_url))
