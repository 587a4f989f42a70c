"""Digests of words: how a journal tells that a prompt is the one it was, without keeping it."""

import json
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii as _quote
from typing import Any

from agent_brain.core.items import Message
from agent_brain.core.json_writer import make_writer

DIGEST_BYTES = 8
MESSAGES_MIN = 48
"""Fewer are hashed anew: that takes no longer, and nothing has to be kept for it."""
_write = make_writer(sort_keys=True)


def digest_text(text: str) -> str:
    """A short digest of a text, in hexadecimal digits."""
    return _begin(_encode(text)).hexdigest()  # type: ignore[no-any-return]  # hashlib's own type has no public name


def digest_messages(messages: Sequence[Message]) -> str:
    """A short digest of all that a model is sent: roles, contents and whatever else the messages hold."""
    hashed = _begin()
    _add(hashed, messages)
    return hashed.hexdigest()  # type: ignore[no-any-return]  # as above


class GrowingDigest:
    """As `digest_messages`, for one prompt after the other: what begins as the last one did is not hashed again."""

    __slots__ = ("_hashed", "_known")

    def __init__(self) -> None:
        self._known: Sequence[Message] = ()
        """What `_hashed` has taken in: the last prompt but for its end, which is seldom there in the next one."""
        self._hashed = _begin()

    def digest(self, messages: Sequence[Message]) -> str:
        """The digest of these messages."""
        if len(messages) < MESSAGES_MIN:
            return digest_messages(messages)
        known, end = len(self._known), max(0, len(messages) - 1)
        if end < known or messages[:known] != self._known:
            known, self._hashed = 0, _begin()
        _add(self._hashed, messages[known:end])
        self._known = messages[:end]
        hashed = self._hashed.copy()
        _add(hashed, messages[end:])
        return hashed.hexdigest()  # type: ignore[no-any-return]  # as above


def show_tools(tools: Sequence[Mapping[str, Any]]) -> str:
    """The tools that are sent beside messages, one a line, as a journal keeps them."""
    return "\n".join(json.dumps(tool, ensure_ascii=False, separators=(",", ":"), default=dict) for tool in tools)


def _add(hashed: Any, messages: Sequence[Message]) -> None:
    for message in messages:
        content = message.get("content", "")
        if len(message) == 2 and isinstance(content, str):
            hashed.update(_encode(f"{len(content)} {message['role']} {content}"))
        else:
            hashed.update(_write_calling(message).encode())


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


def _begin(data: bytes = b"") -> Any:
    from hashlib import blake2b  # on first use: it loads a cryptographic library, which an import need not wait for

    return blake2b(data, digest_size=DIGEST_BYTES)


def _encode(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
