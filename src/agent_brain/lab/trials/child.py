"""What a child process of an experiment does: conduct the trials that it is told, until it is told to stop."""

import asyncio
import pickle
import signal
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from typing import Any

from agent_brain.core.errors import BrainError, StoreError
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.experiment_file import make_experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.schedule import Schedule, Slot
from agent_brain.lab.trial import Trial
from agent_brain.lab.trials.conducting import Conductor
from agent_brain.tools.attempt import describe

READY, DONE, BROKEN, STOP = "ready", "done", "broken", "stop"
STOPPING = (signal.SIGINT, signal.SIGTERM)
"""What a terminal, or whoever ends a group of processes, sends to the children too."""


def work(line: Connection, given: bytes, folder: str, attempts_max: int) -> None:
    """The whole life of the process; it ends with its parent too, whose end of the line is closed then."""
    for each in STOPPING:  # the parent, which hears them too, tells what to do
        signal.signal(each, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):  # until now it was held back
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    try:
        asyncio.run(_work(line, given, Folder(folder), attempts_max))
    except (EOFError, OSError):
        return


async def _work(line: Connection, given: bytes, folder: Folder, attempts_max: int) -> None:
    try:
        experiment = _unpack(given)
        arms = make_arms(experiment)
    except BrainError as error:
        line.send((BROKEN, "", str(error)))
        return
    schedule, store = Schedule(experiment, arms), folder.open_store()
    conductor = Conductor(arms, store, schedule.splits, attempts_max)
    try:
        line.send((READY,))
        await _take_all(line, schedule, conductor.conduct)
    finally:
        for brains in arms.values():
            await brains.aclose()
        await store.aclose()


def _unpack(given: bytes) -> Experiment:
    found: Any = pickle.loads(given)
    if isinstance(found, Experiment):
        return found
    path, source = found
    return make_experiment(source, path)


async def _take_all(line: Connection, schedule: Schedule, conduct: Callable[[Slot], Awaitable[Trial]]) -> None:
    """Conduct what comes, any number at once; what is under way at the end is left, to be gone on with."""
    tasks: set[asyncio.Task[None]] = set()
    try:
        while (told := await asyncio.to_thread(line.recv)) != STOP:
            task = asyncio.create_task(_tell(line, schedule.find(*told), conduct))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def _tell(line: Connection, slot: Slot, conduct: Callable[[Slot], Awaitable[Trial]]) -> None:
    try:
        row = await conduct(slot)
    except StoreError as error:
        line.send((BROKEN, slot.trial_id, str(error)))
    except Exception as error:  # whoever waits for the row would wait for ever
        line.send((BROKEN, slot.trial_id, f"trial {slot.trial_id} was torn by a bug: {describe(error)}"))
    else:
        line.send((DONE, slot.trial_id, row.data()))
