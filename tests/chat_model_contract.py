"""What every ChatModel promises; a test class for an adapter inherits it and gives the model."""

import asyncio
import copy
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from agent_brain.core.chat import Again, CallingModel, ChatModel, Delta
from agent_brain.core.items import Message, ReplyCall
from agent_brain.nets.gathering import Gathering
from chat_steps import HELLO, collect, join_text

SAID = "Hello, 世界 🙂! This is a reply of some length."


class ChatModelContract:
    """The fixture `model` gives a model that replies SAID to whatever it is asked."""

    async def test_a_reply_is_whole_and_its_end_is_told_once(self, model: ChatModel) -> None:
        steps = await collect(model)
        assert join_text(steps) == SAID
        assert [step.finish for step in steps if isinstance(step, Delta) and step.finish] == ["stop"]

    async def test_usage_comes_at_most_once_and_counts_tokens(self, model: ChatModel) -> None:
        usages = [step.usage for step in await collect(model) if isinstance(step, Delta) and step.usage]
        assert [usage.output_tokens > 0 for usage in usages] == [True]
        assert [usage.model_calls for usage in usages] == [0]

    async def test_calls_at_once_do_not_mix(self, model: ChatModel) -> None:
        replies = await asyncio.gather(*(collect(model) for _ in range(5)))
        assert [join_text(steps) for steps in replies] == [SAID] * 5

    async def test_it_can_be_left_and_asked_again(self, model: ChatModel) -> None:
        async with aclosing(model.stream(HELLO)) as steps:
            await anext(steps)
        assert join_text(await collect(model)) == SAID

    async def test_messages_are_not_changed(self, model: ChatModel) -> None:
        messages: list[Message] = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
        await collect(model, messages)
        assert messages == [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]

    async def test_it_has_a_name_and_gives_an_async_generator(self, model: ChatModel) -> None:
        stream = model.stream(HELLO)
        assert model.name
        assert isinstance(stream, AsyncGenerator)
        await stream.aclose()


CALLS = (
    ReplyCall("add", '{"a": 1, "b": [2, {"c": "Größe 🙂"}]}'),
    ReplyCall("now", "{}"),
    ReplyCall("add", '{"a": 3}'),
)
TOOLS: list[dict[str, Any]] = [
    {"type": "function", "function": {"name": name, "description": "", "parameters": {"type": "object"}}}
    for name in ("add", "now")
]


class CallingModelContract:
    """The fixture `calling` gives a model that replies SAID and CALLS to whatever it is asked with tools."""

    async def test_it_takes_tools(self, calling: CallingModel) -> None:
        assert isinstance(calling, CallingModel)

    async def test_text_and_calls_of_a_reply_are_whole(self, calling: CallingModel) -> None:
        assert _join(await _collect(calling)) == (SAID, CALLS)

    async def test_each_call_has_an_index_of_its_own_and_one_name(self, calling: CallingModel) -> None:
        pieces = [call for step in await _collect(calling) if isinstance(step, Delta) for call in step.calls]
        assert list(dict.fromkeys(call.index for call in pieces)) == [0, 1, 2]
        assert [(call.index, call.name) for call in pieces if call.name] == [(0, "add"), (1, "now"), (2, "add")]

    async def test_replies_with_calls_do_not_mix(self, calling: CallingModel) -> None:
        replies = await asyncio.gather(*(_collect(calling) for _ in range(5)))
        assert [_join(steps) for steps in replies] == [(SAID, CALLS)] * 5

    async def test_it_can_be_left_inside_a_call_and_asked_again(self, calling: CallingModel) -> None:
        async with aclosing(calling.stream_calls(HELLO, TOOLS)) as steps:
            async for step in steps:
                if isinstance(step, Delta) and step.calls:
                    break
        assert _join(await _collect(calling)) == (SAID, CALLS)

    async def test_tools_are_not_changed(self, calling: CallingModel) -> None:
        before = copy.deepcopy(TOOLS)
        await _collect(calling)
        assert before == TOOLS

    async def test_it_can_be_told_not_to_call(self, calling: CallingModel) -> None:
        async with aclosing(calling.stream_calls(HELLO, TOOLS, choice="none")) as steps:
            assert [step async for step in steps]


async def _collect(model: CallingModel) -> list[Delta | Again]:
    async with aclosing(model.stream_calls(HELLO, TOOLS)) as stream:
        return [step async for step in stream]


def _join(steps: list[Delta | Again]) -> tuple[str, tuple[ReplyCall, ...]]:
    said = Gathering("state")
    for step in steps:
        said = Gathering("state") if isinstance(step, Again) else said
        list(said.add(step) if isinstance(step, Delta) else ())
    reply = said.make_reply()
    return reply.text, reply.calls
