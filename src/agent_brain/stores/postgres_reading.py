"""Reading runs back from Postgres: a run's row, its line of parents, its commits page by page, its snapshots."""

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from agent_brain.core.errors import RunUnknown
from agent_brain.core.store import Commit
from agent_brain.stores import rules
from agent_brain.stores.columns import encode_text
from agent_brain.stores.postgres_driver import Connection
from agent_brain.stores.postgres_rows import Row, cut, read_commit

PAGE_RECORDS = 512


@dataclass(frozen=True, slots=True)
class Part:
    """What is read of one run: its records behind `low`, up to `high`; `key` is its id as the column has it."""

    key: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Line:
    """A run and those that it goes back to, oldest first."""

    run_id: str
    head: int
    base: int
    parts: Sequence[Part]


class Fetch(Protocol):
    """Has a statement carried out, by its name."""

    def __call__(self, statement: str, *values: object) -> Awaitable[list[Row]]:
        """The rows of it."""


async def get_row(connection: Connection, sql: Mapping[str, str], run_id: str) -> Row:
    """A run's row. Raises: RunUnknown."""
    row: Row | None = await connection.fetchrow(sql["get"], encode_text(run_id))
    if row is None:
        raise RunUnknown(run_id)
    return row


async def read_line(connection: Connection, sql: Mapping[str, str], run_id: str) -> Line:
    """Where a run's records stand, however many parents they are spread over. Raises: RunUnknown."""
    rows = await connection.fetch(sql["read_line"], encode_text(run_id))
    if not rows:
        raise RunUnknown(run_id)
    parts = [Part(row["run_id"], row["low"], row["high"]) for row in rows]
    return Line(run_id, rows[-1]["high"], rows[-1]["base"], parts)


async def read_commits(fetch: Fetch, line: Line, after: int, until: int | None) -> AsyncGenerator[Commit, None]:
    """The commits that hold these records.

    Raises: RunKept where records are gone; RunUnknown where the run goes away meanwhile.
    """
    last = line.head if until is None else min(until, line.head)
    if after < last and after < line.base:
        raise rules.gone(line.run_id, line.base, after + 1)
    wanted = after + 1
    while wanted <= last:
        parts = _choose_parts(line.parts, wanted, last)
        keys, highs = [part.key for part in parts], [part.high for part in parts]
        rows = await fetch("read", keys, highs, PAGE_RECORDS, wanted)
        if not rows or rows[0]["first"] > wanted:  # removed or compacted since the last page
            raise RunUnknown(line.run_id)
        ends = dict(zip(keys, highs, strict=True))
        for row in rows:
            commit = cut(read_commit(row), wanted, ends[row["run_id"]])
            wanted = commit.last + 1
            yield commit


async def find_snapshot(
    connection: Connection, sql: Mapping[str, str], run_id: str, until: int | None = None
) -> Row | None:
    """The newest snapshot up to there, of the run or of those it goes back to. Raises: RunUnknown."""
    line = await read_line(connection, sql, run_id)
    last = line.head if until is None else until
    highs = [min(part.high, last) for part in line.parts]
    row: Row | None = await connection.fetchrow(sql["read_snapshot"], [part.key for part in line.parts], highs)
    return row


def _choose_parts(parts: Sequence[Part], wanted: int, last: int) -> list[Part]:
    """Those that hold records from `wanted` on: one, or as many as make a page together."""
    chosen: list[Part] = []
    for part in parts:
        high = min(part.high, last)
        if high < wanted or high <= part.low:
            continue
        if chosen and high - wanted + 1 > PAGE_RECORDS:
            break
        chosen.append(replace(part, high=high))
    return chosen
