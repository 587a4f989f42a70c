"""The run of twelve steps that processes are killed in: five steps of actions, two of them with three at once."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.chat import Reply
from agent_brain.core.items import Message, ReplyCall
from agent_brain.core.state import StateType
from agent_brain.core.store import Store
from agent_brain.core.tooling import ActionId, Tool
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.react import react
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.tools.function_tool import tool
from durability.outside import Outside
from durability.pairing import check_calls

GOAL = "Do all that has to be done."
SLOW_SECONDS = 0.003
ANSWERING = "Now give the final answer"
REPEATABLE = frozenset({"look", "note"})
"""The tools that may be run again when in doubt."""
NESTING = frozenset({"manage", "work"})
"""The tools that are brains."""

Plan = Sequence[Sequence[tuple[str, int | str]]]
"""What is done in each step of actions: tools and their argument, a question for one that is a brain."""

PLAN: Plan = (
    [("look", 1)],
    [("pay", 20), ("note", 2), ("look", 3)],
    [("pay", 30)],
    [("ship", 4), ("note", 5), ("pay", 40)],
    [("ship", 6)],
)
LONG_PLAN: Plan = [[("pay" if at % 2 else "note", at)] for at in range(36)]
"""Long enough for a snapshot."""

Meet = Callable[[str], None]


def build_brain(
    store: Store, outside: Outside, meet: Meet, plan: Plan = PLAN, wire: str = "text", **options: Any
) -> Brain:
    """A brain whose model hears nothing but the messages, whichever process it is in; `meet` is told each point."""
    say = speak_calls if wire == "native" else speak
    model = ScriptedModel(lambda messages: say(messages, plan, meet))
    net = react.extend("patient", {StateType.REASONING: ReasoningState(steps_max=len(plan) + 1)})
    return Brain(net, model=model, tools=make_tools(outside, meet), store=store, wire=wire, **options)


def speak(messages: Sequence[Message], plan: Plan, meet: Meet) -> str:
    """The next step of the plan by how many outcomes are shown; at the end, which tools they are of."""
    shown = "".join(message["content"] for message in messages if message["role"] == "user")
    names = [block.partition('"')[0] for block in shown.split('<observation tool="')[1:]]
    if ANSWERING in messages[-1]["content"]:
        return f"Done: {' '.join(names)}."
    actions = _find_next(names, plan, meet)
    return (
        "Next: " + json.dumps([{"name": name, "args": _name(value)} for name, value in actions])
        if actions
        else "Enough."
    )


def speak_calls(messages: Sequence[Message], plan: Plan, meet: Meet) -> str | Reply:
    """The same over tool calls, by a server that takes nothing but what the strictest one does."""
    check_calls(messages)
    names = [call["function"]["name"] for message in messages for call in message.get("tool_calls", ())]
    if ANSWERING in messages[-1]["content"]:
        return f"Done: {' '.join(names)}."
    actions = _find_next(names, plan, meet)
    calls = tuple(ReplyCall(name, json.dumps(_name(value))) for name, value in actions)
    return Reply("Next." if calls else "Enough.", calls=calls)


def _name(value: int | str) -> dict[str, int | str]:
    return {"question" if isinstance(value, str) else "value": value}


def _find_next(names: Sequence[str], plan: Plan, meet: Meet) -> Sequence[tuple[str, int | str]]:
    meet(f"model at {len(names)}")
    return {sum(map(len, plan[:place])): step for place, step in enumerate(plan)}.get(len(names), ())


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
