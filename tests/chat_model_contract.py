"""What every ChatModel promises; a test class for an adapter inherits it and gives the model."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from agent_brain.core.items import Message
from agent_brain.core.ports import ChatModel, Delta
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
