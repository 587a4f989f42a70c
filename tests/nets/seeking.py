"""What tests of tree search share: a model that looks around, brains for it, and what a call is shown."""

import re
from collections.abc import Sequence
from typing import Any

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, tool
from agent_brain.core.items import Message
from nets.planners import show

VERDICT, REFLECT, FINAL = "Verdict: sure", "was judged, and it failed", "final answer"


@tool(read_only=True)
def look(place: str) -> str:
    """Look at a place."""
    return f"nothing at {place}"


class Seeker:
    """Looks somewhere else each time, `looks` times in a run; then it answers with a number of its own."""

    def __init__(self, looks: int = 1, verdict: str = "likely") -> None:
        self.looks = looks
        self.verdict = verdict
        self.count = 0

    def __call__(self, messages: Sequence[Message]) -> str:
        shown = show(messages)
        if VERDICT in shown:
            return f"Verdict: {self.verdict}"
        if REFLECT in shown:
            return f"Lesson {shown.count('Lesson ') + 1}."
        if FINAL in messages[-1]["content"]:
            return "I was stopped."
        self.count += 1
        if shown.count("</observation>") < self.looks:
            return f'{{"name": "look", "args": {{"place": "p{self.count}"}}}}'
        return f"Answer {self.count}"


def fail(question: str, answer: str) -> Any:
    return False, "No good."


def make_brain(model: ScriptedModel | None = None, net: str = "lats", **parts: Any) -> Brain:
    given = {"evaluator": fail, "tools": [look], "store": MemoryStore(), "limits": Limits(model_calls=500), **parts}
    return Brain(net=net, model=model or ScriptedModel(Seeker()), **given)


def find_memory(messages: Sequence[Message], name: str) -> str:
    """What a call is shown under this name."""
    found = re.search(rf'<memory name="{name}">\n(.*?)\n</memory>', show(messages), re.DOTALL)
    return found[1] if found else ""
