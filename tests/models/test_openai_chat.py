"""OpenAIChat on a server that behaves: requests, connections, loops, clients."""

import asyncio
import gc
import json
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient

from agent_brain.core.chat import Delta
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.text_stream import stream_response
from agent_brain.models.timeouts import Timeouts
from chat_steps import HELLO, collect, join_text
from sse_server import STREAM_HEAD, Connection, Request, Server, delta, frame, play, send_events

ChatMaker = Callable[..., OpenAIChat]
ECHO = play(lambda asked: f"You said: {asked['messages'][-1]['content']}")


async def hang(_: Request, connection: Connection) -> bool:
    await connection.send(STREAM_HEAD + frame(delta("Hello")))
    await connection.wait_gone()
    return False


async def test_the_request_holds_model_messages_options_and_asks_for_usage(make_chat: ChatMaker) -> None:
    async with Server(ECHO) as server:
        await collect(make_chat(server.base_url, options={"temperature": 0, "top_k": 3}))
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["authorization"] == "Bearer sk-secret123456"
    assert request.json() == {
        "model": "mock",
        "messages": HELLO,
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0,
        "top_k": 3,
    }


async def test_calls_one_after_another_share_a_connection(make_chat: ChatMaker) -> None:
    async with Server(ECHO) as server:
        model = make_chat(server.base_url)
        for _ in range(3):
            assert join_text(await collect(model)) == "You said: Hello"
        assert server.connections_made == 1


async def test_many_calls_at_once_do_not_mix(make_chat: ChatMaker) -> None:
    async with Server(ECHO) as server:
        model = make_chat(server.base_url)
        replies = await asyncio.gather(*(collect(model, [{"role": "user", "content": f"n{n}"}]) for n in range(40)))
    assert [join_text(steps) for steps in replies] == [f"You said: n{n}" for n in range(40)]


async def test_leaving_a_stream_closes_its_connection(make_chat: ChatMaker) -> None:
    async with Server(hang) as server:
        async with aclosing(make_chat(server.base_url).stream(HELLO)) as steps:
            assert await anext(steps) == Delta("Hello")
        await server.wait_idle(timeout=1)
        gc.collect()


async def test_cancelling_a_stream_closes_its_connection(make_chat: ChatMaker) -> None:
    async with Server(hang) as server:
        task = asyncio.create_task(collect(make_chat(server.base_url)))
        await server.wait_request()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.wait_idle(timeout=1)
        gc.collect()


async def test_text_that_utf_8_cannot_carry_is_sent_with_replacements(make_chat: ChatMaker) -> None:
    async with Server(ECHO) as server:
        steps = await collect(make_chat(server.base_url), [{"role": "user", "content": "a\ud800é"}])
    assert join_text(steps) == "You said: a�é"


async def test_a_slow_reader_is_not_taken_for_a_silent_server(make_chat: ChatMaker) -> None:
    async with Server(ECHO) as server:
        model = make_chat(server.base_url, timeouts=Timeouts(first=0.2, idle=0.02, rest=0.02, end=0.02))
        text = ""
        async with aclosing(model.stream(HELLO)) as steps:
            async for step in steps:
                await asyncio.sleep(0.01)
                text += step.text if isinstance(step, Delta) else "AGAIN"
    assert text == "You said: Hello"


async def test_azure_clients_reach_their_deployment() -> None:
    async with Server(ECHO) as server:
        endpoint = server.base_url.removesuffix("/v1")
        async with AsyncAzureOpenAI(azure_endpoint=endpoint, api_key="k", api_version="2026-01-01") as client:
            assert join_text(await collect(OpenAIChat("gpt", client=client))) == "You said: Hello"
    assert server.requests[0].path == "/openai/deployments/gpt/chat/completions?api-version=2026-01-01"


def test_one_model_serves_one_event_loop_after_another(monkeypatch: pytest.MonkeyPatch) -> None:
    model = OpenAIChat("mock", api_key="any")

    async def ask() -> tuple[str, int]:
        async with Server(ECHO) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
            return join_text(await collect(model)), server.connections_made

    assert [asyncio.run(ask()), asyncio.run(ask())] == [("You said: Hello", 1)] * 2
    gc.collect()


async def test_closing_a_model_closes_its_own_connections() -> None:
    async with Server(ECHO) as server:
        model = OpenAIChat("mock", base_url=server.base_url, api_key="any")
        await collect(model)
        assert len(server.connections) == 1
        await model.aclose()
        await server.wait_idle()
        assert join_text(await collect(model)) == "You said: Hello"
        await model.aclose()


async def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="OPENAI_API_KEY") as caught:
        await collect(OpenAIChat("mock", base_url="http://127.0.0.1:9/v1"))
    assert caught.value.kind is ModelErrorKind.AUTHENTICATION


async def test_a_thousand_messages_arrive_as_they_were(make_chat: ChatMaker) -> None:
    messages: list[Message] = [{"role": "user", "content": f"é {number}"} for number in range(1000)]
    async with Server(ECHO) as server:
        await collect(make_chat(server.base_url), messages)
    assert json.loads(server.requests[0].body)["messages"] == messages


async def test_stream_response_gives_text_alone(make_chat: ChatMaker) -> None:
    async with Server(ECHO) as server:
        client = await make_chat(server.base_url).get_client()
        async with aclosing(stream_response("mock", HELLO, client)) as texts:
            assert "".join([text async for text in texts]) == "You said: Hello"


async def test_stream_response_leaves_out_what_was_thought(make_chat: ChatMaker) -> None:
    said = [delta("<thi"), delta("nk>hm</think>\n\nHello <"), delta(reasoning="hm"), delta(finish="stop")]
    async with Server(send_events(*said)) as server:
        client = await make_chat(server.base_url).get_client()
        async with aclosing(stream_response("mock", HELLO, client)) as texts:
            assert "".join([text async for text in texts]) == "Hello <"


async def test_stream_response_never_says_the_same_twice(make_chat: ChatMaker) -> None:
    async def cut(_: Request, connection: Connection) -> bool:
        await connection.send(STREAM_HEAD + frame(delta("Hello")))
        return False

    async with Server(cut) as server:
        client = await make_chat(server.base_url).get_client()
        async with aclosing(stream_response("mock", HELLO, client)) as texts:
            assert await anext(texts) == "Hello"
            with pytest.raises(ModelError, match="after its first words"):
                await anext(texts)
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", [DefaultAsyncHttpxClient, DefaultAioHttpClient])
async def test_a_reply_that_a_hook_of_the_client_has_read_is_read_too(kind: Callable[..., Any]) -> None:
    """As clients do that log what comes."""
    seen: list[bytes] = []

    async def look(response: Any) -> None:
        seen.append(await response.aread())

    async with Server(ECHO) as server, kind(event_hooks={"response": [look]}) as http:
        client = AsyncOpenAI(base_url=server.base_url, api_key="sk-secret123456", http_client=http)
        assert join_text(await collect(OpenAIChat("mock", client=client))) == "You said: Hello"
    assert b"[DONE]" in seen[0]
