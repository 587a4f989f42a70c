"""What tools may do that end otherwise than they should: the run goes on, and its journal says what was."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import SetupError
from agent_brain.core.items import ItemKind, Observation
from agent_brain.core.records import ActionFinished, ActionsChosen, Status
from agent_brain.core.tooling import Question, ToolSpec
from agent_brain.engine.result import Result
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.acting import ActionState
from agent_brain.nets.react import react
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool

CALL = '{"name": "odd", "args": {"x": [1]}}'
Piece = str | Observation | Question


class Odd:
    """Yields what it was made with, takes its arguments apart, and says whether it came to its end."""

    def __init__(self, *pieces: Piece, needs_approval: Any = False) -> None:
        self.spec = ToolSpec("odd", "Odd.", {"type": "object"}, needs_approval=needs_approval)
        self.pieces = pieces
        self.has_ended = False

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[Piece, None]:
        spoil(args)
        for piece in self.pieces:
            yield piece
        self.has_ended = True


def spoil(args: Any) -> bool:
    args.pop("x").append(2)
    return False


async def run(tool: Odd, store: MemoryStore) -> Result:
    return await Brain(model=ScriptedModel([CALL, "Ok.", "Done."]), tools=[tool], store=store).run("Go.", run_id="r")


@pytest.mark.parametrize("later", [Observation("seen"), Question("And?"), "more"])
async def test_a_tool_ends_with_its_question(later: Piece) -> None:
    tool, store = Odd(Question("Which?"), later), MemoryStore()
    waiting = await run(tool, store)
    assert ([pause.text for pause in waiting.pauses], tool.has_ended) == (["Which?"], False)

    done = await Brain(model=ScriptedModel(["Ok.", "Done."]), tools=[tool], store=store).go_on("r", {"q1": "this"})

    assert [item.outcome.text for item in done.env.log if item.outcome] == ["this"]


async def test_a_tool_that_has_told_its_outcome_asks_nothing_more() -> None:
    result = await run(Odd(Observation("seen"), Question("Which?")), MemoryStore())

    assert (result.status, dict(result.env.pauses)) == (Status.ANSWERED, {})


@pytest.mark.parametrize("needs_approval", [False, spoil])
async def test_arguments_that_are_taken_apart_stay_what_they_were_in_the_journal(needs_approval: Any) -> None:
    store = MemoryStore()
    result = await run(Odd(Observation("seen"), needs_approval=needs_approval), store)

    kept = [record async for commit in store.read("r") for record in commit.records]
    [chosen] = [record for record in kept if isinstance(record, ActionsChosen) and record.actions]
    [done] = [item.action for item in result.env.log if item.kind is ItemKind.ACTION]
    assert done is not None
    assert done.args == chosen.actions[0].args == {"x": [1]}


class Meter:
    """Two tools that notice how many run at the same time."""

    def __init__(self) -> None:
        self.running = self.most = 0
        self.order: list[str] = []

    async def work(self, n: str) -> str:
        """Work."""
        self.running += 1
        self.most = max(self.most, self.running)
        self.order.append(n)
        await asyncio.sleep(0.01)
        self.running -= 1
        return f"did {n}"

    async def alone(self, n: str) -> str:
        """Work while nobody else does."""
        assert not self.running
        outcome = await self.work(n)
        assert not self.running
        return outcome


def make_calls(*names: str) -> str:
    return json.dumps([{"name": name, "args": {"n": str(n)}} for n, name in enumerate(names)])


async def carry_out(meter: Meter, calls: str, **options: Any) -> list[str]:
    """The outcomes, in the order of the log."""
    net = react.extend("bounded", {"action": ActionState(**options)})
    tools = [tool(meter.work), tool(meter.alone, parallel=False)]
    result = await Brain(net=net, model=ScriptedModel([calls, "Ok.", "Done."]), tools=tools).run("Go.")
    return [f"{item.outcome.status} {item.outcome.text}" for item in result.env.log if item.outcome]


async def test_a_tool_that_is_not_parallel_runs_alone_and_the_order_is_kept() -> None:
    meter = Meter()
    outcomes = await carry_out(meter, make_calls("work", "work", "alone", "alone", "work", "work", "work"))
    assert outcomes == [f"finished did {n}" for n in range(7)]
    assert (meter.most, meter.order[2:4]) == (3, ["2", "3"])


@pytest.mark.parametrize(("bound", "most"), [(1, 1), (3, 3), (100, 8)])
async def test_no_more_run_at_once_than_the_bound_says(bound: int, most: int) -> None:
    meter = Meter()
    outcomes = await carry_out(meter, make_calls(*["work"] * 8), at_once_max=bound)
    assert (meter.most, outcomes) == (most, [f"finished did {n}" for n in range(8)])


async def test_what_waits_for_its_turn_has_not_been_started_where_the_run_is_left() -> None:
    store, net = MemoryStore(), react.extend("bounded", {"action": ActionState(at_once_max=1)})
    begun: list[str] = []

    @tool(idempotent=True)
    async def work(n: str) -> str:
        """Work."""
        begun.append(n)
        if len(begun) == 2:
            raise asyncio.CancelledError
        return f"did {n}"

    def make() -> Brain:
        replies = ["Ok.", "Done."] if begun else [make_calls(*["work"] * 3), "Ok.", "Done."]
        return Brain(net=net, model=ScriptedModel(replies), tools=[work], store=store)

    brain = make()
    async with aclosing(brain.stream("Go.", run_id="r")) as events:
        async for event in events:
            if isinstance(event, ActionFinished):
                break
    assert [item.outcome.text for item in (await brain.load("r")).log if item.outcome] == ["did 0"]

    result = await make().go_on("r")

    assert begun[0] == "0"
    assert begun.count("0") == 1
    assert [item.action.args["n"] for item in result.env.log if item.action] == ["0", "1", "2"]


def test_a_bound_that_lets_nothing_run_is_refused() -> None:
    with pytest.raises(SetupError, match="at least 1"):
        ActionState(at_once_max=0)
