"""Files of earlier versions: the oldest that is kept is read, written to, and brought to the present version.

`python tests/stores/test_sqlite_versions.py` made it. It is made once for each version and never again.
"""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent_brain.core.items import Action, ItemKind, Observation
from agent_brain.core.pauses import PauseKind
from agent_brain.core.records import ActionFinished, ActionStarted, ItemAdded, Paused, Record, SlotPut, Status
from agent_brain.core.store import NewRun, Parent, Position
from agent_brain.stores.named_sql import load_migrations, load_sql
from agent_brain.stores.sqlite import SqliteStore
from agent_brain.stores.sqlite_file import SqliteFile
from stores.journals import DONE, IDLE, notes, read_all, read_texts, tell

KEPT = Path(__file__).parents[1] / "data" / "stores" / "sqlite_v1.db"
GOAL = "What is 2 + 3? \0 \ud800 🙂"
RECORDS: list[Record] = [
    ItemAdded(ItemKind.THOUGHT, "I shall add.", "reasoning"),
    ActionStarted("root:1", Action(name="add", args={"a": 2, "b": [3, None]}), "acting"),
    ActionFinished("root:1", Observation("5")),
    Paused("root:p1", PauseKind.QUESTION, "Sure?", "asking"),
]


async def make_kept(path: Path) -> None:
    """A run that waits with mail and a snapshot, its fork that has ended, and one that was compacted."""
    store = SqliteStore(path, clock=lambda: 1_763_000_000.5)
    lease = await store.create(NewRun("root", "react", "f00d", GOAL, None, {"cell": [1, "é"]}), RECORDS[:1], IDLE, "")
    lease, _ = await store.claim("root", "ann", [Status.READY])
    await store.append(lease, 1, RECORDS[1:], Position("asking", Status.WAITING, 1_763_000_060.0), is_barrier=True)
    await store.put_snapshot("root", 2, b"env of two")
    await store.create(NewRun("fork", "react", "f00d", GOAL, Parent("root", 3)), notes("x", "y"), DONE, "")
    await store.create(NewRun("short", "react", "f00d", GOAL), notes("gone"), DONE, "")
    await store.put_snapshot("short", 1, b"env of one")
    await store.compact("short")
    await store.post("root", {"root:p1": {"approve": True}})
    await store.aclose()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return Path(shutil.copy(KEPT, tmp_path / "runs.db"))


async def test_the_oldest_kept_file_is_read(path: Path) -> None:
    store = SqliteStore(path)
    root, fork, short = [await store.get(run_id) for run_id in ("root", "fork", "short")]
    assert (root.goal, root.labels, root.status, root.state) == (GOAL, {"cell": [1, "é"]}, Status.READY, "asking")
    assert (root.head, root.epoch, root.wake_at, root.created_at) == (4, 1, 1_763_000_060.0, 1_763_000_000.5)
    assert (fork.parent, fork.head, fork.status) == (Parent("root", 3), 5, Status.ANSWERED)
    assert (short.base, short.head) == (1, 1)
    assert [record for commit in await read_all(store, "root") for record in commit.records] == RECORDS
    assert await read_texts(store, "fork") == [*map(tell, RECORDS[:3]), "x", "y"]
    assert await store.read_mail("root") == {"root:p1": {"approve": True}}
    assert await store.read_snapshot("fork") == (2, b"env of two")
    assert await store.read_snapshot("short") == (1, b"env of one")
    await store.aclose()


async def test_the_oldest_kept_file_is_written_to(path: Path) -> None:
    store = SqliteStore(path)
    assert [info.run_id for info in await store.list_due()] == ["root"]
    lease, info = await store.claim("root", "bob", [Status.READY])
    await store.append(lease, info.head, [SlotPut("note", "more")], DONE)
    await store.aclose()
    again = SqliteStore(path)
    assert await read_texts(again, "root", after=4) == ["more"]
    assert (await again.get("root")).status is Status.ANSWERED
    await again.aclose()


async def test_what_is_made_now_is_what_was_kept(tmp_path: Path, path: Path) -> None:
    """Fails where the first migration is changed instead of adding one, as long as there is only one."""
    await make_kept(tmp_path / "new.db")
    schemas = []
    for file in (tmp_path / "new.db", path):
        store = SqliteStore(file)
        await store.find("")
        await store.aclose()
        with closing(sqlite3.connect(file)) as connection:
            schemas.append(connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall())
    assert schemas[0] == schemas[1]


def test_a_migration_is_whole_or_not_at_all(path: Path) -> None:
    first, second = load_migrations("sqlite")[0], "ALTER TABLE run ADD COLUMN mood TEXT;\n"
    with pytest.raises(sqlite3.OperationalError, match="no such table: gone"):
        SqliteFile(path, 1, [first, second + "-- then:\nINSERT INTO gone VALUES (1);\n"]).open()
    with closing(sqlite3.connect(path)) as connection:
        assert "mood" not in [row[1] for row in connection.execute("PRAGMA table_info(run)")]
    with closing(SqliteFile(path, 1, [first, second]).open()) as connection:
        assert connection.execute("SELECT run_id, mood FROM run WHERE head = 4").fetchall() == [("root", None)]
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_statements_have_names_and_migrations_numbers() -> None:
    assert {"append", "get"} & load_sql("sqlite").keys()
    assert all(text and not text.endswith(";") for text in load_sql("sqlite").values())
    assert load_migrations("sqlite")[0].startswith("--")


if __name__ == "__main__":
    assert not KEPT.exists(), f"{KEPT} is kept as it is"
    asyncio.run(make_kept(KEPT))
