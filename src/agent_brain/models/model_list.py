"""A server's list of models, asked for and read with every deviation that servers are known for."""

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from openai import APIStatusError, AsyncOpenAI, OpenAIError

from agent_brain.core.errors import ModelErrorKind
from agent_brain.models.chunk import parse_json
from agent_brain.models.exchange import describe_origin
from agent_brain.models.model_errors import Origin, excerpt
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.sdk_errors import describe_break, translate

MODELS_MAX = 1000
LIST_SECONDS = 15.0
LIST_BYTES_MAX = 16 * 2**20
UNLISTED = frozenset({404, 405, 501})
"""Statuses with which a server says that it has no such list."""


async def list_models(model: OpenAIChat) -> tuple[str, ...] | None:
    """The names of the server's models; None where it does not list them.

    Raises: ModelError, which names the server and no model.
    """
    client = (await model.get_client()).with_options(max_retries=0, timeout=LIST_SECONDS)
    origin = describe_origin("", client)
    handled = sys.exception()
    try:
        async with asyncio.timeout(LIST_SECONDS):
            body, content_type = await _fetch(client)
    except APIStatusError as error:
        if error.status_code in UNLISTED:
            return None
        raise translate(error, origin, handled) from None
    except OpenAIError as error:
        raise translate(error, origin, handled) from None
    except TimeoutError:
        words = f"the list of models was not there within {LIST_SECONDS:g} s"
        raise origin.make_error(ModelErrorKind.TIMEOUT, words) from None
    except Exception as error:
        # The HTTP library is the client's choice, and so is what it raises: no public name reaches those types.
        raise origin.make_error(ModelErrorKind.CONNECTION, describe_break(error)) from None
    return _read(body, content_type, origin)


async def _fetch(client: AsyncOpenAI) -> tuple[bytes, str]:
    """The body as it stands, whatever it is: the SDK's own reading of it breaks on what is no JSON object."""
    body = bytearray()
    async with client.models.with_streaming_response.list() as response:
        async for piece in response.iter_bytes():
            body += piece
            if len(body) > LIST_BYTES_MAX:
                break
        return bytes(body), response.headers.get("content-type") or "no content type"


def _read(body: bytes, content_type: str, origin: Origin) -> tuple[str, ...]:
    try:
        found = parse_json(body)
    except ValueError:
        found = None
    entries = _find_entries(found)
    if entries is not None:
        names = [entry.get("id") if isinstance(entry, Mapping) else entry for entry in entries[:MODELS_MAX]]
        return tuple(str(name) for name in names if name)
    if isinstance(found, Mapping) and found.get("error"):
        raise origin.read_body(found)
    seen = f"{content_type}: {excerpt(body)!r}" if body else f"an empty body ({content_type})"
    raise origin.make_error(ModelErrorKind.PROTOCOL, f"wanted a list of models (application/json), found {seen}")


def _find_entries(found: Any) -> list[Any] | None:
    """The entries of a list in `data`, as the interface has it, or of a bare list, as some servers send it."""
    listed = found.get("data") if isinstance(found, Mapping) else found
    return listed if isinstance(listed, list) else None
