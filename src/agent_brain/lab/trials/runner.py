"""The runner: begins trials in the schedule's order, as many at once as servers take, and keeps each row."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from math import inf
from typing import Protocol

from agent_brain.lab.experiment import Experiment
from agent_brain.lab.folder import PROGRESS, Folder
from agent_brain.lab.progress import Ending, Estimated, Progress
from agent_brain.lab.rows import Rows
from agent_brain.lab.schedule import Schedule, Slot
from agent_brain.lab.stopping import Decisions
from agent_brain.lab.tally import Tally
from agent_brain.lab.trial import Trial
from agent_brain.lab.trials.purse import Purse
from agent_brain.lab.trials.table import write_table
from agent_brain.lab.trials.traces import find_owed

LOOK_SECONDS = 0.2
"""How often it is looked whether somebody wants it stopped, and progress is told."""
KEEP_SECONDS = 2.0
"""How often progress is kept for other processes."""
ESTIMATE_SECONDS, ESTIMATE_SHARE = 1.0, 0.02
"""How often contrasts are estimated for whoever watches, and the share of the time that this may take, at most."""
TABLE_ROWS_MIN = 1_000
"""The first Parquet file is written with so many rows, each further one with twice as many, and the last at the end."""
BROKEN_MAX = 20
"""So many trials in a row that something outside has broken end the experiment: nothing is learnt by going on."""

Watch = Callable[[Progress], None]


class Hand(Protocol):
    """What conducts trials: this process, or another one."""

    async def conduct(self, slot: Slot) -> Trial:
        """The row of one trial. Raises: StoreError, also where the process has ended."""


class Runner:
    """Takes an experiment through its schedule once; what it ends with is told by `run`."""

    def __init__(  # noqa: PLR0913  # what the experiment is, and two marks of this sitting
        self,
        folder: Folder,
        schedule: Schedule,
        hands: Sequence[Hand],
        servers: Mapping[str, Sequence[str]],
        watch: Watch | None = None,
        *,
        is_again: Callable[[Trial], bool] = lambda _: False,
        changed: Sequence[str] = (),
    ) -> None:
        """`servers`: those of each arm; `is_again`: which rows do not count, so that their trials are tried again;
        `changed`: arms whose earlier trials are of another configuration."""
        self.experiment: Experiment = schedule.experiment
        self._folder, self._schedule, self._hands, self._servers = folder, schedule, hands, servers
        self._watch = watch or (lambda _: None)
        self._is_again, self._changed = is_again, changed
        self._rows = Rows(folder.rows)
        self._tally = Tally(schedule, self.experiment.metric)
        self._decisions = Decisions(schedule)
        self._purse = Purse(self.experiment)
        self._tasks: dict[asyncio.Task[None], Slot] = {}
        self._loads = [0] * len(hands)
        self._hopes: dict[str, bool] = {}
        """Of each arm that was begun, whether it may still tell something: what broke last is of others."""
        self._ending: Ending | None = None
        self._error: BaseException | None = None
        self._note = ""
        self._before = 0
        """Trials that were done before this sitting."""
        self._began = time.monotonic()
        self._table_due = TABLE_ROWS_MIN
        self._estimates: Sequence[Estimated] = ()
        self._estimates_due = 0.0

    async def run(self) -> Progress:
        """Do all trials that have no row yet, until nothing is left or something ends it.

        Raises: StoreError where journals cannot be written; CancelledError: what is under way is left to be gone on
        with, and all rows are kept.
        """
        self._read_rows()
        await self._read_owed()
        looking = asyncio.create_task(self._look())
        try:
            await self._begin_all()
            while self._tasks:
                await asyncio.wait(self._tasks)
        except asyncio.CancelledError:
            self._ending = Ending.STOPPED
            self._folder.write(PROGRESS, self._measure(Ending.STOPPED).data())
            raise
        finally:
            looking.cancel()
            await self._leave()
            with suppress(asyncio.CancelledError):
                await looking
            self._rows.close()
        if self._error is not None:
            raise self._error
        return self._finish()

    def _read_rows(self) -> None:
        """Take what is done already; rows of other trials, and those of trials that are to be done again, go."""
        self._rows.keep(
            lambda row: row.is_counted and not self._is_again(row) and self._schedule.find_order(row) is not None
        )
        for row in self._rows:
            if self._schedule.places[row.task] < len(self._schedule.tasks):
                self._tally.add(row)
                self._purse.learn(row)
        self._before = self._tally.done
        self._decide()

    async def _read_owed(self) -> None:
        """Know what was paid for trials that have no row: a budget holds whatever was killed, or broke."""
        if not self._purse.is_limited or not self._folder.journal.is_file():
            return
        store, tally = self._folder.open_store(), self._tally
        try:
            owed = await find_owed(
                store, self._schedule, tally.done, lambda slot: tally.has(slot.task.task_id, slot.arm, slot.repeat)
            )
        finally:
            await store.aclose()
        self._purse.owe(owed)
        self._decide()

    async def _begin_all(self) -> None:
        gates = self._make_gates()
        window = asyncio.Semaphore(2 * self.experiment.concurrency * max(1, len(gates)))
        for slot in self._schedule:
            if self._tally.has(slot.task.task_id, slot.arm, slot.repeat):
                continue
            await window.acquire()
            if self._ending is not None:
                return
            task = asyncio.create_task(self._do(slot, [gates[name] for name in self._servers[slot.arm]]))
            self._tasks[task] = slot
            task.add_done_callback(self._tasks.pop)
            task.add_done_callback(lambda _: window.release())

    def _make_gates(self) -> Mapping[str, asyncio.Semaphore]:
        """One for each server, in the order of their names, in which trials pass them."""
        names = sorted({name for servers in self._servers.values() for name in servers})
        return {name: asyncio.Semaphore(self.experiment.concurrency) for name in names}

    async def _do(self, slot: Slot, gates: Sequence[asyncio.Semaphore]) -> None:
        """One trial, from its turn on each server of its arm to its row."""
        try:
            async with AsyncExitStack() as stack:
                for gate in gates:
                    await stack.enter_async_context(gate)
                if await self._purse.take(slot.arm, lambda: self._ending is not None):
                    stack.callback(self._purse.give_back, slot.arm)
                    self._keep(await self._conduct(slot))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._error = self._error or error
            self._end(Ending.BROKEN)

    async def _conduct(self, slot: Slot) -> Trial:
        """By the hand that has least to do."""
        place = min(range(len(self._hands)), key=lambda each: self._loads[each])
        self._loads[place] += 1
        self._hopes.setdefault(slot.arm, True)
        try:
            return await self._hands[place].conduct(slot)
        finally:
            self._loads[place] -= 1

    def _keep(self, row: Trial) -> None:
        self._rows.append(row)
        self._hopes[row.arm] = row.is_counted
        self._tally.add(row)
        self._purse.learn(row)
        if self._tally.done >= self._table_due:
            self._table_due *= 2
            write_table(self._rows, self._folder.table)
        self._decide()

    def _decide(self) -> None:
        """End the experiment where a rule, its budget, or what is broken outside says so."""
        tally = self._tally
        if self._decisions.is_over(tally):
            self._end(Ending.DECIDED)
        if self._purse.is_spent:
            self._end(Ending.BUDGET, is_waited=True)
        if tally.outside_in_row >= min(BROKEN_MAX, tally.total) and not any(self._hopes.values()):
            self._note = (
                f"{tally.outside_in_row} trials in a row were broken outside, the last one by: {tally.last_error}"
            )
            self._end(Ending.BROKEN)

    def _end(self, ending: Ending, *, is_waited: bool = False) -> None:
        """Begin no more trials; those under way are waited for, or left."""
        if self._ending is not None:
            return
        self._ending = ending
        self._purse.wake()
        if not is_waited:
            for task in self._tasks:
                if task is not asyncio.current_task():
                    task.cancel()

    async def _look(self) -> None:
        """Tell progress, and see whether somebody wants an end."""
        kept = 0.0
        while True:
            if self._folder.is_stop_wanted:
                self._end(Ending.STOPPED)
            self._watch(self._measure())
            if time.monotonic() - kept > KEEP_SECONDS:
                kept = time.monotonic()
                self._folder.write(PROGRESS, self._measure().data())
            await asyncio.sleep(LOOK_SECONDS)

    async def _leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _finish(self) -> Progress:
        """The rows in the schedule's order, those that no decision has looked at left out; as columns too."""
        ending = self._ending or (Ending.COMPLETE if self._schedule.is_whole else Ending.PILOT)
        if ending is Ending.BUDGET:
            self._note = self._purse.describe()
        if ending is Ending.DECIDED:
            self._note = f"its stopping rule ended it after {self._decisions.tasks} tasks"
        if ending.is_settled:
            self._rows.sort(self._find_order)
        write_table(self._rows, self._folder.table)
        progress = self._measure(ending)
        self._folder.write(PROGRESS, progress.data())
        self._watch(progress)
        return progress

    def _find_order(self, row: Trial) -> tuple[int, ...] | None:
        """Where a row stands; nowhere, if it is of a task that no decision has looked at."""
        order = self._schedule.find_order(row)
        return None if order is None or order[0] >= (self._decisions.tasks or inf) else order

    def _measure(self, ending: Ending | None = None) -> Progress:
        tally, seconds = self._tally, time.monotonic() - self._began
        done = tally.done - self._before
        arms = tally.list_arms()
        return Progress(
            self.experiment.name,
            tally.done,
            tally.total,
            len(self._tasks),
            round(seconds, 3),
            round(seconds / done * (tally.total - tally.done), 1) if done else None,
            tally.cost_usd,
            tally.tokens,
            tally.unpriced_tokens,
            arms,
            self._estimate(is_last=ending is not None),
            ending,
            self._decisions.tasks,
            self._note,
            sorted(tally.errors.values(), key=lambda each: -each.trials),
            self._changed,
            tally.judge_tokens,
            tally.judge_cost_usd,
            list(tally.unclosed.values()),
        )

    def _estimate(self, *, is_last: bool) -> Sequence[Estimated]:
        """What the contrasts come to so far, found anew now and then: it takes the longer, the more tasks are done."""
        began = time.monotonic()
        if is_last or began >= self._estimates_due:
            self._estimates = self._decisions.estimate(self._tally)
            took = time.monotonic() - began
            self._estimates_due = began + max(ESTIMATE_SECONDS, took / ESTIMATE_SHARE)
        return self._estimates
