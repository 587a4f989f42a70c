"""What chat servers demand of messages, at their strictest, and that no call stands without its result."""

import json
import re
from collections import Counter
from collections.abc import Sequence

from agent_brain.core.items import FaultKind, Item, Message
from agent_brain.wires.call_messages import make_call_id, show_result
from agent_brain.wires.messages import NO_OUTCOME, escape

_BLOCK = re.compile(r'<observation tool="([^"\n]+)" status="(\w+)">\n(.*?)\n</observation>', re.DOTALL)
_ID = re.compile(r"[A-Za-z0-9]{9}")
_UNFIT = re.compile(r"[^\w.:/@-]+")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TAG = re.compile(r"</?observation\b(?!\\)")

KEPT = {"reasoning", "details"}
"""What adapters send as their server wants it, or not at all."""

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
        assert set(message) - KEPT == {"role", "content"}
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
            said = messages[place - 1]
            assert said["role"] == "assistant"
            # In a tag, what could end it is a line: a tool that a model has made up may be called anything.
            assert max(said["content"].count(name), _UNFIT.sub("_", said["content"]).count(name)) >= number


def _expect(item: Item) -> Block:
    assert item.action is not None
    if item.outcome is None:
        return item.action.name, "pending", NO_OUTCOME
    return item.action.name, item.outcome.status, escape(item.outcome.text)


def check_call_messages(messages: Sequence[Message], items: Sequence[Item]) -> None:
    """As `check_messages`, over a wire with tool calls: each action is a call with its result, or a correction."""
    check_calls(messages)
    actions = [item for item in items if item.action is not None]
    unknown = [item for item in actions if item.outcome and item.outcome.fault is FaultKind.UNKNOWN_TOOL]
    results = [(message["tool_call_id"], message["content"]) for message in messages if message["role"] == "tool"]
    assert results == [(make_call_id(item), show_result(item)) for item in actions if item not in unknown]
    corrections = "".join(message["content"] for message in messages if message["role"] == "user")
    assert all(escape(item.outcome.text) in corrections for item in unknown if item.outcome)


def check_calls(messages: Sequence[Message]) -> None:
    """What servers that take tools demand at their strictest: of roles, of forms, and of each call its result."""
    turns = list(messages[1:] if messages[0]["role"] == "system" else messages)
    assert turns[0]["role"] == "user"
    assert turns[-1]["role"] in {"user", "tool"}
    ids: list[str] = []
    for place, message in enumerate(turns):
        before = turns[place - 1]["role"] if place else ""
        message["content"].encode()
        match message["role"]:
            case "tool":
                assert before in {"assistant", "tool"}
                assert set(message) == {"role", "content", "tool_call_id"}
            case "assistant":
                assert before in {"user", "tool"}
                assert set(message) - KEPT - {"tool_calls"} == {"role", "content"}
                ids += _check_results(message, turns[place + 1 :])
            case role:
                assert (role, before != "user", set(message)) == ("user", True, {"role", "content"})
        assert message["content"].strip() or message.get("tool_calls")
    assert len(set(ids)) == len(ids)
    assert ids == [message["tool_call_id"] for message in turns if message["role"] == "tool"]


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def _check_results(message: Message, after: Sequence[Message]) -> list[str]:
    """Each call is well formed, and its result follows in the same order, before anything else."""
    ids = []
    for call, result in zip(message.get("tool_calls", ()), after, strict=False):
        assert (set(call), call["type"]) == ({"id", "type", "function"}, "function")
        assert _ID.fullmatch(call["id"])
        assert result.get("tool_call_id") == call["id"]
        assert _NAME.fullmatch(call["function"]["name"])
        assert isinstance(json.loads(call["function"]["arguments"], parse_constant=_refuse), dict)
        call["function"]["arguments"].encode()
        ids.append(call["id"])
    assert len(ids) == len(message.get("tool_calls", ids))
    assert message.get("tool_calls") != []
    return ids
