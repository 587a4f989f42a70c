"""Drivers of runs in processes of their own, run as a file: race URL PROCESSES RECORDS, or hold URL RUN.

`race` forks so many drivers, which take whatever is ready, write one record and give it back, until every run has so
many records. `hold` claims a run, says so, and writes a record for each line that it is given.
"""

import asyncio
import os
import sys

from agent_brain.core.errors import Fenced, RunBusy
from agent_brain.core.records import SlotPut, Status
from agent_brain.core.store import Position
from agent_brain.stores.postgres import PostgresStore
from agent_brain.stores.postgres_driver import load_driver

LEASE_SECONDS = 0.4
"""Of the driver that is stopped."""


def race(url: str, processes: int, records: int) -> int:
    """How many of the drivers failed."""
    load_driver()  # once for all
    children = [pid or _exit_after(url, records) for pid in (os.fork() for _ in range(processes))]
    return sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0 for pid in children)


def _exit_after(url: str, records: int) -> int:
    try:
        asyncio.run(drive_all(url, records))
    except BaseException as error:  # a child that went on would be a second parent
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        os._exit(1)
    os._exit(0)


async def drive_all(url: str, records: int) -> None:
    """Take runs and write to them until none is open."""
    store = PostgresStore(url)
    while open_runs := await store.list_runs(statuses=[Status.READY, Status.RUNNING]):
        for info in open_runs:
            await drive_once(store, info.run_id, records)
    await store.aclose()


async def drive_once(store: PostgresStore, run_id: str, records: int) -> None:
    """Write one record, where nobody else has the run."""
    try:
        lease, info = await store.claim(run_id, f"process {os.getpid()}", [Status.READY])
    except RunBusy:
        return
    is_last = info.head + 1 == records
    position = Position("end", Status.ANSWERED) if is_last else Position("reasoning", Status.READY)
    await store.append(lease, info.head, [SlotPut("note", f"{info.head}")], position)


async def hold(url: str, run_id: str) -> None:
    """Claim the run and write to it when told."""
    store = PostgresStore(url, lease_seconds=LEASE_SECONDS)
    lease, info = await store.claim(run_id, "holder", [Status.READY])
    print("claimed", flush=True)
    head = info.head
    for _ in sys.stdin:
        try:
            await store.append(lease, head, [SlotPut("note", "held")])
            head += 1
            print("written", flush=True)
        except Fenced:
            print("fenced", flush=True)
    await store.aclose()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["race", url, processes, records]:
            sys.exit(race(url, int(processes), int(records)))
        case ["hold", url, run_id]:
            asyncio.run(hold(url, run_id))
