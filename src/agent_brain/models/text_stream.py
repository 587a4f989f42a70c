"""`stream_response`: the text of a reply and nothing else, for whoever needs no brain."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from openai import AsyncOpenAI

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.ports import Delta
from agent_brain.models.openai_chat import OpenAIChat


async def stream_response(
    model_name: str, messages: Sequence[Message], client: AsyncOpenAI | None = None
) -> AsyncGenerator[str, None]:
    """Stream a reply's text through AsyncOpenAI.

    A call that fails before its first word is made again; after it, text cannot be taken back, so it is an error.
    Raises: ModelError.
    """
    model = OpenAIChat(model_name, client=client)
    has_text = False
    try:
        async with aclosing(model.stream(messages)) as deltas:
            async for delta in deltas:
                if isinstance(delta, Delta):
                    has_text = has_text or bool(delta.text)
                    if delta.text:
                        yield delta.text
                elif has_text:
                    raise ModelError(ModelErrorKind.CUT, f"the reply broke after its first words: {delta.reason}")
    finally:
        await model.aclose()
