"""Reading a chat model's stream to its end, as the tests want it."""

from collections.abc import Sequence
from contextlib import aclosing

from agent_brain.core.chat import Again, ChatModel, Delta
from agent_brain.core.items import Message

HELLO: list[Message] = [{"role": "user", "content": "Hello"}]


async def collect(model: ChatModel, messages: Sequence[Message] = HELLO) -> list[Delta | Again]:
    """Every step of one reply."""
    async with aclosing(model.stream(messages)) as stream:
        return [step async for step in stream]


def join_text(steps: Sequence[Delta | Again]) -> str:
    """The text that counts: what follows the last Again."""
    text = ""
    for step in steps:
        text = "" if isinstance(step, Again) else text + step.text
    return text
