"""The run of twelve steps that processes are killed in: five steps of actions, two of them with three at once."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.items import Message
from agent_brain.core.ports import ActionId, Tool
from agent_brain.core.store import Store
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.function_tool import tool
from durability.outside import Outside

GOAL = "Do all that has to be done."
SLOW_SECONDS = 0.003
ANSWERING = "Now give the final answer"
REPEATABLE = frozenset({"look", "note"})
"""The tools that may be run again when in doubt."""

PLAN: Sequence[Sequence[tuple[str, int]]] = (
    [("look", 1)],
    [("pay", 20), ("note", 2), ("look", 3)],
    [("pay", 30)],
    [("ship", 4), ("note", 5), ("pay", 40)],
    [("ship", 6)],
)
"""What is done in each step of actions: tools and their argument."""

Meet = Callable[[str], None]


def build_brain(store: Store, outside: Outside, meet: Meet, **options: Any) -> Brain:
    """A brain whose model hears nothing but the messages, whichever process it is in; `meet` is told each point."""
    return Brain(
        model=ScriptedModel(lambda messages: speak(messages, meet)), tools=make_tools(outside, meet), store=store
    )


def speak(messages: Sequence[Message], meet: Meet) -> str:
    """The next step of the plan by how many outcomes are shown; at the end, which tools they are of."""
    shown = "".join(message["content"] for message in messages if message["role"] == "user")
    names = [block.partition('"')[0] for block in shown.split('<observation tool="')[1:]]
    if ANSWERING in messages[-1]["content"]:
        return f"Done: {' '.join(names)}."
    meet(f"model at {len(names)}")
    actions = next((step for place, step in _find_places() if place == len(names)), ())
    if not actions:
        return "Enough."
    return "Next: " + json.dumps([{"name": name, "args": {"value": value}} for name, value in actions])


def _find_places() -> list[tuple[int, Sequence[tuple[str, int]]]]:
    """Each step of the plan with the number of outcomes that stand before it."""
    return [(sum(map(len, PLAN[:place])), step) for place, step in enumerate(PLAN)]


def make_tools(outside: Outside, meet: Meet) -> list[Tool]:
    """Tools whose whole effect is a line outside, with a point before it and one after it."""

    def act(name: str, value: int, key: str) -> str:
        outside.tell("begin", key)
        meet(f"{name} {value} before")
        outside.tell("effect", key, value)
        meet(f"{name} {value} after")
        return f"{name} {value}: done"

    @tool(read_only=True)
    async def look(value: int, key: ActionId) -> str:
        return act("look", value, key)

    @tool(idempotent=True)
    async def note(value: int, key: ActionId) -> str:
        return act("note", value, key)

    @tool
    async def pay(value: int, key: ActionId) -> str:
        await asyncio.sleep(0)
        return act("pay", value, key)

    @tool
    def ship(value: int, key: ActionId) -> str:
        time.sleep(SLOW_SECONDS)
        return act("ship", value, key)

    return [look, note, pay, ship]
