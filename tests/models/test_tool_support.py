"""What a process knows of its servers: each is asked once, however many want to know."""

import asyncio
import re
from collections.abc import Callable

import pytest

from agent_brain.models.offline.model import OfflineModel
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.scripted import ScriptedModel
from agent_brain.models.tool_check import ToolSupport
from agent_brain.models.tool_support import ToolSupports, choose_way
from call_shapes import ENDS, in_one_chunk
from sse_server import Connection, Handler, Request, Server, get_events, in_turn, response, send_events, send_raw

ChatMaker = Callable[..., OpenAIChat]
CALLING = send_events(*in_one_chunk([("echo", {"text": "hi"})]), *ENDS["stop"])
CHATTING = send_events(*get_events(["hello"]))


def refuse(status: int, words: str) -> Handler:
    return send_raw(response(status, {"error": {"message": words}}), keep=True)


async def stay_silent(_: Request, connection: Connection) -> bool:
    await connection.wait_gone()
    return False


@pytest.mark.parametrize(
    ("handler", "way", "why"),
    [
        (CALLING, "native", "gave back a call"),
        (CHATTING, "text", "called none"),
        (refuse(400, "m does not support tools"), "text", "m does not support tools"),
        (refuse(500, "error parsing tool call: raw='x'"), "text", "cannot read its own model's calls"),
        (refuse(401, "no such key"), "text", "could not be found out: .*no such key"),
    ],
)
async def test_what_a_server_makes_of_tools_chooses_the_wire(
    handler: Handler, way: str, why: str, make_chat: ChatMaker
) -> None:
    async with Server(handler) as server:
        choice = await choose_way(make_chat(server.base_url), ToolSupports())
    assert choice.way == way
    assert re.search(why, choice.why)


async def test_many_who_ask_at_once_share_one_request_and_one_of_them_is_told_its_cost(make_chat: ChatMaker) -> None:
    supports = ToolSupports()
    async with Server(CALLING) as server:
        chats = [make_chat(server.base_url) for _ in range(20)]
        found = await asyncio.gather(*(choose_way(chat, supports) for chat in chats))
        later = await choose_way(chats[0], supports)
    assert len(server.requests) == 1
    assert {choice.way for choice in [*found, later]} == {"native"}
    assert [choice.spent.tokens for choice in found if choice.spent] == [12]
    assert later.spent is None


async def test_each_model_and_each_server_is_asked_by_itself(make_chat: ChatMaker) -> None:
    supports = ToolSupports()
    async with Server(CALLING) as one, Server(refuse(400, "m does not support tools")) as other:
        ways = [
            (await choose_way(make_chat(server.base_url, model=name), supports)).way
            for server in (one, other)
            for name in ("a", "b")
            for _ in range(2)
        ]
    assert ways == ["native"] * 4 + ["text"] * 4
    assert (len(one.requests), len(other.requests)) == (2, 2)


@pytest.mark.parametrize("trouble", [refuse(401, "no such key"), refuse(500, "out of memory"), stay_silent])
async def test_what_could_not_be_found_out_is_asked_again(trouble: Handler, make_chat: ChatMaker) -> None:
    supports = ToolSupports(seconds=0.3)
    async with Server(in_turn(trouble, trouble, CALLING)) as server:
        chat = make_chat(server.base_url)
        first = await supports.find(chat)
        while (again := await supports.find(chat)).support is ToolSupport.UNKNOWN:
            pass
    assert (first.support, again.support) == (ToolSupport.UNKNOWN, ToolSupport.CALLS)


async def test_a_server_that_does_not_answer_is_waited_for_only_so_long(make_chat: ChatMaker) -> None:
    async with Server(stay_silent) as server:
        check = await ToolSupports(seconds=0.05).find(make_chat(server.base_url))
        await server.wait_idle()
    assert (check.support, check.reason) == (
        ToolSupport.UNKNOWN, "no answer to a request with tools within 0.05 s"
    )  # fmt: skip


async def test_one_who_leaves_takes_nothing_from_the_others(make_chat: ChatMaker) -> None:
    may_answer = asyncio.Event()

    async def wait_and_call(request: Request, connection: Connection) -> bool:
        await may_answer.wait()
        return await CALLING(request, connection)

    supports = ToolSupports()
    async with Server(wait_and_call) as server:
        chat = make_chat(server.base_url)
        first, second = (asyncio.create_task(supports.find(chat)) for _ in range(2))
        await server.wait_request()
        first.cancel()
        may_answer.set()
        check = await second
    assert first.cancelled()
    assert (check.support, len(server.requests)) == (ToolSupport.CALLS, 1)
    assert check.usage is not None


async def test_the_last_who_leaves_closes_the_request(make_chat: ChatMaker) -> None:
    supports = ToolSupports()
    async with Server(stay_silent) as server:
        tasks = [asyncio.create_task(supports.find(make_chat(server.base_url))) for _ in range(2)]
        await server.wait_request()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await server.wait_idle()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_model_that_takes_no_tools_or_has_no_server_is_not_asked() -> None:
    scripted = ScriptedModel([])
    assert (await choose_way(OfflineModel())).way == "text"
    assert (await choose_way(scripted)).way == "native"
    assert scripted.calls == []
