"""The worker: finds runs that need a driver, drives several at once, and hands out what became of each."""

import asyncio
import inspect
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass

from agent_brain.core.errors import RunBusy, RunUnknown, SetupError, StoreDown, StoreError
from agent_brain.core.records import Status
from agent_brain.core.store import RunInfo, Store
from agent_brain.engine.driver import Driver
from agent_brain.engine.result import Result

RUNS_MAX = 8
SWEEP_SECONDS = 5.0
LOOK_SECONDS = 0.02
"""The least time between two looks: the worker's own commits are changes of the store too."""
LEAVE_SECONDS = 10.0
"""How long runs may take to be left when the worker is shut down."""

FindDriver = Callable[[RunInfo], Awaitable[Driver] | Driver]
"""The driver for a run, by its net's name or its labels; what it raises is the run's outcome."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run that the worker drove, or tried to."""

    run_id: str
    """Empty where the store could not be asked for runs."""
    result: Result | None = None
    """How far it got: it has ended, or waits for a person. What went wrong in the run is told here too."""
    error: Exception | None = None
    """Why it got nowhere: the store, a changed net, no driver, a bug."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """A run as it was when it got nowhere; it is not tried again for a time, or as long as nobody touches it."""

    status: Status
    updated_at: float
    until: float | None = None

    def covers(self, info: RunInfo) -> bool:
        if self.until is not None:
            return info.status is self.status and time.monotonic() < self.until
        return info.updated_at == self.updated_at


class Worker:
    """Takes runs that are ready, were abandoned, or whose pause has expired, for any number of nets.

    Any number of workers may share a store: each run has one driver at a time. Nothing that goes wrong with one run
    ends the worker; a run that could not even be begun (its net has changed, there is no driver for it) is tried again
    when somebody has touched it.
    """

    def __init__(
        self, store: Store, find_driver: FindDriver, *, runs_max: int = RUNS_MAX, sweep_seconds: float = SWEEP_SECONDS
    ) -> None:
        if runs_max < 1 or not sweep_seconds > 0:
            raise SetupError(f"runs_max is {runs_max}, sweep_seconds {sweep_seconds}; wanted at least 1, more than 0")
        self._store = store
        self._find_driver = find_driver
        self._runs_max = runs_max
        self._sweep_seconds = sweep_seconds

    async def work(self, *, until_idle: bool = False) -> AsyncGenerator[Outcome, None]:
        """Drive what there is and what comes, and tell each outcome; with `until_idle`, until nothing is left.

        When it is closed or cancelled, the runs under way are left `ready`, for another worker.
        Raises: StoreBroken, SetupError for a store that can never be used; one that is down is asked again.
        """
        shift = _Shift(self._store, self._find_driver, self._runs_max, self._sweep_seconds)
        try:
            while True:
                try:
                    await shift.take_due()
                except StoreDown as error:
                    yield Outcome("", error=error)
                else:
                    if until_idle and not shift.drives:
                        return
                for outcome in await shift.wait():
                    yield outcome
        finally:
            await shift.leave()


class _Shift:
    """What one call of `work` has under way."""

    def __init__(self, store: Store, find_driver: FindDriver, runs_max: int, sweep_seconds: float) -> None:
        self.drives: dict[asyncio.Task[Outcome | None], RunInfo] = {}
        self._store = store
        self._find_driver = find_driver
        self._runs_max = runs_max
        self._sweep_seconds = sweep_seconds
        self._rests: dict[str, _Rest] = {}
        self._change: asyncio.Task[None] | None = None

    async def take_due(self) -> None:
        """Begin with the runs that are due, as far as there is room. Raises: StoreDown."""
        if self._change is None:
            self._change = asyncio.create_task(self._watch())
            await asyncio.sleep(0)  # it watches from here on: no change between the look and the wait is missed
        free = self._runs_max - len(self.drives)
        if free <= 0:
            return
        # Runs that rest stay in the list, oldest first: they must not hide the others.
        due = await self._store.list_due(free + len(self._rests) + len(self.drives))
        listed = {info.run_id for info in due}
        self._rests = {run_id: rest for run_id, rest in self._rests.items() if run_id in listed}
        taken = {info.run_id for info in self.drives.values()}
        wanted = [info for info in due if info.run_id not in taken and not self._is_resting(info)]
        for info in wanted[:free]:
            self.drives[asyncio.create_task(self._drive(info))] = info

    async def wait(self) -> list[Outcome]:
        """The outcomes of runs that have come to one; empty where something else has changed."""
        watched: set[asyncio.Task[None] | asyncio.Task[Outcome | None]] = set(self.drives)
        if self._change is not None and len(self.drives) < self._runs_max:
            watched.add(self._change)
        done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        if self._change is not None and self._change.done():
            self._change.result()
            self._change = None
        ended = [task for task in self.drives if task in done]
        outcomes = [(self.drives.pop(task), task.result()) for task in ended]
        for info, outcome in outcomes:
            self._note(info, outcome)
        return [outcome for _, outcome in outcomes if outcome is not None]

    async def leave(self) -> None:
        """Leave all runs to other workers."""
        tasks = [*self.drives, *([self._change] if self._change is not None else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LEAVE_SECONDS)

    async def _watch(self) -> None:
        try:
            await self._store.wait(self._sweep_seconds)
        except StoreError:
            await asyncio.sleep(self._sweep_seconds)
        await asyncio.sleep(LOOK_SECONDS)

    async def _drive(self, info: RunInfo) -> Outcome | None:
        """Take one run as far as it goes; None where another worker was faster."""
        try:
            found = self._find_driver(info)
            driver = await found if inspect.isawaitable(found) else found
            if (await self._store.get(info.run_id)).epoch != info.epoch:
                return None
            return Outcome(info.run_id, await driver.drive(info.run_id))
        except (RunBusy, RunUnknown) as error:
            return Outcome(info.run_id, error=error) if await self._is_stuck(info) else None
        except Exception as error:  # whatever it is, it is this run's own: the others go on
            return Outcome(info.run_id, error=error)

    async def _is_stuck(self, info: RunInfo) -> bool:
        try:
            return (await self._store.get(info.run_id)).status is Status.STUCK
        except StoreError:
            return False

    def _note(self, info: RunInfo, outcome: Outcome | None) -> None:
        """Let a run rest that would be taken at once again: one that got nowhere, or still waits by another clock."""
        if outcome is None or outcome.error is not None:
            self._rests[info.run_id] = _Rest(info.status, info.updated_at)
        elif info.status is Status.WAITING:
            self._rests[info.run_id] = _Rest(info.status, info.updated_at, time.monotonic() + self._sweep_seconds)

    def _is_resting(self, info: RunInfo) -> bool:
        rest = self._rests.get(info.run_id)
        return rest is not None and rest.covers(info)
