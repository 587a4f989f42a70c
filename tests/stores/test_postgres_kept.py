"""Tables that the first version of the Postgres store has made are read and written by this one."""

from pathlib import Path

from agent_brain.core.items import Observation
from agent_brain.core.records import ActionFinished, Replied, SlotPut, Status
from agent_brain.core.store import Parent
from agent_brain.stores.named_sql import load_migrations
from agent_brain.stores.postgres import PostgresStore
from counterparts.postgres_server import PostgresServer, get_schema
from stores.journals import DONE, notes, read_all, read_texts

KEPT = Path(__file__).parents[1] / "data/stores/postgres_v1.sql"
"""Written by pg_dump. A run with an odd goal, an action with odd arguments, mail and a snapshot; and its fork."""


async def test_the_oldest_kept_tables_are_opened_and_brought_up_to_date(
    postgres_server: PostgresServer, postgres_url: str
) -> None:
    schema = get_schema(postgres_url)
    postgres_server.run_sql(KEPT.read_text(encoding="utf-8").replace("kept_1", schema))
    store = PostgresStore(postgres_url)
    run, fork = await store.get("run"), await store.get("fork")
    assert (run.goal, run.status, run.head, run.labels) == ("What is 2 + 3?\0", Status.READY, 5, {"cell": 3})
    assert (fork.status, fork.parent, fork.head) == (Status.ANSWERED, Parent("run", 4), 5)
    assert (await read_all(store))[-1].records == (ActionFinished("run:1", Observation("5")), Replied("p1", "yes"))
    assert (await read_all(store, "fork"))[-1].records == (SlotPut("note", "X"),)
    assert await store.read_mail("run") == {"p2": None}
    assert await store.read_snapshot("fork") == (3, b"\x00env")
    lease, _ = await store.claim("run", "bob", [Status.READY])
    await store.append(lease, 5, notes("c"), DONE)
    assert (await read_texts(store, after=5), lease.epoch) == (["c"], 2)
    version = postgres_server.run_sql(f"SELECT max(number) FROM {schema}.version")
    assert int(version) == len(load_migrations("postgres"))
    await store.aclose()
