"""No server gets more trials at once than the experiment allows, and one does not hold up another."""

import asyncio
from pathlib import Path

from agent_brain.lab.arms.arm import Arm
from lab.sums import make_experiment, run
from sse_server import Connection, Request, Server, play

TURNS = 30
"""Of the event loop, for which each request is held: time for others to come."""


class Crowd:
    """Counts how many requests there are at once."""

    def __init__(self) -> None:
        self.most = self._now = 0
        self._play = play(lambda _: "1")

    async def handle(self, request: Request, connection: Connection) -> bool:
        """Hold a request for a while, and answer."""
        self._now += 1
        self.most = max(self.most, self._now)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self._now -= 1
        return await self._play(request, connection)


async def test_each_server_has_as_many_trials_at_once_as_it_may(tmp_path: Path) -> None:
    one, other = Crowd(), Crowd()
    async with Server(one.handle) as first, Server(other.handle) as second:
        names = {"a": first.base_url, "b": first.base_url, "c": second.base_url}
        arms = [Arm(name, {"net": "direct", "model": f"{name}@{url}"}) for name, url in names.items()]
        _, rows = await run(make_experiment(12, arms=arms, concurrency=3), tmp_path)

    assert len(rows) == 36
    assert (one.most, other.most) == (3, 3)
