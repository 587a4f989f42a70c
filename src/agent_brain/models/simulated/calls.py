"""How the simulated model writes calls, over either wire, well-formed or malformed in a way that has a name."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_brain.core.chat import Reply
from agent_brain.core.items import ReplyCall


@dataclass(frozen=True, slots=True)
class Call:
    """A tool's name and the arguments for it."""

    name: str
    args: Mapping[str, Any]


def write(words: str, calls: Sequence[Call], malformed: str = "", *, is_native: bool) -> Reply:
    """A reply that says these words and asks for these calls; `malformed`: how the last of them is."""
    return _write_native(words, calls, malformed) if is_native else _write_text(words, calls, malformed)


def _write_text(words: str, calls: Sequence[Call], malformed: str) -> Reply:
    shown: list[dict[str, Any]] = [{"name": call.name, "args": dict(call.args)} for call in calls]
    if malformed == "wrong_type":
        shown[-1]["args"] = _retype(shown[-1]["args"])
    text = json.dumps(shown[0] if len(shown) == 1 else shown)
    match malformed:
        case "missing_brace":
            return Reply(f"{words}\n```json\n{text[:-1]}\n```", finish="stop")
        case "prose":
            return Reply(f"{words} So I call {text} and look at what comes of it.", finish="stop")
        case "truncated":
            return Reply(f"{words}\n```json\n{_cut(text)}", finish="length")
    return Reply(f"{words}\n```json\n{text}\n```", finish="stop")


def _write_native(words: str, calls: Sequence[Call], malformed: str) -> Reply:
    if malformed == "prose":
        return _write_text(words, calls, malformed)
    shown = [ReplyCall(call.name, json.dumps(dict(call.args))) for call in calls]
    last = calls[-1]
    match malformed:
        case "wrong_type":
            shown[-1] = ReplyCall(last.name, json.dumps(_retype(last.args)))
        case "missing_brace":
            shown[-1] = ReplyCall(last.name, shown[-1].arguments[:-1])
        case "truncated":
            shown[-1] = ReplyCall(last.name, _cut(shown[-1].arguments))
    return Reply(words, finish="length" if malformed == "truncated" else "tool_calls", calls=tuple(shown))


def _retype(args: Mapping[str, Any]) -> dict[str, Any]:
    """The same arguments with words in the place of the first number."""
    number = next(name for name, value in args.items() if isinstance(value, int))
    return {name: "the one after that" if name == number else value for name, value in args.items()}


def _cut(text: str) -> str:
    """The text up to the first letter of a value, so that no bracket gives back what is missing."""
    return text[: text.rfind('"house": "') + 11]
