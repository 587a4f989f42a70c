"""Asking a server what it makes of tools."""

from collections.abc import Callable

import pytest

from agent_brain.core.usage import Usage
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.tool_check import ToolCheck, ToolSupport, check_tools
from call_shapes import ENDS, in_one_chunk, standard
from sse_server import DONE, Handler, Server, delta, get_events, in_turn, response, send_events, send_raw

ECHO = [("echo", {"text": "hi"})]
WORDS = "tools are not supported by this model"


@pytest.mark.parametrize(
    ("handler", "found"),
    [
        (send_events(*in_one_chunk(ECHO), *ENDS["stop"]), ToolCheck(ToolSupport.CALLS, "", 1)),
        (send_events(*standard(ECHO), *ENDS["tool_calls"]), ToolCheck(ToolSupport.CALLS, "", 15)),
        (send_events(*get_events(["hello"])), ToolCheck(ToolSupport.NO_CALL)),
    ],
)
async def test_what_a_server_streams_tells_what_it_supports(
    handler: Handler, found: ToolCheck, make_chat: Callable[..., OpenAIChat]
) -> None:
    async with Server(handler) as server:
        assert await check_tools(make_chat(server.base_url)) == found


@pytest.mark.parametrize(
    ("status", "support"),
    [
        (400, ToolSupport.REFUSED), (422, ToolSupport.REFUSED), (501, ToolSupport.REFUSED), (500, ToolSupport.REFUSED),
        (401, ToolSupport.UNKNOWN), (429, ToolSupport.UNKNOWN), (503, ToolSupport.UNKNOWN),
    ],
)  # fmt: skip
async def test_a_refusal_is_told_in_the_words_of_the_server(
    status: int, support: ToolSupport, make_chat: Callable[..., OpenAIChat]
) -> None:
    async with Server(send_raw(response(status, {"error": {"message": WORDS}}), keep=True)) as server:
        check = await check_tools(make_chat(server.base_url))
    assert check.support is support
    assert WORDS in check.reason


@pytest.mark.parametrize(
    ("status", "words", "support"),
    [
        (500, "error parsing tool call: raw='{]', err=invalid character ']'", ToolSupport.BROKEN),
        (500, "CUDA error: out of memory", ToolSupport.UNKNOWN),
        (404, "The model `mock` does not exist", ToolSupport.UNKNOWN),
        (400, "Bad Request", ToolSupport.UNKNOWN),
    ],
)
async def test_a_failure_that_is_not_about_tools_decides_nothing(
    status: int, words: str, support: ToolSupport, make_chat: Callable[..., OpenAIChat]
) -> None:
    async with Server(send_raw(response(status, {"error": {"message": words}}), keep=True)) as server:
        assert (await check_tools(make_chat(server.base_url))).support is support


async def test_a_refusal_without_a_word_about_tools_is_one_where_the_same_question_works_without_them(
    make_chat: Callable[..., OpenAIChat],
) -> None:
    refusal = send_raw(response(400, {"error": {"message": "Bad Request"}}), keep=True)
    async with Server(in_turn(refusal, send_events(*get_events(["hello"])))) as server:
        check = await check_tools(make_chat(server.base_url))
    assert check.support is ToolSupport.REFUSED
    assert "tools" not in server.requests[-1].json()


async def test_what_asking_takes_is_known_or_estimated(make_chat: Callable[..., OpenAIChat]) -> None:
    async with Server(
        in_turn(
            send_events(*in_one_chunk(ECHO), *ENDS["stop"]),
            send_events(*in_one_chunk(ECHO), delta(finish="stop"), DONE),
        )
    ) as server:
        chat = make_chat(server.base_url)
        told, silent = (await check_tools(chat)).usage, (await check_tools(chat)).usage
    assert told == Usage(input_tokens=7, output_tokens=5)
    assert silent is not None
    assert silent.estimated_tokens == silent.tokens > 30


async def test_a_call_that_breaks_off_is_no_support(make_chat: Callable[..., OpenAIChat]) -> None:
    async with Server(send_events(*standard(ECHO))) as server:
        check = await check_tools(make_chat(server.base_url))
    assert check.support is ToolSupport.UNKNOWN
    assert not check.pieces


async def test_what_came_before_a_call_began_again_does_not_count(make_chat: Callable[..., OpenAIChat]) -> None:
    broken, whole = send_events(*standard(ECHO)), send_events(*in_one_chunk(ECHO), *ENDS["stop"])
    async with Server(in_turn(broken, whole)) as server:
        assert await check_tools(make_chat(server.base_url)) == ToolCheck(ToolSupport.CALLS, "", 1)
