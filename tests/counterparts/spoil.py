"""Replies whose action cannot be carried out: the run has to tell the model so, and the model writes it again."""

import json
import random
from typing import Any

from mangle import Mangler


def _parts(reply: str) -> tuple[str, dict[str, Any]]:
    prose, _, rest = reply.partition("```json\n")
    action: dict[str, Any] = json.loads(rest.removesuffix("\n```"))
    return prose, action


def _write(prose: str, action: dict[str, Any]) -> str:
    return f"{prose}```json\n{json.dumps(action, ensure_ascii=False)}\n```"


def _unknown_tool(reply: str, rng: random.Random) -> str:
    prose, action = _parts(reply)
    return _write(prose, action | {"name": f"{action['name']}_of"})


def _unknown_argument(reply: str, rng: random.Random) -> str:
    prose, action = _parts(reply)
    return _write(prose, action | {"args": {"nothing_of_the_kind": 1}})


def _arguments_as_number(reply: str, rng: random.Random) -> str:
    prose, action = _parts(reply)
    return _write(prose, action | {"args": 7})


def _only_the_mark(reply: str, rng: random.Random) -> str:
    return f"{_parts(reply)[0]}<tool_call>"


def _silence(reply: str, rng: random.Random) -> str:
    return rng.choice(["", "\n", "<|im_end|>"])


SPOILS: dict[str, Mangler] = {
    "unknown tool": _unknown_tool,
    "unknown argument": _unknown_argument,
    "arguments as a number": _arguments_as_number,
    "a tag and no action": _only_the_mark,
    "silence": _silence,
}
"""Name of the way -> what it makes of a clean reply."""
