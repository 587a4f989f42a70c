"""Digests of words: how a journal tells that a prompt is the one it was, without keeping it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agent_brain.core.items import Message
from agent_brain.core.json_writer import make_writer

DIGEST_BYTES = 8
_write = make_writer(sort_keys=True)


def digest_text(text: str) -> str:
    """A short digest of a text, in hexadecimal digits."""
    return _begin(_encode(text)).hexdigest()  # type: ignore[no-any-return]  # hashlib's own type has no public name


def digest_messages(messages: Sequence[Message]) -> str:
    """A short digest of all that a model is sent: roles, contents and whatever else the messages hold."""
    hashed = _begin()
    for message in messages:
        content = message.get("content", "")
        if len(message) == 2 and isinstance(content, str):
            hashed.update(_encode(f"{len(content)} {message['role']} {content}"))
        else:
            hashed.update(_encode(_write(message)))
    return hashed.hexdigest()  # type: ignore[no-any-return]  # as above


def show_tools(tools: Sequence[Mapping[str, Any]]) -> str:
    """The tools that are sent beside messages, one a line, as a journal keeps them."""
    return "\n".join(json.dumps(tool, ensure_ascii=False, separators=(",", ":"), default=dict) for tool in tools)


def _begin(data: bytes = b"") -> Any:
    from hashlib import blake2b  # on first use: it loads a cryptographic library, which an import need not wait for

    return blake2b(data, digest_size=DIGEST_BYTES)


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
