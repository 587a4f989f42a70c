"""A run that waits for a person three times at once, and writes down outside whatever it does."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.items import Message
from agent_brain.core.store import Store
from agent_brain.core.tooling import ActionId
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.asking import ask_person
from agent_brain.tools.function_tool import tool
from durability.outside import Outside

APPROVAL_SECONDS = 2 * 86_400
THREE = """Next: [
    {"name": "pay", "args": {"eur": 50}},
    {"name": "ask_person", "args": {"question": "Which colour?", "choices": ["red", "blue"]}},
    {"name": "look", "args": {}},
    {"name": "pay", "args": {"eur": 70}}
]"""
"""The pauses: q1 and q2 are approvals, q3 is the question that a tool asks when it has begun."""


def build_asker(store: Store, outside: Outside, clock: Callable[[], float]) -> Brain:
    """A brain that forgets nothing it was made to do."""

    def speak(messages: Sequence[Message]) -> str:
        outside.tell("model", "")
        shown = "".join(message["content"] for message in messages)
        if "Now give the final answer" in messages[-1]["content"]:
            return "The end."
        return "Enough." if "<observation tool=" in shown else THREE

    def is_dear(args: Mapping[str, Any]) -> bool:
        outside.tell("considered", "", args["eur"])
        return True

    @tool(needs_approval=is_dear, approval_seconds=APPROVAL_SECONDS)
    async def pay(eur: int, key: ActionId) -> str:
        outside.tell("paid", key, eur)
        return f"paid {eur}"

    @tool
    async def look(key: ActionId) -> str:
        outside.tell("looked", key)
        return "seen"

    return Brain(model=ScriptedModel(speak), tools=[pay, look, ask_person], store=store, clock=clock)
