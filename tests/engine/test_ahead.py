"""What runs ahead of its reader is closed with it, and says nothing to anybody else."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import pytest

from agent_brain.engine.ahead import run_ahead


async def count(failure: Exception | None = None) -> AsyncGenerator[int, None]:
    for number in range(3):
        yield number
    if failure is not None:
        raise failure


async def test_what_the_source_raises_comes_after_its_items() -> None:
    seen: list[int] = []

    async def read() -> None:
        async with aclosing(run_ahead(count(ValueError("broken")))) as numbers:
            async for number in numbers:
                seen.append(number)

    with pytest.raises(ValueError, match="broken"):
        await read()
    assert seen == [0, 1, 2]


async def test_nobody_is_told_of_what_fails_behind_a_reader_who_has_left() -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async with aclosing(run_ahead(count(ValueError("broken")))) as numbers:
        first = await anext(numbers)  # the source has come to its end meanwhile

    await asyncio.sleep(0)
    gc.collect()
    assert (first, told) == (0, [])
