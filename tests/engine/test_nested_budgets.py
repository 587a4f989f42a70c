"""What several runs inside one run, at work at the same time, may spend of what is its."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from agent_brain import Brain, Limits, Message, ScriptedModel, Status, tool
from agent_brain.core.chat import Again, Delta
from agent_brain.core.usage import Usage
from agent_brain.models.prices import Price
from agent_brain.stores.memory import MemoryStore
from engine.nested import Till, call, make_boss, plan

BOTH = call(("one", {"question": "?"}), ("two", {"question": "?"}))


def make_pair(till: Till, limits: Limits, *, times: int = 1, needs_approval: bool = False) -> Brain:
    """A brain that has two others pay at the same time."""

    def make(name: str) -> Brain:
        pay = tool(till.pay, needs_approval=needs_approval)
        return Brain(model=plan(*(call(("pay", {"to": f"{name}{n}"})) for n in range(times))), tools=[pay])

    tools = [make(name).as_tool(name, "Pays.") for name in ("one", "two")]
    return Brain(model=plan(BOTH), tools=tools, limits=limits, store=MemoryStore())


async def test_the_limit_of_one_tool_holds_for_all_that_start_at_once() -> None:
    till = Till()
    result = await make_pair(till, Limits(calls_of={"pay": 1})).run("Pay.")
    assert len(till.paid) == 1
    assert result.status is Status.ANSWERED
    assert sum("limit of 1 call of pay" in item.outcome.text for item in result.env.log if item.outcome) == 1


async def test_what_waits_for_leave_inside_counts_until_it_is_refused() -> None:
    till = Till()
    brain = make_pair(till, Limits(calls_of={"pay": 1}), needs_approval=True)
    result = await brain.run("Pay.", run_id="r")
    [pause] = result.pauses

    await brain.go_on("r", {pause.pause_id: True})

    assert len(till.paid) == 1


async def test_what_a_run_will_start_itself_is_not_spent_inside() -> None:
    till = Till()
    pay = tool(till.pay, parallel=False)
    worker = Brain(model=plan(call(("pay", {"to": "Ann"}))), tools=[pay])
    turn = call(("work", {"question": "?"}), ("pay", {"to": "Bob"}))
    limits = Limits(calls_of={"pay": 1})
    await Brain(model=plan(turn), tools=[worker.as_tool("work", "Works."), pay], limits=limits).run("Pay.")
    assert till.paid == ["Bob"]


async def test_what_is_at_work_counts_once() -> None:
    done = asyncio.Event()

    @tool
    async def wait() -> str:
        """Wait for the other one."""
        await done.wait()
        return "waited"

    @tool
    async def note(n: int) -> str:
        """Note; the second time is the last."""
        if n:
            done.set()
        return str(n)

    waiter = Brain(model=plan(call(("wait", {}))), tools=[wait])
    noter = Brain(model=plan(call(("note", {"n": 0})), call(("note", {"n": 1}))), tools=[note])
    tools = [waiter.as_tool("one", "Waits."), noter.as_tool("two", "Notes.")]
    result = await Brain(model=plan(BOTH), tools=tools, limits=Limits(tool_calls=5, seconds=5)).run("Go.")
    assert (result.status, result.env.called_inside) == (Status.ANSWERED, {"wait": 1, "note": 2})


@pytest.mark.parametrize("limits", [Limits(calls_of={"pay": 1}), Limits(model_calls=5), Limits(tokens=900)])
async def test_a_replay_of_what_a_limit_outside_has_ended_is_the_same(limits: Limits) -> None:
    brain = make_pair(Till(), limits, times=3)
    await brain.run("Pay.", run_id="r")
    (await brain.replay("r")).check()


async def test_a_brain_that_asks_for_more_does_not_ask_inside_and_its_replay_neither() -> None:
    turns = [call(("pay", {"to": str(n)})) for n in range(3)]
    pay = tool(Till().pay)
    worker = Brain(model=plan(*turns), tools=[pay], limits=Limits(tool_calls=2), asks_for_more=True)
    boss = make_boss(worker, MemoryStore())
    result = await boss.run("Pay.", run_id="r")
    assert result.status is Status.ANSWERED
    (await boss.replay("r")).check()


@pytest.mark.parametrize("calls", [4, 5, 7])
async def test_a_planned_call_that_a_limit_outside_forbids_is_not_made_in_a_replay_either(calls: int) -> None:
    @tool(read_only=True)
    def add(a: float, b: float) -> float:
        """Add two numbers."""
        return a + b

    def say(messages: Sequence[Message]) -> str:
        planned = "1. add(a=1, b=2)\n2. add(a=$1, b=1)\n3. add(a=$2, b=1)"
        return "It is 5." if any("Evidence (" in message["content"] for message in messages) else planned

    parts: dict[str, Any] = {"model": ScriptedModel(say), "tools": [add], "evaluator": lambda question, answer: False}
    brain = Brain("retry(llm_compiler)", limits=Limits(tool_calls=calls), store=MemoryStore(), **parts)
    result = await brain.run("1 + 2 + 1 + 1?", run_id="r")
    assert result.usage.tool_calls == calls
    (await brain.replay("r")).check()


async def test_a_summary_that_a_limit_outside_forbids_is_not_made_in_a_replay_either() -> None:
    model, memory = ScriptedModel(["I think. " * 300, "It is 4."]), ScriptedModel(lambda _: "Nothing yet.")
    parts: dict[str, Any] = {"model": model, "memory_model": memory, "evaluator": lambda question, answer: True}
    memory_name, limits = "summary(0.01, keep=1, tokens=200)", Limits(model_calls=3)
    brain = Brain("retry(budget_forcing)", memory_name, limits=limits, store=MemoryStore(), **parts)
    result = await brain.run("2 + 2?", run_id="r")
    assert (result.answer, memory.calls) == ("It is 4.", [])
    (await brain.replay("r")).check()


class Dear:
    """A model that costs as much for each call, and takes a while, so that calls are under way together."""

    name = "dear"

    def __init__(self, script: ScriptedModel) -> None:
        self._script = script

    @property
    def thinking(self) -> int:
        """How many calls were made that are no final answer."""
        return sum("final answer" not in messages[-1]["content"] for messages in self._script.calls)

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        for _ in range(5):
            await asyncio.sleep(0)
        async with aclosing(self._script.stream(messages)) as steps:
            async for step in steps:
                yield step if isinstance(step, Again) or step.usage is None else replace(step, usage=SPENT)


SPENT, CALL_USD = Usage(output_tokens=1), 0.75
PRICES = {"dear": Price(input=0, output=CALL_USD * 1_000_000)}


@pytest.mark.parametrize("usd", [1, 1.6, 2.25, 4])
@pytest.mark.parametrize("workers", [1, 2, 3])
async def test_money_is_overspent_by_no_more_than_the_calls_under_way_and_the_last_words(
    workers: int, usd: float
) -> None:
    models = [Dear(plan(*(call(("pay", {"to": str(n)})) for n in range(30)))) for _ in range(workers)]
    names = [f"work{number}" for number in range(workers)]
    tools = [
        Brain(model=model, tools=[tool(Till().pay)], prices=PRICES).as_tool(name, "Works.")
        for name, model in zip(names, models, strict=True)
    ]
    turn: list[tuple[str, dict[str, object]]] = [(name, {"question": "?"}) for name in names]
    boss = Dear(plan(call(*turn)))

    result = await Brain(model=boss, tools=tools, limits=Limits(usd=usd), prices=PRICES).run("Go.")

    thought = sum(model.thinking for model in (boss, *models)) * CALL_USD
    assert usd <= thought < usd + workers * CALL_USD
    assert result.usage.cost_usd <= thought + (workers + 1) * CALL_USD
    assert result.status is Status.LIMITED


async def test_a_person_is_asked_for_more_when_what_a_limit_has_stopped_inside_has_ended() -> None:
    till = Till()
    worker = Brain(model=plan(*(call(("pay", {"to": str(n)})) for n in range(4))), tools=[tool(till.pay)])
    hand = worker.as_tool("work", "Works.")
    limits = Limits(tool_calls=3)
    boss = Brain(
        model=plan(call(("work", {"question": "?"})), call(("work", {"question": "Again?"}))), tools=[hand],
        limits=limits, asks_for_more=True, store=MemoryStore(),
    )  # fmt: skip

    first = await boss.run("Pay.", run_id="r")
    second = await boss.go_on("r", {first.pauses[0].pause_id: 5})

    [stopped, whole] = [item.outcome.text for item in second.env.log if item.outcome]
    assert (first.status, [pause.pause_id for pause in first.pauses]) == (Status.WAITING, ["q1"])
    assert stopped.startswith("(it was stopped: the limit of 3 tool calls was reached by the run that this one")
    assert (whole, till.paid) == ("All is done.", ["0", "1", "0", "1", "2", "3"])
    (await boss.replay("r")).check()
