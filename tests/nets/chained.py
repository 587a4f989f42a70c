"""A world of keys in which each one leads to the next, and a model of known parameters that walks through it.

The model is a function of what it is shown and of numbers that depend on the seed, the task and its place in the run
alone: what a memory or a net does not show it, it does not know.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent_brain import ScriptedModel, tool
from agent_brain.core.items import Message
from nets.sampled import chance

BROKEN = "<tool_call>turn the next key</tool_call>"
_KEY = re.compile(r'status="finished">\nkey (\d+) of (\d+)')


@tool(read_only=True)
def turn(key: int, of: int) -> str:
    """Turn a key, which leads to the next one; one that does not fit leads nowhere."""
    if not 0 <= key < of:
        raise ValueError(f"key {key} does not fit")
    return f"key {key + 1} of {of}"


@dataclass(frozen=True)
class Walker:
    """Turns the last key that it is shown; with chances `right` and `malformed` it chooses it, and writes it badly."""

    length: int
    right: float
    malformed: float
    seed: int = 0

    def make_model(self) -> ScriptedModel:
        """It as a model."""
        return ScriptedModel(self.reply)

    def reply(self, messages: Sequence[Message]) -> str:
        """What it says to these messages; the goal is `task N`."""
        shown = "\n".join(message["content"] for message in messages[1:])
        task = int(shown.partition("task ")[2].split()[0])
        found = _KEY.findall(shown)
        key = max((int(number) for number, _ in found), default=0)
        if key == self.length or "final answer" in messages[-1]["content"]:
            return f"key {key}"
        place = shown.count("</observation>") + shown.count("</correction>")
        if self.is_malformed(task, place):
            return BROKEN
        return json.dumps(
            {"name": "turn", "args": {"key": key if self.is_right(task, place) else -1, "of": self.length}}
        )

    def is_malformed(self, task: int, place: int) -> bool:
        """Whether it writes badly what stands in this place of a run."""
        return chance(self.seed, task, place, "malformed") < self.malformed

    def is_right(self, task: int, place: int) -> bool:
        """Whether it chooses the right key there."""
        return chance(self.seed, task, place, "right") < self.right
