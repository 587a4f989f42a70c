"""Runs, records and readings that the tests of stores share."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing

from agent_brain.core.record_json import encode_records
from agent_brain.core.records import Record, SlotPut, Status
from agent_brain.core.store import Commit, Lease, NewRun, Parent, Position, Store

MakeStore = Callable[[], Awaitable[Store]]
"""Another handle on the same data, as a second process would have; the same object where no other can see the data."""

AT_WORK = Position("reasoning", Status.RUNNING)
DONE = Position("end", Status.ANSWERED)
IDLE = Position("reasoning", Status.READY)
WAITING = Position("asking", Status.WAITING)

ODD_TEXTS = {
    "empty": "",
    "NUL": "a\0b",
    "half a character": "a\ud800b \udfff",
    "beyond the basic plane": "🙂 𝔘𝔫𝔦",
    "escapes": "\\u0000 \\ud800 \\\\ %_ ' \" $1 :a ?",
    "controls": "\x01\x1f\x7f\x85\u2028\u2029\ufeff\r\n\t",
    "combining": "e\u0301 \u200d\u202e",
}


def notes(*texts: str) -> list[Record]:
    """One record for each text."""
    return [SlotPut("note", text) for text in texts]


def new_run(run_id: str = "run", parent: Parent | None = None) -> NewRun:
    return NewRun(run_id, "react", "f00d", "What is 2 + 3?", parent)


async def begin(
    store: Store, run_id: str = "run", *texts: str, parent: Parent | None = None, position: Position = AT_WORK
) -> Lease:
    """A run of the worker `ann` with one commit of these texts, `a` and `b` where none are given."""
    return await store.create(new_run(run_id, parent), notes(*(texts or ("a", "b"))), position, "ann")


async def read_all(store: Store, run_id: str = "run", after: int = 0, until: int | None = None) -> list[Commit]:
    async with aclosing(store.read(run_id, after, until)) as commits:
        return [commit async for commit in commits]


async def read_texts(store: Store, run_id: str = "run", after: int = 0, until: int | None = None) -> list[str]:
    """The texts of all records, after a look at their numbers."""
    commits = await read_all(store, run_id, after, until)
    assert [commit.first for commit in commits[1:]] == [commit.last + 1 for commit in commits[:-1]]
    assert not commits or commits[0].first == after + 1
    return [tell(record) for commit in commits for record in commit.records]


def tell(record: Record) -> str:
    return record.text or "" if isinstance(record, SlotPut) else encode_records([record])


def flat(commits: Sequence[Commit]) -> list[tuple[str, int, int, str]]:
    """Commits as plain values, equal where they say the same (NaN too)."""
    return [(commit.run_id, commit.first, commit.epoch, encode_records(commit.records)) for commit in commits]
