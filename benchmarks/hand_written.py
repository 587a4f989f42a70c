"""The loops that one writes by hand on the openai SDK: what this package is measured against."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from openai import AsyncOpenAI
from openai.types.chat import (
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageFunctionToolCallParam,
    ChatCompletionMessageParam,
    ChatCompletionToolMessageParam,
)

FENCE = re.compile(r"```json\s*(\{.*?\})\s*```", re.DOTALL)


class HandWritten:
    """Asks, streams, calls the tool that the reply names, and asks again until a reply names none."""

    def __init__(
        self, client: AsyncOpenAI, model: str, tools: Mapping[str, Callable[..., Awaitable[str]]], steps_max: int
    ) -> None:
        self.client = client
        self.model = model
        self.tools = tools
        self.steps_max = steps_max
        self.tokens = 0

    async def answer(self, messages: list[ChatCompletionMessageParam]) -> AsyncGenerator[str, None]:
        """Stream all text; the conversation grows, and its last message is the answer."""
        for _ in range(self.steps_max):
            stream = await self.client.chat.completions.create(
                model=self.model, messages=messages, stream=True, stream_options={"include_usage": True}
            )
            parts: list[str] = []
            async for chunk in stream:
                if chunk.usage:
                    self.tokens += chunk.usage.total_tokens
                if chunk.choices and (text := chunk.choices[0].delta.content):
                    parts.append(text)
                    yield text
            reply = "".join(parts)
            messages.append({"role": "assistant", "content": reply})
            action = find_action(reply)
            if action is None:
                return
            result = await self.tools[action["name"]](**action["args"])
            observation = f'<observation tool="{action["name"]}" status="finished">\n{result}\n</observation>'
            messages.append({"role": "user", "content": observation})


class HandWrittenCalls:
    """The same with tool calls: all that a reply asks for run at once, and their results are the next messages."""

    def __init__(
        self,
        client: AsyncOpenAI,
        model: str,
        tools: Mapping[str, Callable[..., Awaitable[str]]],
        described: Sequence[ChatCompletionFunctionToolParam],
        steps_max: int,
    ) -> None:
        self.client = client
        self.model = model
        self.tools = tools
        self.described = described
        self.steps_max = steps_max
        self.tokens = 0

    async def answer(self, messages: list[ChatCompletionMessageParam]) -> AsyncGenerator[str, None]:
        """Stream all text; the conversation grows, and its last message is the answer."""
        for _ in range(self.steps_max):
            stream = await self.client.chat.completions.create(
                model=self.model, messages=messages, tools=self.described, stream=True,
                stream_options={"include_usage": True},
            )  # fmt: skip
            parts: list[str] = []
            calls: dict[int, ChatCompletionMessageFunctionToolCallParam] = {}
            async for chunk in stream:
                if chunk.usage:
                    self.tokens += chunk.usage.total_tokens
                if not chunk.choices:
                    continue
                delta = chunk.choices[0].delta
                if delta.content:
                    parts.append(delta.content)
                    yield delta.content
                for piece in delta.tool_calls or ():
                    if piece.id:
                        calls[piece.index] = {
                            "id": piece.id,
                            "type": "function",
                            "function": {"name": "", "arguments": ""},
                        }
                    if piece.function:
                        calls[piece.index]["function"]["name"] += piece.function.name or ""
                        calls[piece.index]["function"]["arguments"] += piece.function.arguments or ""
            if not calls:
                messages.append({"role": "assistant", "content": "".join(parts)})
                return
            messages.append({"role": "assistant", "content": "".join(parts), "tool_calls": list(calls.values())})
            messages += await asyncio.gather(*map(self._call, calls.values()))

    async def _call(self, call: ChatCompletionMessageFunctionToolCallParam) -> ChatCompletionToolMessageParam:
        function = call["function"]
        result = await self.tools[function["name"]](**json.loads(function["arguments"]))
        return {"role": "tool", "tool_call_id": call["id"], "content": result}


def find_action(reply: str) -> dict[str, Any] | None:
    """The JSON object in the reply's fence, or None."""
    match = FENCE.search(reply)
    return json.loads(match[1]) if match else None
