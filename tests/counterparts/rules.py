"""The rules that every request of a run must keep, checked where the requests arrive."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

INSTRUCTION = re.compile(r"\s*<instruction>(?:(?!<instruction>).)*</instruction>\s*\Z", re.DOTALL)
"""A state's own directive, at the end of the last message."""


class RuleBroken(Exception):
    """A request that no agent may send; the message names the rule."""


class Conversation:
    """The requests of one run, each compared with the one before it."""

    def __init__(self) -> None:
        self._shown: list[Mapping[str, str]] = []

    def check(self, messages: Sequence[Any]) -> None:
        """Take the next request. Raises: RuleBroken."""
        check_shape(messages)
        shown = [*messages[:-1], {"role": "user", "content": strip_instruction(messages[-1]["content"])}]
        self._check_prefix(shown)
        self._shown = shown

    def _check_prefix(self, shown: Sequence[Mapping[str, str]]) -> None:
        """What was shown stays as it was, from the system message on; the last message may have grown."""
        if not self._shown:
            return
        last = len(self._shown) - 1
        if list(shown[:last]) != self._shown[:last]:
            raise RuleBroken(f"the prefix has changed: {self._shown[:last]} became {list(shown[:last])}")
        if not shown[last:] or not shown[last]["content"].startswith(self._shown[last]["content"]):
            raise RuleBroken(f"a message has changed: {self._shown[last]} became {shown[last : last + 1]}")


def check_shape(messages: Sequence[Any]) -> None:
    """One system message first, then user and assistant in turns, the user last, nobody silent. Raises: RuleBroken."""
    for message in messages:
        if not isinstance(message, dict) or message.keys() != {"role", "content"}:
            raise RuleBroken(f"a message is not a role and a content: {message}")
        if not isinstance(message["content"], str) or not message["content"].strip():
            raise RuleBroken(f"a message says nothing: {message}")
    roles = [message["role"] for message in messages]
    turns = ["user" if place % 2 == 0 else "assistant" for place in range(len(messages) - 1)]
    if roles != ["system", *turns] or roles[-1] != "user":
        raise RuleBroken(f"the roles are {roles}")


def strip_instruction(text: str) -> str:
    """A message's text without the directive at its end."""
    return INSTRUCTION.sub("", text)
