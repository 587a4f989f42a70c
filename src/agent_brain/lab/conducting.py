"""Conducting one trial: its runs, begun or taken on, its evaluator asked, its row made; nothing is paid twice."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.errors import EvaluatorFailed, Fenced, ModelError, RunBusy, RunExists, StillWaiting, StoreError
from agent_brain.core.evaluating import Evaluator, Score
from agent_brain.core.events import Ended, Entered, Event
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Closable
from agent_brain.core.records import Failed, Status, make_failed
from agent_brain.core.store import Store
from agent_brain.lab.arm_brains import ArmBrains
from agent_brain.lab.digests import name_turn
from agent_brain.lab.drafts import find_drafts
from agent_brain.lab.failures import Blame, find_blame, find_failure
from agent_brain.lab.judging import make_task_evaluator
from agent_brain.lab.past import count_inside, find_actions
from agent_brain.lab.row_making import Course, is_over, make_row
from agent_brain.lab.schedule import Slot
from agent_brain.lab.task import World
from agent_brain.lab.trial import Trial
from agent_brain.lab.verdicts import judge_once

ATTEMPTS_MAX = 3
"""How often a trial is tried in one go, where something outside breaks."""
WAIT_SECONDS = (1.0, 10.0)
"""Before the second attempt, and before all later ones."""
BUSY_SECONDS = 0.2
"""How often a run is asked for whose last driver was killed: its lease has to end first."""
BUSY_SECONDS_MAX = 60.0
"""Longer than a lease: nobody but a child of a killed process can hold one."""
WAITS = "it waits for a person, and nobody is there in an experiment"


@dataclass(frozen=True, slots=True)
class Conductor:
    """Conducts trials in this process, any number at once."""

    arms: Mapping[str, ArmBrains]
    store: Store
    splits: Mapping[str, str]
    """Of the tasks, by id."""
    attempts_max: int = ATTEMPTS_MAX
    wait_seconds: Sequence[float] = field(default=WAIT_SECONDS)

    async def conduct(self, slot: Slot) -> Trial:
        """The row of one trial, done now or, where its runs have ended before, told from their journal.

        Raises: StoreError where its journal cannot be written: then nothing is lost.
        """
        row = None
        for attempt in range(1, self.attempts_max + 1):
            row, blame = await self._attempt(slot, attempt)
            if blame is not Blame.OUTSIDE or attempt == self.attempts_max:
                break
            await asyncio.sleep(self.wait_seconds[min(attempt, len(self.wait_seconds)) - 1])
        assert row is not None  # there is at least one attempt
        return row

    async def _attempt(self, slot: Slot, attempt: int) -> tuple[Trial, Blame]:
        brains = self.arms[slot.arm]
        spec = slot.task.evaluator or brains.experiment.evaluator
        score, course = None, Course(limits=brains.limits)
        own: list[object] = []
        try:
            own.append(evaluator := make_task_evaluator(spec, slot.task))
            own.append(world := None if slot.task.make_world is None else slot.task.make_world())
            brain = brains.make(slot.task, slot.repeat, self.store, world)
            own += [brain.evaluator] if brains.is_told else []
            runs = _Runs(brain, slot, world, brains.experiment.name)
            course = replace(await runs.go(), limits=brains.limits)
            if course.failed is None:
                score, course = await _judge(evaluator, slot, course, world, self.store, brains.experiment.name)
        except StoreError:
            raise  # nothing can be kept any more: the trial goes on with the experiment
        except Exception as error:  # a bug of a tool, a world, an evaluator or a part: this trial's own, and never lost
            course = replace(course, envs=await self._load(slot), failed=make_failed(error))
        finally:
            await _close(own)
        blame = find_blame(course.failed) if course.failed else Blame.ARM
        course = replace(course, is_outside=blame is not Blame.ARM)
        split = self.splits.get(slot.task.task_id, "")
        return make_row(slot, course, score, evaluator=spec, split=split, attempts=attempt), blame

    async def _load(self, slot: Slot) -> list[MemoryEnv]:
        """What the runs of a trial that broke off had come to: it has cost something."""
        journals = self.arms[slot.arm].make(slot.task, slot.repeat, self.store)
        envs = []
        with suppress(StoreError):  # there are no more turns
            for turn in range(len(slot.task.turns)):
                envs.append(await journals.load(name_turn(slot.trial_id, turn)))
        return envs


async def _close(parts: Sequence[object]) -> None:
    """End what a trial's own parts hold open."""
    for part in parts:
        if isinstance(part, Closable):
            await part.aclose()


async def _judge(
    evaluator: Evaluator, slot: Slot, course: Course, world: World | None, store: Store, experiment: str
) -> tuple[Score | None, Course]:
    """What the evaluator says of a trial's end, and of the drafts on its way; one that fails speaks of no arm."""
    ended = course.envs[-1]
    try:
        score = await judge_once(evaluator, slot, ended, world, store, make_labels(experiment, slot))
        drafts = [(await evaluator.judge(slot.task.turns[-1], text)).passed for text in find_drafts(evaluator, ended)]
    except (EvaluatorFailed, ModelError) as error:
        return None, replace(course, failed=Failed(EvaluatorFailed.__name__, str(error)))
    return score, replace(course, drafts=(*drafts, score.passed) if drafts else ())


class _Runs:
    """The runs of one trial, a turn each."""

    def __init__(self, brain: Brain, slot: Slot, world: World | None, experiment: str) -> None:
        self._brain, self._slot, self._world = brain, slot, world
        self._labels = make_labels(experiment, slot)
        self._is_behind = world is not None
        """The world is new, and earlier drivers' runs have acted upon another one."""
        self._repeated = 0
        self._envs: list[MemoryEnv] = []
        self._model_seconds = 0.0

    async def go(self) -> Course:
        """All turns, as far as they come."""
        failed, run_id = None, ""
        for turn, question in enumerate(self._slot.task.turns):
            await self._bring_world(run_id)
            run_id = name_turn(self._slot.trial_id, turn)
            env, failed = await self._turn(run_id, question, turn)
            self._envs.append(env)
            if failed is not None:
                break
        await self._bring_world(run_id)
        inside = await count_inside(self._brain, self._slot.trial_id, len(self._envs))
        return Course(self._envs, failed, inside=inside, model_seconds=self._model_seconds)

    async def _turn(self, run_id: str, question: str, turn: int) -> tuple[MemoryEnv, Failed | None]:
        """One run to its end, and why it failed where it did; one that has ended before is not driven again."""
        after = self._envs[-1] if self._envs else None
        events = self._brain.stream(question, after=after, run_id=run_id, labels={**self._labels, "turn": turn})
        try:
            ended = await self._watch(events)
        except RunExists:
            return await self._take_on(run_id)
        self._is_behind = False
        return await self._find_end(ended)

    async def _take_on(self, run_id: str) -> tuple[MemoryEnv, Failed | None]:
        """A run that was begun before: as it ended, or driven on from where it was left."""
        env = await self._brain.load(run_id)
        if is_over(env):
            return env, None
        if env.status is Status.FAILED:
            failed = await find_failure(self._brain.store, run_id)
            if find_blame(failed) is Blame.ARM:
                return env, failed
        await self._bring_world(run_id)
        self._is_behind = False
        patience = time.monotonic() + BUSY_SECONDS_MAX
        while True:
            try:
                return await self._find_end(await self._watch(self._brain.resume(run_id)))
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
                    self._model_seconds += 0.0 if asking is None else now - asking
                    is_asking = isinstance(event, Entered) and self._brain.net[event.state].model_calls
                    asking = now if is_asking else None
                ended = event if isinstance(event, Ended) else ended
        assert ended is not None  # the driver's promise: it is the last event of every run
        return ended

    async def _find_end(self, ended: Ended) -> tuple[MemoryEnv, Failed | None]:
        if ended.error is not None:
            return ended.env, await find_failure(self._brain.store, ended.run_id)
        if ended.status is Status.WAITING:
            asked = "; ".join(pause.text for pause in ended.env.open_pauses)
            return ended.env, Failed(StillWaiting.__name__, f"{WAITS}: {asked}")
        return ended.env, None

    async def _bring_world(self, run_id: str) -> None:
        """Bring a new world to where the runs up to this one have led another one before."""
        if self._is_behind and self._world is not None and run_id:
            actions = await find_actions(self._brain.store, run_id)
            await self._world.repeat(actions[self._repeated :])
            self._repeated = len(actions)


def make_labels(experiment: str, slot: Slot) -> dict[str, Any]:
    """What a trial's runs are found by."""
    return {"experiment": experiment, "arm": slot.arm, "task": slot.task.task_id, "repeat": slot.repeat}
