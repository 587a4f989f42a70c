"""Child processes that conduct trials beside each other, over one store; what is done is still decided in one place."""

import asyncio
import pickle
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.resource_tracker import ensure_running
from typing import Any

from agent_brain.core.errors import SetupError, StoreDown, StoreError
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.schedule import Slot
from agent_brain.lab.trial import Trial
from agent_brain.lab.trials.child import BROKEN, DONE, READY, STOP, STOPPING, work

LEAVE_SECONDS = 10.0


class Child:
    """One such process."""

    def __init__(self, process: Any, line: Connection) -> None:
        self._process, self._line = process, line
        self._waits: dict[str, asyncio.Future[Trial]] = {}
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listening = asyncio.create_task(self._listen())

    async def wait_ready(self) -> None:
        """Return once it can take trials. Raises: SetupError for what it cannot make."""
        await self._ready

    async def conduct(self, slot: Slot) -> Trial:
        """As `Hand`."""
        waits: asyncio.Future[Trial] = asyncio.get_running_loop().create_future()
        self._waits[slot.trial_id] = waits
        try:
            self._line.send((slot.task.task_id, slot.arm, slot.repeat))
            return await waits
        except OSError as error:
            raise self._make_error() from error
        finally:
            self._waits.pop(slot.trial_id, None)

    async def leave(self) -> None:
        """Have it leave what it is doing, to be gone on with, and end."""
        if self._process.is_alive():
            with suppress(OSError):
                self._line.send(STOP)
            await asyncio.to_thread(self._process.join, LEAVE_SECONDS)
            if self._process.is_alive():
                self._process.kill()
                await asyncio.to_thread(self._process.join)
        await asyncio.wait((self._listening,))
        self._line.close()
        self._process.close()

    async def _listen(self) -> None:
        """Hand rows to those who wait for them, until it has ended."""
        while True:
            try:
                kind, *said = await asyncio.to_thread(self._line.recv)
            except (EOFError, OSError):
                break
            if kind == READY:
                self._ready.set_result(None)
            elif kind == DONE:
                self._settle(said[0]).set_result(Trial.load(said[1]))
            elif kind == BROKEN and said[0]:
                self._settle(said[0]).set_exception(StoreDown(said[1]))
            else:
                self._ready.set_exception(SetupError(said[1]))
        await asyncio.to_thread(self._process.join)
        error = self._make_error()
        if not self._ready.done():
            self._ready.set_exception(error)
        for waits in self._waits.values():
            if not waits.done():
                waits.set_exception(error)

    def _settle(self, trial_id: str) -> "asyncio.Future[Trial]":
        """The one who waits for this trial; nobody does where it was cancelled meanwhile."""
        waits = self._waits.get(trial_id)
        return waits if waits is not None and not waits.done() else asyncio.get_running_loop().create_future()

    def _make_error(self) -> StoreError:
        return StoreDown(
            f"a process that conducted trials has ended with {self._process.exitcode}; run it again to go on"
        )


@asynccontextmanager
async def open_children(
    experiment: Experiment, folder: Folder, processes: int, attempts_max: int
) -> AsyncIterator[Sequence[Child]]:
    """So many processes, ready to take trials; at the end of the block they leave what they are doing.

    Raises: SetupError for an experiment that cannot be handed to another process, or not be made there.
    """
    given = _pack(experiment)
    context = get_context("spawn")
    children: list[Child] = []
    try:
        for _ in range(processes):
            ours, theirs = context.Pipe()
            process = context.Process(target=work, args=(theirs, given, str(folder.path), attempts_max), daemon=True)
            with _deaf():
                process.start()
            theirs.close()
            children.append(Child(process, ours))
        await asyncio.gather(*(child.wait_ready() for child in children))
        yield children
    finally:
        await asyncio.gather(*(child.leave() for child in children))


@contextmanager
def _deaf() -> Iterator[None]:
    """Who is born meanwhile takes that over: Ctrl-C or SIGTERM shall not tear a child that is still importing."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    ensure_running()  # multiprocessing's own process: its start would end the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pack(experiment: Experiment) -> bytes:
    """What a child makes the same experiment of: its file's data where it has one, else all of it."""
    if experiment.path:
        return pickle.dumps((experiment.path, experiment.source))
    try:
        return pickle.dumps(experiment)
    except Exception as error:  # pickle raises whatever the parts raise
        raise SetupError(
            f"the experiment cannot be handed to other processes: {error}; wanted parts by name ('react', "
            "'my_tools.py'), functions of a module, and tasks from a file, or processes=0"
        ) from error
