"""Digests of words: how a journal tells that a prompt is the one it was, without keeping it."""

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii as _quote
from typing import Any

from agent_brain.core.items import Message
from agent_brain.core.json_writer import make_writer

DIGEST_BYTES = 8
_write = make_writer(sort_keys=True)


def digest_text(text: str) -> str:
    """A short digest of a text, in hexadecimal digits."""
    return begin_digest(_encode(text)).hexdigest()  # type: ignore[no-any-return]  # hashlib's own type has no public name


def digest_messages(messages: Sequence[Message]) -> str:
    """A short digest of all that a model is sent: roles, contents and whatever else the messages hold."""
    hashed = begin_digest()
    add_messages(hashed, messages)
    return hashed.hexdigest()  # type: ignore[no-any-return]  # as above


def begin_digest(data: bytes = b"") -> Any:
    """What gives a digest, as hashlib has it, with these bytes in it."""
    from hashlib import blake2b  # on first use: it loads a cryptographic library, which an import need not wait for

    return blake2b(data, digest_size=DIGEST_BYTES)


def add_messages(hashed: Any, messages: Sequence[Message]) -> None:
    """Go on with a digest of messages."""
    for message in messages:
        content = message.get("content", "")
        if len(message) == 2 and isinstance(content, str):
            hashed.update(_encode(f"{len(content)} {message['role']} {content}"))
        else:
            hashed.update(_write_calling(message).encode())


def show_tools(tools: Sequence[Mapping[str, Any]]) -> str:
    """The tools that are sent beside messages, one a line, as a journal keeps them."""
    return "\n".join(json.dumps(tool, ensure_ascii=False, separators=(",", ":"), default=dict) for tool in tools)


def _write_calling(message: Message) -> str:
    """As `_write`, three times as fast for what nearly all messages over tool calls are: a late step has hundreds."""
    try:
        if len(message) == 3 and message["role"] == "tool":
            said, call_id = _quote(message["content"]), _quote(message["tool_call_id"])
            return f'{{"content": {said}, "role": "tool", "tool_call_id": {call_id}}}'
        if len(message) == 3 and message["role"] == "assistant" and message["tool_calls"]:  # not "" or {}
            calls = ", ".join([_write_call(**call) for call in message["tool_calls"]])
            return f'{{"content": {_quote(message["content"])}, "role": "assistant", "tool_calls": [{calls}]}}'
    except (KeyError, TypeError):
        pass  # it has another shape
    return _write(message)


def _write_call(*, id: str, type: str, function: Mapping[str, str]) -> str:  # named as a call's fields
    """Raises: KeyError, TypeError for a call with other fields."""
    if len(function) != 2:
        raise KeyError("fields of a function beside its name and arguments")
    said, name = _quote(function["arguments"]), _quote(function["name"])
    return f'{{"function": {{"arguments": {said}, "name": {name}}}, "id": {_quote(id)}, "type": {_quote(type)}}}'


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
