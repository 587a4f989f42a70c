"""Runs that wait for a person, which the tests of engine share."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.events import Ended
from agent_brain.core.items import Action, Observation
from agent_brain.core.store import Store
from agent_brain.core.tooling import Question, ToolSpec
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel

PAY = 'I pay.\n```json\n{"name": "pay", "args": {"to": "Ann"}}\n```'
PAID = [PAY, "It is paid.", "Ann was paid."]
SCHEMA = {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]}


class Payments:
    """One tool, which needs leave and remembers what it did."""

    def __init__(self, **spec: Any) -> None:
        self.specs: Sequence[ToolSpec] = [
            ToolSpec(
                **{"name": "pay", "description": "Pay somebody.", "parameters": SCHEMA, "needs_approval": True, **spec}
            )
        ]
        self.calls: list[Mapping[str, Any]] = []

    async def call(self, action: Action, action_id: str) -> AsyncGenerator[str | Observation | Question, None]:
        self.calls.append(action.args)
        yield Observation(f"paid {action.args}")


def make_payer(store: Store, payments: Payments, *replies: str, **options: Any) -> Brain:
    return Brain(model=ScriptedModel(list(replies or PAID)), tools=payments, store=store, **options)


async def begin_wait(store: Store, run_id: str = "pay") -> None:
    """A run that waits for leave to pay."""
    result = await make_payer(store, Payments()).run("Pay Ann.", run_id=run_id)
    assert [pause.pause_id for pause in result.pauses] == ["q1"]


async def reply(store: Store, run_id: str = "pay") -> tuple[Result, Payments]:
    """What becomes of it in another process, once a person has given leave."""
    payments = Payments()
    async with aclosing(make_payer(store, payments, *PAID[1:]).resume(run_id, {"q1": True})) as events:
        async for event in events:
            if isinstance(event, Ended):
                return Result(event.env, event.error), payments
    raise AssertionError("no end")
