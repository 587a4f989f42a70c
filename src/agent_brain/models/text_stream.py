"""`stream_response`: the text of a reply and nothing else, for whoever needs no brain."""

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing

from openai import AsyncOpenAI

from agent_brain.core.chat import Delta
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.thinking import Part, Thinking, Voice
from agent_brain.models.openai_chat import OpenAIChat


async def stream_response(
    model_name: str, messages: Sequence[Message], client: AsyncOpenAI | None = None
) -> AsyncGenerator[str, None]:
    """Stream a reply's text through AsyncOpenAI, without the thinking between tags in it.

    A call that fails before its first word is made again; after it, text cannot be taken back, so it is an error.
    Raises: ModelError.
    """
    model = OpenAIChat(model_name, client=client)
    thinking, has_text = Thinking(), False
    try:
        async with aclosing(model.stream(messages)) as deltas:
            async for delta in deltas:
                if isinstance(delta, Delta):
                    has_text = has_text or bool(delta.text)
                    for text in _pick_words(thinking.feed(delta.text) if delta.text else ()):
                        yield text
                elif has_text:
                    raise ModelError(ModelErrorKind.CUT, f"the reply broke after its first words: {delta.reason}")
        for text in _pick_words(thinking.close()):
            yield text
    finally:
        await model.aclose()


def _pick_words(parts: Iterable[Part]) -> Iterator[str]:
    return (said for voice, said in parts if voice is Voice.WORDS)
