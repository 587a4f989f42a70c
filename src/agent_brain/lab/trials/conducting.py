"""Conducting one trial: its runs, begun or taken on, its evaluator asked, its row made; nothing is paid twice."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agent_brain.brain import Brain
from agent_brain.core.errors import BrainError, ModelError, StoreError
from agent_brain.core.evaluating import Evaluator, Score
from agent_brain.core.ports import Closable
from agent_brain.core.records import Failed, make_failed
from agent_brain.core.store import Store
from agent_brain.core.usage import Usage
from agent_brain.lab.arms.arm_brains import ArmBrains
from agent_brain.lab.judging import make_prices, make_task_evaluator
from agent_brain.lab.rerunning.forked_runs import ForkedRuns, read_before
from agent_brain.lab.schedule import Slot
from agent_brain.lab.task import World
from agent_brain.lab.trial import Trial
from agent_brain.lab.trials.asking import Asking
from agent_brain.lab.trials.conversation import Conversation
from agent_brain.lab.trials.drafts import find_drafts
from agent_brain.lab.trials.failures import JUDGE, Blame, find_blame
from agent_brain.lab.trials.row_making import Course, make_row
from agent_brain.lab.trials.servers import Servers
from agent_brain.lab.trials.setting_aside import find_aside, has_any, set_aside
from agent_brain.lab.trials.traces import list_runs, recall
from agent_brain.lab.trials.trial_runs import TrialRuns, make_labels
from agent_brain.lab.trials.verdicts import Verdict, judge_once
from agent_brain.tools.attempt import Attempt, describe

ATTEMPTS_MAX = 3
"""How often a trial is tried in one go, where something outside breaks."""
WAIT_SECONDS = (1.0, 10.0)
"""Before the second attempt, and before all later ones."""

JUDGE_SECONDS = 3_600.0
"""How long an evaluator of any kind may take over one trial; functions have a shorter time of their own."""
CLOSE_SECONDS = 600.0
"""How long a world, or an evaluator, may take to close what it holds open."""


@dataclass(frozen=True, slots=True)
class Conductor:
    """Conducts trials in this process, any number at once."""

    arms: Mapping[str, ArmBrains]
    store: Store
    splits: Mapping[str, str]
    """Of the tasks, by id."""
    attempts_max: int = ATTEMPTS_MAX
    wait_seconds: Sequence[float] = field(default=WAIT_SECONDS)
    servers: Servers = field(default_factory=Servers)
    asking: Asking = field(default_factory=Asking)
    judge_seconds: float = JUDGE_SECONDS
    close_seconds: float = CLOSE_SECONDS
    asides: list[bool] = field(default_factory=list)
    """Whether any trial was set aside, once that is known: where none was, none is asked for one by one."""

    async def conduct(self, slot: Slot) -> Trial:
        """The row of one trial, done now or, where its runs have ended before, told from their journal.

        Raises: StoreError where its journal cannot be written: then nothing is lost.
        """
        row, unclosed, asked = None, "", self.asking.find(slot, self.arms[slot.arm])
        for attempt in range(1, self.attempts_max + 1):
            given_up = self.servers.find_given_up(asked.all)
            if given_up is not None:
                row = row or await self._leave_out(slot, given_up)
                break
            row, failed = await self._attempt(slot, attempt)
            unclosed = row.unclosed or unclosed
            is_last = attempt == self.attempts_max
            for names in asked.list_told(failed):
                self.servers.note(names, failed, is_last=is_last)
            if failed is None or find_blame(failed) is not Blame.OUTSIDE or is_last:
                break
            await self.servers.wait(asked.all, self.wait_seconds[min(attempt, len(self.wait_seconds)) - 1])
        assert row is not None  # there is one attempt at least
        return replace(row, unclosed=unclosed)

    async def _leave_out(self, slot: Slot, failed: Failed) -> Trial:
        """The row of a trial one of whose servers is not asked any more."""
        brains = self.arms[slot.arm]
        known = await recall(self.store, slot)
        before = await read_before(self.store, slot.task)
        course = replace(known, failed=failed, is_outside=True, limits=brains.limits, before=before)
        spec, split = slot.task.evaluator or brains.experiment.evaluator, self.splits.get(slot.task.task_id, "")
        return make_row(slot, course, None, evaluator=spec, split=split, attempts=0)

    async def _attempt(self, slot: Slot, attempt: int) -> tuple[Trial, Failed | None]:
        """A trial's row after this attempt, and why it has failed where it did."""
        brains = self.arms[slot.arm]
        spec = slot.task.evaluator or brains.experiment.evaluator
        before = await read_before(self.store, slot.task)
        score, course = None, Course(limits=brains.limits, before=before)
        own: list[object] = []
        try:
            own.append(evaluator := make_task_evaluator(spec, slot.task))
            own.append(world := None if slot.task.make_world is None else slot.task.make_world())
            runs = self._begin(slot, world, own)
            course = replace(await runs.go(), limits=brains.limits, before=before)
            if course.failed is None:
                score, course = await self._judge(evaluator, slot, course, world)
        except StoreError:
            raise  # nothing can be kept any more: the trial goes on with the experiment
        except Exception as error:  # a bug of a tool, a world or a part: this trial's own, and never lost
            known = await recall(self.store, slot)
            course = replace(course, envs=known.envs, user=known.user, judging=known.judging, failed=make_failed(error))
        finally:
            unclosed = await self._close(own)
        blame = find_blame(course.failed) if course.failed else Blame.ARM
        aside = await self._set_aside(slot, course)
        course = replace(course, is_outside=blame is not Blame.ARM, aside=aside, unclosed=unclosed)
        split = self.splits.get(slot.task.task_id, "")
        return make_row(slot, course, score, evaluator=spec, split=split, attempts=attempt), course.failed

    async def _judge(
        self, evaluator: Evaluator, slot: Slot, course: Course, world: World | None
    ) -> tuple[Score | None, Course]:
        """What the evaluator says of a trial's end, and of the drafts on its way; one that fails speaks of no arm."""
        ended, experiment = course.envs[-1], self.arms[slot.arm].experiment
        verdict = Verdict(None)
        drafts: tuple[bool, ...] = ()
        kind = ""
        labels, prices = make_labels(experiment.name, slot), make_prices(experiment)
        asked, deadline = Attempt(), asyncio.timeout(self.judge_seconds)
        with asked:
            async with deadline:
                verdict = await judge_once(
                    evaluator, slot, ended, world, store=self.store, labels=labels, prices=prices
                )
                texts = find_drafts(evaluator, ended)
                drafts = tuple([(await evaluator.judge(slot.task.asked, text)).passed for text in texts])
        course, score = replace(course, judging=verdict.usage), verdict.score
        match asked.failure or verdict.error:
            case None:
                assert score is not None  # or there would be an error
                return score, replace(course, drafts=(*drafts, score.passed) if drafts else ())
            case StoreError() as error:
                raise error
            case TimeoutError() if deadline.expired():
                why = f"{evaluator.name} has said nothing within {self.judge_seconds:g} s"
            case error:
                why = str(error) if isinstance(error, BrainError) else describe(error)
                kind = str(error.kind) if isinstance(error, ModelError) else ""
        return None, replace(course, failed=Failed(JUDGE, why, kind))

    def _begin(self, slot: Slot, world: World | None, own: list[object]) -> TrialRuns:
        """The runs of a trial; what their brains have to themselves is added to what is its `own`."""
        brains = self.arms[slot.arm]

        def make(turn: int) -> Brain:
            brain = brains.make(slot.task, slot.repeat, self.store, world, turn)
            own.extend([brain.evaluator] if brains.is_told else [])
            return brain

        name = brains.experiment.name
        if slot.task.origin is not None:
            return ForkedRuns(make, slot, world, name)
        if slot.task.user is not None:
            return Conversation(make, slot, world, name, make_prices(brains.experiment))
        return TrialRuns(make, slot, world, name)

    async def _set_aside(self, slot: Slot, course: Course) -> Usage:
        """Set this attempt aside where it has to begin anew; what those before it took that were."""
        if not self.asides:
            self.asides.append(await has_any(self.store))
        if not course.begins_anew:
            return Usage() if not self.asides[0] else sum(await find_aside(self.store, slot.trial_id), Usage())
        names = await list_runs(self.store, slot.trial_id, course.envs)
        this = await set_aside(self.store, slot.trial_id, names, course.spent)
        self.asides[0] = True
        return sum(await find_aside(self.store, slot.trial_id, but=this), Usage())

    async def _close(self, parts: Sequence[object]) -> str:
        """End what a trial's own parts hold open; which of them cannot, and why: no trial ends otherwise for that."""
        faults = []
        for part in parts:
            if isinstance(part, Closable) and (why := await self._find_unclosed(part)):
                faults.append(f"{type(part).__name__} could not be closed: {why}")
        return "; ".join(faults)

    async def _find_unclosed(self, part: Closable) -> str:
        """Close it; why that cannot be, empty where it can."""
        closing, deadline, task = Attempt(), asyncio.timeout(self.close_seconds), asyncio.current_task()
        try:
            with closing:
                async with deadline:
                    await part.aclose()
        except asyncio.CancelledError:
            if task is None or task.cancelling():
                raise
            return "it was cancelled from within"
        if closing.failure is None:
            return ""
        return f"not within {self.close_seconds:g} s" if deadline.expired() else describe(closing.failure)
