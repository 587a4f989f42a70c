"""A reader that breaks off without closing its stream, in a loop that ends at once."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from agent_brain import Brain, Status
from agent_brain.engine.keeper import Kept

PROGRAM = str(Path(__file__).with_name("leaving_at_once.py"))


@pytest.mark.parametrize("way", ["stream", "answer"])
def test_a_run_that_is_broken_off_anywhere_prints_nothing_and_is_stopped(tmp_path: Path, way: str) -> None:
    store = tmp_path / "runs.db"
    command = [sys.executable, "-W", "error", PROGRAM, str(store), way]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert asyncio.run(_read_statuses(store)) == {Status.STOPPED}


async def _read_statuses(store: Path) -> set[Status]:
    brain = Brain(model="offline", store=store)
    try:
        return {run.status for run in await brain.store.list_runs(limit=100)}
    finally:
        await brain.aclose()


async def test_what_closing_raises_comes_through() -> None:
    async def source() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            raise ValueError("at the end")

    with pytest.raises(ValueError, match="at the end"):
        async with Kept(source()) as items:
            await anext(items)


async def test_no_task_is_left_behind() -> None:
    async def source() -> AsyncGenerator[int, None]:
        yield 1

    async with Kept(source()) as items:
        assert [item async for item in items] == [1]
    assert len(asyncio.all_tasks()) == 1
