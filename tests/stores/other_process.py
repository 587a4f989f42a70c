"""What tests of the SQLite store have another process do: `python other_process.py WHAT FILE`."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_brain.core.errors import StoreError
from agent_brain.stores.named_sql import load_migrations, load_sql
from agent_brain.stores.sqlite import SqliteStore
from stores.journals import begin, notes, read_texts

NOBODY = 65534
FULL_BYTES = 2_000_000


@contextmanager
def start(what: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """The process, its output to be read line by line; it is killed in the end."""
    command = [sys.executable, __file__, what, str(path)]
    tests = str(Path(__file__).parents[1])
    environ = {**os.environ, "PYTHONPATH": tests}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        _, errors = process.communicate()
        raise AssertionError(f"the other process said nothing more: {errors}")
    return line


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def tell(text: object) -> None:
    print(text, flush=True)


def lock(path: str) -> None:
    """Hold the lock of who writes."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    tell("locked")
    sys.stdin.readline()
    connection.execute("ROLLBACK")
    connection.close()
    tell("free")


def lock_all(path: str) -> None:
    """Keep everyone else out, readers too."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    tell("locked")
    sys.stdin.readline()
    connection.close()


async def fill(path: str) -> None:
    """Write until the file may not grow any more, then let it grow again."""
    store = SqliteStore(path)
    lease = await begin(store, "run", "0")
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_BYTES, resource.RLIM_INFINITY))
    head = 1
    for _ in range(10_000):
        try:
            await store.append(lease, head, notes(f"{head}" + " " * 1000))
        except StoreError as error:
            tell(f"{type(error).__name__}: {error}")
            break
        head += 1
    tell(head)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await store.append(lease, head, notes("after"))
    texts = await read_texts(store)
    tell([text.strip() for text in texts] == [*map(str, range(head)), "after"])
    await store.aclose()


async def unprivileged(path: str) -> None:
    """Try to write as somebody who may not."""
    load_sql("sqlite"), load_migrations("sqlite")  # files that nobody else may read, perhaps
    store = SqliteStore(path)
    if os.geteuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    try:
        await begin(store, "another")
        tell("written")
    except StoreError as error:
        tell(f"{type(error).__name__}: {error}")
    await store.aclose()


async def write(path: str) -> None:
    """Write for ever and say how many records are acknowledged."""
    store = SqliteStore(path)
    lease = await begin(store, f"run{os.getpid()}", "0")
    tell(lease.run_id)
    for head in range(1, 1_000_000):
        await store.append(lease, head, notes(f"{head}"), is_barrier=head % 7 == 0)
        tell(head + 1)


async def race(path: str) -> None:
    """At the same moment as others: make the file and a run in it."""
    store = SqliteStore(path, busy_seconds=60)
    tell("ready")
    sys.stdin.readline()
    lease = await begin(store, f"run{os.getpid()}", "0")
    for head in range(1, 20):
        await store.append(lease, head, notes(f"{head}"))
    await store.aclose()
    tell(lease.run_id)


if __name__ == "__main__":
    what, file = sys.argv[1:]
    if what in ("lock", "lock_all"):
        {"lock": lock, "lock_all": lock_all}[what](file)
    else:
        asyncio.run({"fill": fill, "unprivileged": unprivileged, "write": write, "race": race}[what](file))
