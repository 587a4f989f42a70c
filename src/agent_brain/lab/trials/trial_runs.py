"""The runs of one trial: begun, taken on where an earlier process has left them, or told as they ended."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.errors import Fenced, RunBusy, RunExists, StillWaiting
from agent_brain.core.events import Ended, Entered, Event
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Failed, Status
from agent_brain.lab.digests import name_turn
from agent_brain.lab.schedule import Slot
from agent_brain.lab.task import World
from agent_brain.lab.trials.deeds import find_deeds, repeat
from agent_brain.lab.trials.failures import Blame, find_blame, find_failure
from agent_brain.lab.trials.past import Inside, count_inside
from agent_brain.lab.trials.row_making import Course, is_over

BUSY_SECONDS = 0.2
"""How often a run is asked for whose last driver was killed: its lease has to end first."""
BUSY_SECONDS_MAX = 60.0
"""Longer than a lease: nobody but a child of a killed process can hold one."""
WAITS = "it waits for a person, and nobody is there in an experiment"


class TrialRuns:
    """The runs of one trial, a turn each, from its question on."""

    def __init__(self, make: Callable[[int], Brain], slot: Slot, world: World | None, experiment: str) -> None:
        """`make`: gives the brain with the tools of a turn."""
        self.brain, self.slot, self._world = make(0), slot, world
        self._make, self._turn = make, 0
        self.labels = make_labels(experiment, slot)
        self._is_behind = world is not None
        """The world is new, and earlier drivers' runs have acted upon another one."""
        self._repeated = 0
        self.envs: list[MemoryEnv] = []
        """Of each turn that has ended."""
        self.broken: Failed | None = None
        """Why there is no further turn, where one was to come."""
        self.model_seconds = 0.0

    async def go(self) -> Course:
        """All turns, as far as they come."""
        failed, run_id = None, ""
        while failed is None and (question := await self.ask()) is not None:
            self.offer(len(self.envs))
            await self.bring_world(run_id)
            run_id = name_turn(self.slot.trial_id, len(self.envs))
            failed = await self.do_turn(run_id, question)
        await self.bring_world(run_id)
        inside = await count_inside(self.brain, self.slot.trial_id, self.envs)
        return make_course(self.envs, failed or self.broken, inside, self.model_seconds)

    async def ask(self) -> str | None:
        """What the next turn asks; None where there is none."""
        turns, turn = self.slot.task.turns, len(self.envs)
        return turns[turn] if turn < len(turns) else None

    def offer(self, turn: int) -> None:
        """Take the brain with the tools of this turn."""
        if any(self._turn < first <= turn for first in self.slot.task.tools_from.values()):
            self.brain = self._make(turn)
        self._turn = turn

    async def do_turn(self, run_id: str, question: str) -> Failed | None:
        """The next turn, a run to its end, and why it failed where it did."""
        env, failed = await self._do_turn(run_id, question)
        self.envs.append(env)
        return failed

    async def _do_turn(self, run_id: str, question: str) -> tuple[MemoryEnv, Failed | None]:
        """One that has ended before is not driven again."""
        after, turn = self.envs[-1] if self.envs else None, len(self.envs)
        events = self.brain.stream(question, after=after, run_id=run_id, labels={**self.labels, "turn": turn})
        try:
            ended = await self.watch(events)
        except RunExists:
            return await self.take_on(run_id)
        self._is_behind = False
        return await self.find_end(ended)

    async def take_on(self, run_id: str) -> tuple[MemoryEnv, Failed | None]:
        """A run that was begun before: as it ended, or driven on from where it was left."""
        env = await self.brain.load(run_id)
        if is_over(env):
            return env, None
        if env.status is Status.FAILED:
            failed = await find_failure(self.brain.store, run_id)
            if self.is_final(failed):
                return env, failed
        await self.bring_world(run_id)
        self._is_behind = False
        patience = time.monotonic() + BUSY_SECONDS_MAX
        while True:
            try:
                return await self.find_end(await self.watch(self.brain.resume(run_id)))
            except (RunBusy, Fenced):  # the lease of a driver that was killed
                if time.monotonic() > patience:
                    raise
                await asyncio.sleep(BUSY_SECONDS)

    def is_final(self, failed: Failed) -> bool:
        """Whether a run that failed so is its trial's result, and not to be gone on with."""
        return find_blame(failed) is Blame.ARM

    async def watch(self, events: AsyncGenerator[Event, None]) -> Ended:
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

    async def find_end(self, ended: Ended) -> tuple[MemoryEnv, Failed | None]:
        """What has become of a run whose driver has left it, and why it failed where it did."""
        if ended.error is not None:
            return ended.env, await find_failure(self.brain.store, ended.run_id)
        if ended.status is Status.WAITING:
            return await self.reply(ended)
        return ended.env, None

    async def reply(self, ended: Ended) -> tuple[MemoryEnv, Failed | None]:
        """What becomes of a run that waits for a person."""
        asked = "; ".join(pause.text for pause in ended.env.open_pauses)
        return ended.env, Failed(StillWaiting.__name__, f"{WAITS}: {asked}")

    async def bring_world(self, run_id: str) -> None:
        """Bring a new world to where the runs up to this one have led another one before."""
        if self._is_behind and self._world is not None and run_id:
            deeds = await find_deeds(self.brain.store, run_id, self.brain.net)
            await repeat(self._world, deeds[self._repeated :])
            self._repeated = len(deeds)


def make_course(envs: Sequence[MemoryEnv], failed: Failed | None, inside: Inside, model_seconds: float) -> Course:
    """What became of runs; what broke outside, and left them to go on with less, ends their trial too."""
    has_ended = failed is None or find_blame(failed) is Blame.ARM
    absorbed = inside.broken if has_ended else None
    return Course(
        envs, absorbed or failed, inside=inside, model_seconds=model_seconds, begins_anew=absorbed is not None
    )


def make_labels(experiment: str, slot: Slot) -> dict[str, Any]:
    """What a trial's runs are found by."""
    return {"experiment": experiment, "arm": slot.arm, "task": slot.task.task_id, "repeat": slot.repeat}
