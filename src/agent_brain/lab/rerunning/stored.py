"""The stored trials of an arm: those that a row tells of, with the steps of their runs."""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

from agent_brain.core.errors import RunExists, RunKept, RunUnknown, SetupError, UnknownName
from agent_brain.core.store import Commit, Store
from agent_brain.lab.digests import name_turn
from agent_brain.lab.folder import Folder
from agent_brain.lab.rerunning.visits import Visit, list_visits
from agent_brain.lab.rows import read_rows
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Trial
from agent_brain.stores.sqlite import SqliteStore


@dataclass(frozen=True, slots=True)
class Stored:
    """One of them."""

    task: Task
    row: Trial
    run_id: str
    """Of its last turn."""

    @property
    def name(self) -> str:
        """What it is called as a task of its own."""
        return f"{self.task.task_id}#{self.row.repeat}"


def list_stored(folder: Folder, schedule: Schedule, arm: str, tasks: Collection[str] = ()) -> list[Stored]:
    """The arm's trials of these tasks, or of all, in the schedule's order.

    Raises: UnknownName for a task or an arm; SetupError where there is none, or what is there was made of other parts.
    """
    schedule.experiment.find_arm(arm)
    for name in tasks:
        if name not in schedule.places:
            raise UnknownName("task", name, schedule.places)
    rows = [row for row in read_rows(folder.rows) if row.arm == arm and (not tasks or row.task in tasks)]
    known = {order: row for row in rows if (order := schedule.find_order(row)) is not None}
    if rows and not known:
        raise SetupError(
            f"the trials of {arm!r} in {folder.path} were made of other parts, or asked other things, than the "
            "experiment says; wanted the parts that they had, so that nothing but the change is changed"
        )
    if not known:
        raise SetupError(f"no trial of {arm!r} in {folder.path} has ended; `agent-brain lab run` does them")
    found = [(schedule.find(row.task, arm, row.repeat).task, known[order]) for order, row in sorted(known.items())]
    return [Stored(task, row, _name_last_run(task, row)) for task, row in found]


def _name_last_run(task: Task, row: Trial) -> str:
    """Of the last turn: a trial that went on with a stored one has no other."""
    return row.trial_id if task.origin is not None else name_turn(row.trial_id, len(task.turns) - 1)


async def read_visits(store: Store, stored: Stored) -> list[Visit] | str:
    """The steps of its run, or why nobody can go on from one of them. Raises: StoreError."""
    if not stored.row.is_counted:
        return "something outside has broken it"
    if stored.task.user is not None:
        return "a model plays its user, who would have to go on from there too"
    try:
        return list_visits(await _read(store, stored.run_id))
    except RunUnknown:
        return "its run is not in the journal"
    except RunKept:
        return "its run was compacted"


async def bring(source: Store, target: Store, run_id: str) -> None:
    """Write a stored run into another journal, as it is, unless it is there. Raises: StoreError."""
    try:
        await target.get(run_id)
        return
    except RunUnknown:
        pass
    info = await source.get(run_id)
    commits = [replace(commit, run_id=run_id) for commit in await _read(source, run_id)]
    try:
        await target.restore(replace(info, parent=None, owner="", lease_until=None), commits, None)
    except RunExists:  # another process was faster
        return


@asynccontextmanager
async def opened(folder: Folder) -> AsyncGenerator[SqliteStore, None]:
    """The journal of an experiment. Raises: SetupError where there is none."""
    if not folder.journal.is_file():
        raise SetupError(f"{folder.journal} is not there: without their journal no trial can be gone on with")
    store = folder.open_store()
    try:
        yield store
    finally:
        await store.aclose()


async def _read(store: Store, run_id: str) -> list[Commit]:
    async with aclosing(store.read(run_id)) as commits:
        return [commit async for commit in commits]
