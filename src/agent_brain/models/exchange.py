"""One request and the bytes of its reply, over the SDK's public interface.

`AsyncOpenAI.post` sends a body as it stands, where `chat.completions.create` walks every message through its types;
`AsyncStream.response` gives the bytes, where iterating the stream builds several objects for each chunk.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import Any

from openai import AsyncOpenAI, AsyncStream, OpenAIError

from agent_brain.core.errors import ModelErrorKind
from agent_brain.models.chunk import replace_surrogates
from agent_brain.models.model_errors import Origin
from agent_brain.models.reply import StreamedReply
from agent_brain.models.sdk_errors import describe_break, translate
from agent_brain.models.watchdog import Watchdog

Stream = AsyncStream[object]

SLICE_BYTES = 65_536
"""Of an unpacked body, read at once."""


def describe_origin(model: str, client: AsyncOpenAI, *, has_tools: bool = False) -> Origin:
    """Whose errors these are; the key is named so that no message can hold it."""
    key = client.api_key
    return Origin(model, client.base_url.netloc.decode("ascii", "replace"), str(key or ""), has_tools)


async def send(client: AsyncOpenAI, body: dict[str, Any], options: Any, watchdog: Watchdog, origin: Origin) -> Stream:
    """Make the request and wait for the reply's head.

    Raises: ModelError.
    """
    handled = sys.exception()
    try:
        with watchdog:
            try:
                return await _post(client, body, options)
            except UnicodeEncodeError:
                return await _post(client, replace_surrogates(body), options)
    except OpenAIError as error:
        raise translate(error, origin, handled) from None
    except TimeoutError:
        raise origin.make_error(ModelErrorKind.TIMEOUT, "the server has not answered in time") from None
    except (TypeError, ValueError):  # a request that cannot be written as JSON
        raise
    except Exception as error:
        # The SDK lets some of its HTTP library's exceptions through.
        raise origin.make_error(ModelErrorKind.CONNECTION, describe_break(error)) from None


def get_pieces(stream: Stream) -> AsyncIterator[bytes]:
    """The body as it arrives.

    Only one that is compressed, which nobody asked for, or that a hook of the client has read takes the longer way.
    """
    response = stream.response
    is_other = "content-encoding" in response.headers or response.is_stream_consumed
    if is_other or not isinstance(response.stream, AsyncIterable):
        return _unpack(response.aiter_bytes())
    return aiter(response.stream)


async def _unpack(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same bytes in slices, with a turn of the event loop for each: a few of them may unpack to very many."""
    async for piece in pieces:
        for start in range(0, len(piece), SLICE_BYTES):
            yield piece[start : start + SLICE_BYTES]
            await asyncio.sleep(0)


async def receive(
    pieces: AsyncIterator[bytes], reply: StreamedReply, watchdog: Watchdog, origin: Origin
) -> bytes | None:
    """The next bytes, or None at the end; once the reply is whole, trouble is an end too.

    Raises: ModelError.
    """
    try:
        with watchdog:
            return await anext(pieces, None)
    except TimeoutError:
        kind, words = ModelErrorKind.TIMEOUT, "the server has fallen silent"
    except Exception as error:
        # The HTTP library is the client's choice, and so is what it raises: no public name reaches those types.
        kind, words = ModelErrorKind.CUT, describe_break(error)
    if reply.is_whole:
        return None
    raise origin.make_error(kind, words)


async def _post(client: AsyncOpenAI, body: dict[str, Any], options: Any) -> Stream:
    return await client.post(
        "/chat/completions", body=body, cast_to=object, options=options, stream=True, stream_cls=Stream
    )
