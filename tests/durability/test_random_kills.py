"""Processes that are busy with several runs are killed at any moment, again and again; the runs come to their ends."""

import asyncio
import os
import random
import secrets
import signal
from pathlib import Path

import pytest

from durability.nursery import Nursery
from durability.outside import Outside
from durability.spots import House, Reading, Spot
from durability.verdict import Scene, judge
from soak import size

pytestmark = pytest.mark.asyncio(loop_scope="session")

KILLS = size(100, 40)
"""On each kind of store."""
LANES = 2
RUNS = 8
SECONDS = (0.005, 0.060)
"""How long a process is let live once it is at work."""


class Lane:
    """Eight runs at a time, whose worker is killed until there were enough kills."""

    def __init__(self, nursery: Nursery, house: House, folder: Path, name: str, chance: random.Random) -> None:
        self._nursery = nursery
        self._house = house
        self._folder = folder
        self._name = name
        self._chance = chance
        self._undisturbed = Reading(())
        self._kills = 0

    async def toil(self, kills: int) -> None:
        """One lot of runs after the other."""
        lot = 0
        while self._kills < kills or lot < 2:  # the first lot is left in peace
            await self._bring(lot, kills if lot else 0)
            lot += 1

    async def _bring(self, lot: int, kills: int) -> None:
        name = f"{self._name}-{lot}"
        spot = Spot(self._house, self._house.make_url(name), name, Outside(self._folder / f"{name}.txt"))
        scenes: dict[str, list[Scene]] = {f"{name}-{number}": [] for number in range(RUNS)}
        while not await self._ends(spot, list(scenes), is_spared=self._kills >= kills):
            self._kills += 1
            await spot.settle()
            for run_id, journal in (await spot.read_all(list(scenes))).items():
                scenes[run_id].append(Scene(journal, spot.outside.read(run_id)))
            await spot.expire(list(scenes))
        ends = await spot.read_all(list(scenes))
        for run_id, seen in scenes.items():
            end = ends[run_id]
            self._undisturbed = self._undisturbed if self._undisturbed.entries else end
            judge(run_id, seen, end, spot.outside, self._undisturbed)

    async def _ends(self, spot: Spot, run_ids: list[str], *, is_spared: bool) -> bool:
        """False where the worker was killed before all its runs had ended."""
        child = self._nursery.start("toil", **spot.words, run_ids=run_ids)
        await child.hear("at work")
        if not is_spared:
            await asyncio.sleep(self._chance.uniform(*SECONDS))
            child.send(signal.SIGKILL)
        return await child.wait() == 0


async def test_runs_survive_kills_at_random_moments(nursery: Nursery, house: House, tmp_path: Path) -> None:
    seed = 0 if os.environ.get("CI") else secrets.randbelow(1 << 32)
    print(f"the seed is {seed}")  # shown where the test fails

    async with asyncio.TaskGroup() as tasks:
        for lane in range(LANES):
            chance = random.Random(seed + lane)
            tasks.create_task(Lane(nursery, house, tmp_path, f"lane{lane}", chance).toil(KILLS // LANES))
