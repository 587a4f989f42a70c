"""The runs of one trial: begun, taken on where an earlier process has left them, or told as they ended."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.errors import Fenced, RunBusy, RunExists, StillWaiting
from agent_brain.core.events import Ended, Entered, Event
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Failed, Status
from agent_brain.lab.digests import name_turn
from agent_brain.lab.failures import Blame, find_blame, find_failure
from agent_brain.lab.past import count_inside, find_actions
from agent_brain.lab.row_making import Course, is_over
from agent_brain.lab.schedule import Slot
from agent_brain.lab.task import World

BUSY_SECONDS = 0.2
"""How often a run is asked for whose last driver was killed: its lease has to end first."""
BUSY_SECONDS_MAX = 60.0
"""Longer than a lease: nobody but a child of a killed process can hold one."""
WAITS = "it waits for a person, and nobody is there in an experiment"


class TrialRuns:
    """The runs of one trial, a turn each, from its question on."""

    def __init__(self, brain: Brain, slot: Slot, world: World | None, experiment: str) -> None:
        self.brain, self.slot, self._world = brain, slot, world
        self.labels = make_labels(experiment, slot)
        self._is_behind = world is not None
        """The world is new, and earlier drivers' runs have acted upon another one."""
        self._repeated = 0
        self._envs: list[MemoryEnv] = []
        self.model_seconds = 0.0

    async def go(self) -> Course:
        """All turns, as far as they come."""
        failed, run_id = None, ""
        for turn, question in enumerate(self.slot.task.turns):
            await self.bring_world(run_id)
            run_id = name_turn(self.slot.trial_id, turn)
            env, failed = await self._turn(run_id, question, turn)
            self._envs.append(env)
            if failed is not None:
                break
        await self.bring_world(run_id)
        inside = await count_inside(self.brain, self.slot.trial_id, len(self._envs))
        return Course(self._envs, failed, inside=inside, model_seconds=self.model_seconds)

    async def _turn(self, run_id: str, question: str, turn: int) -> tuple[MemoryEnv, Failed | None]:
        """One run to its end, and why it failed where it did; one that has ended before is not driven again."""
        after = self._envs[-1] if self._envs else None
        events = self.brain.stream(question, after=after, run_id=run_id, labels={**self.labels, "turn": turn})
        try:
            ended = await self._watch(events)
        except RunExists:
            return await self.take_on(run_id)
        self._is_behind = False
        return await self._find_end(ended)

    async def take_on(self, run_id: str) -> tuple[MemoryEnv, Failed | None]:
        """A run that was begun before: as it ended, or driven on from where it was left."""
        env = await self.brain.load(run_id)
        if is_over(env):
            return env, None
        if env.status is Status.FAILED:
            failed = await find_failure(self.brain.store, run_id)
            if find_blame(failed) is Blame.ARM:
                return env, failed
        await self.bring_world(run_id)
        self._is_behind = False
        patience = time.monotonic() + BUSY_SECONDS_MAX
        while True:
            try:
                return await self._find_end(await self._watch(self.brain.resume(run_id)))
            except (RunBusy, Fenced):  # the lease of a driver that was killed
                if time.monotonic() > patience:
                    raise
                await asyncio.sleep(BUSY_SECONDS)

    async def _watch(self, events: AsyncGenerator[Event, None]) -> Ended:
        """The end of a run; how long its states that ask a model took is added up on the way."""
        ended, asking = None, None
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Entered | Ended):
                    now = time.monotonic()
                    self.model_seconds += 0.0 if asking is None else now - asking
                    is_asking = isinstance(event, Entered) and self.brain.net[event.state].model_calls
                    asking = now if is_asking else None
                ended = event if isinstance(event, Ended) else ended
        assert ended is not None  # the driver's promise: it is the last event of every run
        return ended

    async def _find_end(self, ended: Ended) -> tuple[MemoryEnv, Failed | None]:
        if ended.error is not None:
            return ended.env, await find_failure(self.brain.store, ended.run_id)
        if ended.status is Status.WAITING:
            asked = "; ".join(pause.text for pause in ended.env.open_pauses)
            return ended.env, Failed(StillWaiting.__name__, f"{WAITS}: {asked}")
        return ended.env, None

    async def bring_world(self, run_id: str) -> None:
        """Bring a new world to where the runs up to this one have led another one before."""
        if self._is_behind and self._world is not None and run_id:
            actions = await find_actions(self.brain.store, run_id)
            await self._world.repeat(actions[self._repeated :])
            self._repeated = len(actions)


def make_labels(experiment: str, slot: Slot) -> dict[str, Any]:
    """What a trial's runs are found by."""
    return {"experiment": experiment, "arm": slot.arm, "task": slot.task.task_id, "repeat": slot.repeat}
