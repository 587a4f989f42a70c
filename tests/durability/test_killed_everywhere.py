"""A process is killed at every point of a run, and another one brings the run to the same end."""

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.records import Status
from durability.nursery import Child, Nursery
from durability.outside import Outside
from durability.spots import House, Reading, Spot
from durability.verdict import Scene, judge
from soak import IS_WHOLE

pytestmark = pytest.mark.asyncio(loop_scope="session")

PROCESSES = 2
"""How many runs are killed at a time."""


def share(points: Sequence[str], house: House) -> Sequence[str]:
    """Those at which it is killed over this kind of store: each on one of the two; on both where it is a soak."""
    return points if IS_WHOLE else points[house.name == "sqlite" :: 2]


class Killer:
    """Makes runs, kills their processes, and has others finish them."""

    def __init__(self, nursery: Nursery, house: House, folder: Path) -> None:
        self._nursery = nursery
        self._house = house
        self._folder = folder
        self._turn = asyncio.Semaphore(PROCESSES)
        self._undisturbed = Reading(())
        self._words: dict[str, Any] = {}

    async def rehearse(self, **words: Any) -> list[str]:
        """The points that a run passes which nobody disturbs; the words are for this and all that follow."""
        self._words = words
        spot = self._make_spot("undisturbed")
        child = self._nursery.start("work", **spot.words, **words, is_begun=False)
        await child.finish()
        self._undisturbed = await spot.read()
        judge(spot.run_id, (), self._undisturbed, spot.outside, self._undisturbed)
        assert self._undisturbed.env.status is Status.ANSWERED
        passed = [line.about for line in spot.outside.read() if line.what == "passed"]
        assert len(set(passed)) == len(passed)
        return passed

    async def kill_at(self, *points: str | int) -> None:
        """Kill a run's processes one after the other, each at its point, and look at what the last one makes of it."""
        async with self._turn:
            spot = self._make_spot("-".join(str(point).replace(" ", "_") for point in points))
            scenes: list[Scene] = []
            for point in points:
                child = self._start(spot, scenes, fatal=point)
                assert await child.wait() == -signal.SIGKILL
                await spot.settle()
                scenes.append(Scene(await spot.read(), spot.outside.read(spot.run_id)))
                await spot.expire()
            answer = await self._start(spot, scenes, is_resumed=len(scenes) > 1).finish()
            end = await spot.read()
            assert answer == end.env.answer
            judge(spot.run_id, scenes, end, spot.outside, self._undisturbed)

    def _start(self, spot: Spot, scenes: Sequence[Scene], **words: Any) -> Child:
        is_begun = bool(scenes) and scenes[-1].journal.head > 0
        return self._nursery.start("work", **spot.words, **self._words, is_begun=is_begun, **words)

    def _make_spot(self, name: str) -> Spot:
        return Spot(self._house, self._house.make_url(name), name, Outside(self._folder / f"{name}.txt"))


@pytest.fixture
def killer(nursery: Nursery, house: House, tmp_path: Path) -> Killer:
    return Killer(nursery, house, tmp_path)


async def test_a_run_killed_at_any_point_comes_to_the_same_end(killer: Killer, house: House) -> None:
    points = await killer.rehearse()

    async with asyncio.TaskGroup() as tasks:
        for point in share(points, house):
            tasks.create_task(killer.kill_at(point))


async def test_a_run_over_tool_calls_killed_anywhere_comes_to_the_same_end(killer: Killer, house: House) -> None:
    points = await killer.rehearse(wire="native")

    async with asyncio.TaskGroup() as tasks:
        for point in share(points[::3], house):
            tasks.create_task(killer.kill_at(point))


async def test_a_run_killed_twice_comes_to_the_same_end(killer: Killer, house: House) -> None:
    points = (await killer.rehearse())[::2]
    first = points[: len(points) * 4 // 5]

    async with asyncio.TaskGroup() as tasks:
        for place, point in enumerate(share(first, house)):
            tasks.create_task(killer.kill_at(point, 1 + place * 5 % 17))  # all of the first seventeen have their turn


async def test_a_run_killed_at_a_snapshot_comes_to_the_same_end(killer: Killer) -> None:
    points = await killer.rehearse(is_long=True)
    first = points.index("put_snapshot 1 before")

    async with asyncio.TaskGroup() as tasks:
        for point in points[first : first + 3]:
            tasks.create_task(killer.kill_at(point, "claim 1 after"))


async def test_a_run_with_runs_inside_killed_at_any_point_comes_to_the_same_end(killer: Killer, house: House) -> None:
    points = await killer.rehearse(is_nest=True)

    async with asyncio.TaskGroup() as tasks:
        for point in share(points, house):
            tasks.create_task(killer.kill_at(point))
