"""Brains inside of brains, which the tests of engine share."""

import json
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from agent_brain import Brain, Limits, ScriptedModel, tool
from agent_brain.core.items import Message
from agent_brain.core.records import Record
from agent_brain.core.store import Store


def call(*calls: tuple[str, dict[str, object]]) -> str:
    """A reply that asks for actions."""
    return json.dumps([{"name": name, "args": args} for name, args in calls])


def ask(name: str, question: str = "Well?") -> str:
    return call((name, {"question": question}))


def plan(*actions: str, thought: str = "It is done.", answer: str = "All is done.") -> ScriptedModel:
    """A model that asks for these actions in turn, then thinks, then answers; it goes by what it is shown."""

    def reply(messages: Sequence[Message]) -> str:
        if "final answer" in messages[-1]["content"]:
            return answer
        done = sum(message["content"].count("</observation>") for message in messages[1:])
        return actions[done] if done < len(actions) else thought

    return ScriptedModel(reply)


class Till:
    """A tool with an effect, which counts."""

    def __init__(self) -> None:
        self.paid: list[str] = []

    def pay(self, to: str) -> str:
        """Pay somebody."""
        self.paid.append(to)
        return f"paid {to}"


def make_payer(till: Till, *, needs_approval: bool = False) -> Brain:
    """A brain that pays Ann."""
    pay = tool(till.pay, needs_approval=needs_approval)
    return Brain(model=plan(call(("pay", {"to": "Ann"})), thought="It is paid.", answer="Ann was paid."), tools=[pay])


def make_boss(worker: Brain, store: Store | Path | None = None, limits: Limits | None = None) -> Brain:
    """A brain that has the worker work."""
    return Brain(model=plan(ask("work")), tools=[worker.as_tool("work", "Works.")], store=store, limits=limits)


def make_chief(till: Till, store: Store | Path | None = None, *, needs_approval: bool = False) -> Brain:
    """A brain with a boss, who has a worker."""
    boss = make_boss(make_payer(till, needs_approval=needs_approval))
    return Brain(
        model=plan(ask("manage"), answer="Well done."), tools=[boss.as_tool("manage", "Manages.")], store=store
    )


async def read_commits(store: Store, run_id: str = "r") -> list[tuple[Record, ...]]:
    """A run's journal."""
    async with aclosing(store.read(run_id)) as commits:
        return [tuple(commit.records) async for commit in commits]
