"""Asking a server what it supports."""

from collections.abc import Callable

import pytest

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.usage import Usage
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
