"""What chat servers demand of messages, at their strictest, and that no call stands without its result."""

import re
from collections import Counter
from collections.abc import Sequence

from agent_brain.core.items import Item, Message
from agent_brain.wires.messages import NO_OUTCOME, escape

_BLOCK = re.compile(r'<observation tool="([^"\n]+)" status="(\w+)">\n(.*?)\n</observation>', re.DOTALL)
_TAG = re.compile(r"</?observation\b(?!\\)")

Block = tuple[str, str, str]


def check_messages(messages: Sequence[Message], items: Sequence[Item]) -> None:
    """Let messages pass that a strict server takes, and that show every action of these items with its outcome."""
    check_roles(messages)
    check_pairs(messages)
    shown = [message["content"] for message in messages if message["role"] == "user"]  # a model may forge a block
    blocks = [block for content in shown for block in _BLOCK.findall(content)]
    assert blocks == [_expect(item) for item in items if item.action is not None]


def check_roles(messages: Sequence[Message]) -> None:
    """At most one system message, the first; then user and assistant in turn, a user's first and last; none empty."""
    for message in messages:
        assert set(message) == {"role", "content"}
        assert message["content"].strip()
        message["content"].encode()
    turns = messages[1:] if messages[0]["role"] == "system" else messages
    assert [message["role"] for message in turns] == ["user", "assistant"] * (len(turns) // 2) + ["user"]


def check_pairs(messages: Sequence[Message]) -> None:
    """Each result is the user's, whole, and answers a call in the message before it, one call for each."""
    for place, message in enumerate(messages):
        if message["role"] != "user":
            continue
        blocks = _BLOCK.findall(message["content"])
        assert len(_TAG.findall(message["content"])) == 2 * len(blocks)
        for name, number in Counter(name for name, _, _ in blocks).items():
            assert messages[place - 1]["role"] == "assistant"
            assert messages[place - 1]["content"].count(name) >= number


def _expect(item: Item) -> Block:
    assert item.action is not None
    if item.outcome is None:
        return item.action.name, "pending", NO_OUTCOME
    return item.action.name, item.outcome.status, escape(item.outcome.text)
