"""Recorded outcomes are given out in the order in which they once came, and never wait for ever."""

import asyncio

from agent_brain.core.items import Observation
from agent_brain.core.records import ActionFinished
from agent_brain.engine.replay_turns import Turns


def finish(*keys: str) -> list[ActionFinished]:
    return [ActionFinished(f"r:{key}", Observation(key)) for key in keys]


async def take(turns: Turns, key: str, order: list[str], after: int = 0) -> None:
    """Ask for an outcome after so many turns of the loop, and note when it comes."""
    for _ in range(after):
        await asyncio.sleep(0)
    record = await turns.take(key)
    order.append(key if record is not None else f"no {key}")


async def test_whoever_asks_first_the_outcomes_come_in_their_order() -> None:
    turns = Turns(finish("3", "1", "2"))
    order: list[str] = []
    await asyncio.gather(*(take(turns, key, order) for key in "123"))
    assert order == ["3", "1", "2"]


async def test_one_that_is_there_waits_for_one_before_it_that_comes_later() -> None:
    turns = Turns(finish("2", "3", "1"))
    order: list[str] = []
    await asyncio.gather(take(turns, "1", order), take(turns, "2", order), take(turns, "3", order, after=50))
    assert order == ["2", "3", "1"]


async def test_one_whose_forerunner_never_comes_goes_all_the_same() -> None:
    turns = Turns(finish("2", "1"))
    order: list[str] = []
    await asyncio.wait_for(take(turns, "1", order), 10)
    assert order == ["1"]


async def test_nobody_waits_for_an_outcome_that_came_without_being_asked_for() -> None:
    [first, second] = records = finish("1", "2")
    turns = Turns(records)
    order: list[str] = []
    turns.drop(second)
    turns.drop(first)
    await take(turns, "2", order)
    assert order == ["2"]
    assert not turns.has("1")


async def test_where_there_is_no_outcome_none_is_given() -> None:
    turns = Turns(finish("1"))
    order: list[str] = []
    await asyncio.gather(take(turns, "1", order), take(turns, "2", order))
    assert order == ["1", "no 2"]
