"""Several generators as one: items as they come, and all of them closed whatever happens."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from agent_brain.nets.merging import merge


async def numbers(
    count: int, pause: float, closed: list[str], error: Exception | None = None
) -> AsyncGenerator[int, None]:
    try:
        for number in range(count):
            await asyncio.sleep(pause)
            yield number
        if error is not None:
            raise error
    finally:
        closed.append("closed")


async def test_items_come_with_their_key_in_the_order_of_their_source() -> None:
    closed: list[str] = []
    sources = {name: numbers(3, 0, closed) for name in "abc"}
    async with aclosing(merge(sources)) as items:
        found = [item async for item in items]

    assert {key: [n for k, n in found if k == key] for key in "abc"} == {key: [0, 1, 2] for key in "abc"}
    assert closed == ["closed"] * 3


async def test_a_slow_source_does_not_hold_up_a_fast_one() -> None:
    closed: list[str] = []
    async with aclosing(merge({"slow": numbers(1, 30, closed), "fast": numbers(2, 0, closed)})) as items:
        assert [await anext(items), await anext(items)] == [("fast", 0), ("fast", 1)]

    assert closed == ["closed"] * 2


async def test_no_source_gives_no_item() -> None:
    sources: dict[str, AsyncGenerator[int, None]] = {}

    assert [item async for item in merge(sources)] == []


@pytest.mark.parametrize("count", [1, 2])
async def test_an_error_of_one_source_closes_the_others_and_is_raised(count: int) -> None:
    closed: list[str] = []
    sources = {"bad": numbers(1, 0, closed, ValueError("broken")), "slow": numbers(1, 30, closed)}
    items = merge(dict(list(sources.items())[:count]))
    await anext(items)
    with pytest.raises(ValueError, match="broken"):
        await anext(items)
    await sources["slow"].aclose()

    assert closed == ["closed"] * count
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_what_sources_raise_while_they_are_closed_is_not_told_as_unseen() -> None:
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def stubborn() -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.sleep(30)
        finally:
            raise LookupError("cannot be closed")

    async with aclosing(merge({"a": stubborn(), "b": stubborn()})) as items:
        assert [await anext(items), await anext(items)] == [("a", 1), ("b", 1)]
    gc.collect()

    assert told == []
