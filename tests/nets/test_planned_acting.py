"""Calls of a plan as a graph: each begins when what it refers to is there, whatever else runs; and replays the same."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

import pytest

from agent_brain import AskFirst, Brain, Limits, MemoryStore, Refuse, ScriptedModel, Status, tool
from agent_brain.core.chat import Again, Delta
from agent_brain.core.guards import GuardContext
from agent_brain.core.items import Action, Message
from agent_brain.core.records import ActionStarted
from agent_brain.core.store import Store
from nets.walking import check_resumes, read_commits


def make_model(plan: str) -> ScriptedModel:
    def reply(messages: Sequence[Message]) -> str:
        return plan if "Write the tasks" in messages[-1]["content"] else "Finish(done)"

    return ScriptedModel(reply)


def make_brain(plan: str, tools: Sequence[Any], store: Store | None = None, **parts: Any) -> Brain:
    return Brain(net="llm_compiler", model=make_model(plan), tools=tools, store=store or MemoryStore(), **parts)


def make_work(order: list[str]) -> Any:
    """A tool that takes so many turns of the loop, and notes when it begins and ends."""

    @tool(read_only=True)
    async def work(name: str, turns: int, after: str = "") -> str:
        """Work."""
        order.append(f"+{name}")
        for _ in range(turns):
            await asyncio.sleep(0)
        order.append(f"-{name}")
        return name

    return work


async def test_what_waits_for_a_fast_call_alone_begins_while_a_slow_one_runs() -> None:
    order: list[str] = []
    plan = "1. work('slow', 400)\n2. work('fast', 1)\n3. work('next', 1, '$2')\n4. work('last', 1, '$3')"
    brain = make_brain(plan, [make_work(order)])
    result = await brain.run("Go.", run_id="r")
    assert order == ["+slow", "+fast", "-fast", "+next", "-next", "+last", "-last", "-slow"]
    assert [item.label for item in result.env.log if item.action] == ["1", "2", "3", "4"]
    (await brain.replay("r")).check()


class Breaking(ScriptedModel):
    """Begins a plan whose first task could be done at once, breaks, and writes another plan."""

    def __init__(self, order: list[str]) -> None:
        super().__init__(["Finish(done)"])
        self.order = order

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        """As its base, but for the plan."""
        if "Write the tasks" not in messages[-1]["content"]:
            async with aclosing(super().stream(messages)) as deltas:
                async for delta in deltas:
                    yield delta
            return
        said = ["1. work('early', 0)\n", "2. work('so', 0)\n", "", "1. work('a', 9)\n", "2. work('b', 9)\n"]
        for text in said:
            await asyncio.sleep(0)
            self.order.append("streams")
            yield Delta(text=text) if text else Again("it broke", 1, 0.0)
        yield Delta(finish="stop")


async def test_no_call_begins_before_its_plan_is_whole_so_none_is_made_of_a_plan_that_is_retracted() -> None:
    order: list[str] = []
    brain = Brain("llm_compiler", model=Breaking(order), tools=[make_work(order)], store=MemoryStore())
    result = await brain.run("Go.", run_id="r")
    assert order == ["streams"] * 5 + ["+a", "+b", "-a", "-b"]  # then all that can runs at once
    kept = [type(record).__name__ for commit in await read_commits(brain.store) for record in commit]
    assert kept.index("StateSet") < kept.index("ActionStarted")
    assert (result.answer, result.usage.tool_calls) == ("done", 2)


@pytest.mark.parametrize("seed", range(12))
async def test_any_graph_is_carried_out_whole_replays_the_same_and_keeps_its_order(seed: int) -> None:
    dice = random.Random(seed)
    needs = {n: sorted(dice.sample(range(1, n), dice.randint(0, min(n - 1, 3)))) for n in range(1, 15)}
    lines = [
        f"{n}. work('w{n}', {dice.choice((0, 3, 50, 200))}, '{' '.join(f'${other}' for other in others)}')"
        for n, others in needs.items()
    ]
    dice.shuffle(lines)
    order: list[str] = []
    brain = make_brain("\n".join(lines), [make_work(order)])

    result = await brain.run("Go.", run_id="r")

    assert result.usage.tool_calls == len(needs)
    for n, others in needs.items():
        assert all(order.index(f"-w{other}") < order.index(f"+w{n}") for other in others)
    args = {item.label: item.action.args["after"] for item in result.env.log if item.action}
    assert args == {str(n): " ".join(f"w{other}" for other in others) for n, others in needs.items()}
    (await brain.replay("r")).check()


async def test_calls_that_are_the_same_keep_their_places_in_the_plan() -> None:
    thrown: list[int] = []

    @tool
    async def throw(after: str = "") -> int:
        """Throw dice."""
        thrown.append(len(thrown))
        return thrown[-1]

    @tool
    def show(a: int, b: int) -> str:
        """Show."""
        return f"{a} {b}"

    result = await make_brain("1. throw('')\n2. throw('')\n3. show($2, $1)", [throw, show]).run("Go.")
    assert [item.outcome.text for item in result.env.log if item.outcome] == ["0", "1", "1 0"]


async def test_a_tool_that_runs_alone_runs_alone() -> None:
    order: list[str] = []

    @tool(parallel=False)
    async def alone(after: str = "") -> str:
        """Work alone."""
        order.append("+alone")
        await asyncio.sleep(0)
        order.append("-alone")
        return "alone"

    plan = "1. work('a', 20)\n2. work('b', 1)\n3. alone('$2')\n4. work('c', 1, '$2')\n5. alone('$4')"
    brain = make_brain(plan, [make_work(order), alone])
    await brain.run("Go.", run_id="r")
    assert order == ["+a", "+b", "-b", "-a", "+alone", "-alone", "+c", "-c", "+alone", "-alone"]
    (await brain.replay("r")).check()


async def test_one_that_waits_for_a_person_holds_up_only_what_refers_to_it() -> None:
    order: list[str] = []

    @tool(needs_approval=True)
    def pay(to: str) -> str:
        """Pay."""
        order.append(f"paid {to}")
        return to

    plan = "1. pay('Ann')\n2. work('a', 1)\n3. work('b', 1, '$2')\n4. work('c', 1, '$1')"
    brain = make_brain(plan, [make_work(order), pay])
    first = await brain.run("Go.", run_id="r")
    assert (first.status, order) == (Status.WAITING, ["+a", "-a", "+b", "-b"])
    [pause] = first.pauses
    result = await brain.go_on("r", {pause.pause_id: {"approve": True, "args": {"to": "Bob"}}})
    assert order[4:] == ["paid Bob", "+c", "-c"]
    assert result.usage.tool_calls == 4
    (await brain.replay("r")).check()


@pytest.mark.parametrize("turns", [0, 30])
async def test_guards_judge_each_call_and_hold_up_only_what_refers_to_it(turns: int) -> None:
    order: list[str] = []

    async def guard(action: Action, context: GuardContext) -> Any:
        if action.args["name"] == "slow":
            for _ in range(turns):
                await asyncio.sleep(0)
        match action.args["name"]:
            case "bad":
                return Refuse("it is bad")
            case "ask":
                return AskFirst("Really?")
            case "changed":
                return Action(name=action.name, args={**action.args, "name": "other"})
        return None

    plan = (
        "1. work('slow', 1)\n2. work('bad', 1)\n3. work('changed', 1)\n4. work('never', 1, '$2')\n"
        "5. work('then', 1, '$3')\n6. work('ask', 1, '$5')\n7. work('last', 1, '$6 $1')"
    )
    brain = make_brain(plan, [make_work(order)], before_tool=guard)
    first = await brain.run("Go.", run_id="r")
    [pause] = first.pauses
    result = await brain.go_on("r", {pause.pause_id: True})

    assert sorted(order[: order.index("+ask")]) == sorted(["+slow", "-slow", "+other", "-other", "+then", "-then"])
    assert order[-2:] == ["+last", "-last"]
    args = {item.label: item.action.args.get("after") for item in result.env.log if item.action}
    assert (args["5"], args["7"]) == ("(a guard had it run with name='other', turns=1 instead)\nother", "ask slow")
    assert "4" not in args


async def test_a_limit_stops_further_calls_and_not_what_runs() -> None:
    order: list[str] = []
    plan = "1. work('a', 1)\n2. work('b', 30)\n3. work('c', 1, '$1')\n4. work('d', 1, '$3')"
    result = await make_brain(plan, [make_work(order)], limits=Limits(tool_calls=3)).run("Go.")
    assert order == ["+a", "+b", "-a", "+c", "-c", "-b"]
    assert (result.status, result.usage.tool_calls) == (Status.LIMITED, 3)


async def test_a_person_may_give_more_of_a_limit_in_the_middle() -> None:
    order: list[str] = []
    plan = "1. work('a', 1)\n2. work('b', 1, '$1')\n3. work('c', 1, '$2')"
    brain = make_brain(plan, [make_work(order)], limits=Limits(tool_calls=2), asks_for_more=True)
    first = await brain.run("Go.", run_id="r")
    [pause] = first.pauses
    result = await brain.go_on("r", {pause.pause_id: 5})
    assert (result.status, order) == (Status.ANSWERED, ["+a", "-a", "+b", "-b", "+c", "-c"])


async def test_a_graph_resumes_wherever_it_was_killed_and_nothing_runs_twice_that_has_an_outcome() -> None:
    store = MemoryStore()
    plan = "1. work('a', 40)\n2. work('b', 1)\n3. work('c', 1, '$2')\n4. work('d', 1, '$1 $3')"

    def make() -> Brain:
        return make_brain(plan, [make_work([])], store)

    await check_resumes(make, await make().run("Go.", run_id="r"))


async def test_a_call_in_a_run_inside_is_planned_too() -> None:
    plan = "1. ask('x')\n2. work('a', 1)\n3. work('b', 1, '$1')"
    order: list[str] = []
    inner = Brain(model=ScriptedModel(lambda _: "It is x."))
    brain = make_brain(plan, [inner.as_tool("ask", "Asks."), make_work(order)])
    await brain.run("Go.", run_id="r")
    assert order[:2] == ["+a", "-a"]
    (await brain.replay("r")).check()


async def test_leaving_in_the_middle_closes_what_runs() -> None:
    closed: list[str] = []

    @tool
    async def wait(after: str = "") -> str:
        """Wait for ever."""
        try:
            await asyncio.Event().wait()
        finally:
            closed.append("wait")
        return ""

    result = await make_brain("1. wait('')\n2. work('a', 1)\n3. wait('$2')", [wait, make_work([])],
                              limits=Limits(seconds=0.2)).run("Go.")  # fmt: skip
    assert (result.status, closed) == (Status.LIMITED, ["wait", "wait"])
    assert len(asyncio.all_tasks()) == 1


async def test_a_slow_watcher_holds_up_no_call() -> None:
    over = asyncio.Event()

    @tool
    def end(after: str) -> str:
        """Tell that it is over."""
        over.set()
        return after

    plan = "1. work('a', 1)\n2. work('b', 1, '$1')\n3. end('$2')"
    async with aclosing(make_brain(plan, [make_work([]), end]).stream("Go.")) as events:
        async for event in events:
            if isinstance(event, ActionStarted):
                await asyncio.wait_for(over.wait(), 10)
    assert over.is_set()
