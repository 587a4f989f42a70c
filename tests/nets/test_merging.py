"""Several generators as one: items as they come, and all of them closed whatever happens."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from agent_brain.nets.merging import Crowd, merge


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


async def test_others_may_join_a_crowd_while_it_is_read() -> None:
    closed: list[str] = []
    async with Crowd[str, int]() as crowd, aclosing(crowd.read()) as items:
        crowd.add("first", numbers(2, 0, closed))
        found = []
        async for key, number in items:
            found.append((key, number))
            if key == "first":
                crowd.add(f"joined {number}", numbers(2, 0, closed))

    assert sorted(found) == [(key, number) for key in ("first", "joined 0", "joined 1") for number in (0, 1)]
    assert closed == ["closed"] * 3


async def test_a_crowd_of_nobody_has_ended() -> None:
    async with Crowd[str, int]() as crowd, aclosing(crowd.read()) as items:
        assert [item async for item in items] == []


@pytest.mark.parametrize("is_read", [False, True])
async def test_leaving_a_crowd_closes_all_that_have_joined(is_read: bool) -> None:
    closed: list[str] = []
    async with Crowd[str, int]() as crowd, aclosing(crowd.read()) as items:
        crowd.add("fast", numbers(1, 0, closed))
        crowd.add("slow", numbers(1, 30, closed))
        if is_read:
            assert await anext(items) == ("fast", 0)
    assert len(asyncio.all_tasks()) == 1
    assert len(closed) == (2 if is_read else 0)  # what has not begun has nothing to close


async def test_what_one_of_a_crowd_raises_is_raised_and_the_others_are_closed() -> None:
    closed: list[str] = []

    async def read() -> None:
        async with Crowd[str, int]() as crowd, aclosing(crowd.read()) as items:
            crowd.add("slow", numbers(1, 30, closed))
            crowd.add("bad", numbers(1, 0, closed, ValueError("broken")))
            assert await anext(items) == ("bad", 0)
            await anext(items)

    with pytest.raises(ValueError, match="broken"):
        await read()
    assert closed == ["closed", "closed"]
