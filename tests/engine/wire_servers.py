"""Servers that take tools, refuse them, or fail on them; each checks what it is sent as strictly as any does."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from agent_brain.core.items import Message
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.retry import RetryPolicy
from agent_brain.tools.function_tool import tool
from call_shapes import ENDS, standard
from durability.pairing import check_calls, check_pairs, check_roles
from sse_server import Connection, Handler, Request, get_events, response, send_events, send_raw

Fault = Callable[[int], Handler | None]
"""What becomes of the nth request with tools, counted from 1; None: it is answered."""
QUICK = RetryPolicy(attempts_max=2, wait_initial_seconds=0.001)


@tool
def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


TOOLS = [add]


def make_chat(base_url: str, *, model: str = "mock", retry: RetryPolicy = QUICK) -> OpenAIChat:
    return OpenAIChat(model, base_url=base_url, api_key="sk-secret123456", retry=retry)


def fail(status: int, words: str) -> Handler:
    return send_raw(response(status, {"error": {"message": words}}), keep=True)


def refuse(_: int) -> Handler:
    return fail(400, "registry.ollama.ai/library/mock does not support tools")


def break_call(_: int) -> Handler:
    return fail(500, "error parsing tool call: raw='{\"a\": ]', err=invalid character ']'")


def take(_: int) -> None:
    return None


class WireServer:
    """A handler: it adds two numbers twice, with calls where it takes tools, in text elsewhere."""

    def __init__(self, fault: Fault = take) -> None:
        self.asked: list[Any] = []
        """The JSON of each request."""
        self.broken: list[str] = []
        """What was wrong with requests."""
        self._fault = fault
        self._with_tools = 0

    async def __call__(self, request: Request, connection: Connection) -> bool:
        if request.method == "GET":
            models = {"object": "list", "data": [{"id": "mock", "object": "model"}]}
            return await send_raw(response(200, models), keep=True)(request, connection)
        asked = request.json()
        self.asked.append(asked)
        return await self._choose(asked)(request, connection)

    @property
    def ways(self) -> str:
        """`t` for each request with tools, `-` for each one without."""
        return "".join("t" if "tools" in asked else "-" for asked in self.asked)

    def _choose(self, asked: Any) -> Handler:
        messages: Sequence[Message] = asked["messages"]
        try:
            self._check(messages, has_tools="tools" in asked)
        except AssertionError as error:
            self.broken.append(f"{error!r:.300}")
            return fail(400, "these messages are no conversation")
        if "tools" not in asked:
            return send_events(*get_events(_speak(messages)))
        self._with_tools += 1
        return self._fault(self._with_tools) or send_events(*_call(messages, asked["tools"]))

    def _check(self, messages: Sequence[Message], *, has_tools: bool) -> None:
        if has_tools:
            check_calls(messages)
        else:
            check_roles(messages)
            check_pairs(messages)


def _speak(messages: Sequence[Message]) -> list[str]:
    shown = "\n".join(message["content"] for message in messages)
    if "Now give the final answer" in shown:
        return ["The ", "end."]
    done = shown.count('<observation tool="add"')
    return ["Enough."] if done >= 2 else [json.dumps({"name": "add", "args": {"a": 2 + done, "b": 3}})]


def _call(messages: Sequence[Message], tools: Sequence[Any]) -> list[bytes]:
    if "Now give the final answer" in messages[-1]["content"]:
        return get_events(["The ", "end."])
    done = sum(message["role"] == "tool" for message in messages)
    if done >= 2:
        return get_events(["Enough."])
    args = {"text": "hello"} if tools[0]["function"]["name"] == "echo" else {"a": 2 + done, "b": 3}
    return [*standard([(tools[0]["function"]["name"], args)]), *ENDS["tool_calls"]]
