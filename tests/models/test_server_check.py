"""Asking a server what it supports."""

from collections.abc import Callable

import pytest

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.usage import Usage
from agent_brain.models.model_list import list_models
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.server_check import check_server
from sse_server import DONE, Connection, Request, Server, delta, play, response, send_events, send_raw

ChatMaker = Callable[..., OpenAIChat]


async def test_a_good_server_is_described(make_chat: ChatMaker) -> None:
    async with Server(play(lambda _: "Hello there", pieces=3)) as server:
        check = await check_server(make_chat(server.base_url))
    assert (check.models, check.text, check.finish, check.pieces) == (("mock",), "Hello there", "stop", 3)
    assert check.usage == Usage(input_tokens=7, output_tokens=5)
    assert 0 < check.first_seconds <= check.seconds
    assert check.host in server.base_url


async def test_a_server_without_a_list_of_models_and_without_usage_is_described(make_chat: ChatMaker) -> None:
    async def handle(request: Request, connection: Connection) -> bool:
        if request.method == "GET":
            return await send_raw(response(404, "no such page"), keep=True)(request, connection)
        return await send_events(delta(reasoning="hm"), delta("Hi"), DONE)(request, connection)

    async with Server(handle) as server:
        check = await check_server(make_chat(server.base_url))
    assert (check.models, check.usage, check.finish, check.has_reasoning) == (None, None, None, True)


async def test_a_wrong_key_is_an_error(make_chat: ChatMaker) -> None:
    async with Server(send_raw(response(401, {"error": {"message": "wrong key"}}), keep=True)) as server:
        with pytest.raises(ModelError, match="wrong key") as caught:
            await check_server(make_chat(server.base_url))
    assert caught.value.kind is ModelErrorKind.AUTHENTICATION


async def test_a_page_in_place_of_a_list_is_an_error_that_names_no_model(make_chat: ChatMaker) -> None:
    async with Server(send_raw(response(200, "<html>", content_type="text/html"), keep=True)) as server:
        with pytest.raises(
            ModelError, match=r"^127\.0\.0\.1:\d+: wanted a list of models .*, found text/html"
        ) as caught:
            await list_models(make_chat(server.base_url))
    assert caught.value.kind is ModelErrorKind.PROTOCOL


async def test_a_list_that_breaks_off_is_an_error_and_leaves_no_connection(make_chat: ChatMaker) -> None:
    async with Server(send_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n", b'{"data": [')) as server:
        with pytest.raises(ModelError) as caught:
            await list_models(make_chat(server.base_url))
        await server.wait_idle()
    assert caught.value.kind is ModelErrorKind.CONNECTION


async def test_a_list_without_an_end_is_not_read_for_ever(make_chat: ChatMaker) -> None:
    async def flood(_: Request, connection: Connection) -> bool:
        await connection.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")
        while True:
            await connection.send(b"[" * 2**20)

    async with Server(flood) as server:
        with pytest.raises(ModelError, match="wanted a list of models") as caught:
            await list_models(make_chat(server.base_url))
        await server.wait_idle()
    assert caught.value.kind is ModelErrorKind.PROTOCOL
