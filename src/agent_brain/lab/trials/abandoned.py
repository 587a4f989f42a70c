"""Runs that a killed process has left behind: whoever holds the experiment's lock frees them, and waits for none."""

import time

from agent_brain.core.records import Status
from agent_brain.core.store import Position
from agent_brain.lab.folder import Folder
from agent_brain.stores.sqlite import SqliteStore

RUNS_AT_ONCE = 1_000
OWNER = "the experiment's next process"


async def free_abandoned(folder: Folder) -> int:
    """Give back the leases that nobody can hold any more; how many there were.

    The lock tells what a lease's time alone would tell later: so for this store the time is over. A child process
    that outlives its killed parent for a moment is fenced, as by any driver that takes over.
    Raises: StoreError.
    """
    if not folder.journal.is_file():
        return 0
    seconds = folder.open_store().lease_seconds
    store = SqliteStore(folder.journal, lease_seconds=seconds, clock=lambda: time.time() + seconds)
    freed = 0
    try:
        while True:
            due = [info for info in await store.list_due(RUNS_AT_ONCE) if info.status is Status.RUNNING]
            if not due:
                return freed
            for info in due:
                lease, _ = await store.claim(info.run_id, OWNER, ())
                await store.append(lease, info.head, (), Position(info.state, Status.STOPPED, info.wake_at))
                freed += 1
    finally:
        await store.aclose()
