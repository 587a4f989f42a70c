"""One append to a run in Postgres: a statement of one round trip, and what tells a repetition from a rival."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent_brain.core.errors import Fenced
from agent_brain.core.record_json import RECORDS_VERSION, encode_records
from agent_brain.core.records import Record, Status
from agent_brain.core.store import Lease, Position
from agent_brain.stores import rules
from agent_brain.stores.columns import decode_text, encode_text, find_replied
from agent_brain.stores.postgres_driver import Connection
from agent_brain.stores.postgres_reading import get_row
from agent_brain.stores.postgres_rows import Row


@dataclass(frozen=True, slots=True)
class Append:
    """What `Store.append` was given."""

    lease: Lease
    head: int
    records: Sequence[Record]
    position: Position | None
    lease_seconds: float
    is_barrier: bool

    @property
    def key(self) -> str:
        """The run's id as its column has it."""
        return encode_text(self.lease.run_id)

    def say(self) -> tuple[object, ...]:
        """As columns: run, owner, epoch, head, number of records, the records, state, status and wake-up time."""
        text = encode_records(self.records)
        owner = encode_text(self.lease.owner)
        return (
            self.key, owner, self.lease.epoch, self.head, len(self.records), text, *say_position(self.position),
        )  # fmt: skip

    async def write(self, connection: Connection, sql: Mapping[str, str]) -> None:
        """Do it, or see that it was done. Raises: Fenced; RunUnknown; what the driver raises."""
        values = (*self.say(), RECORDS_VERSION, self.lease_seconds, self.is_barrier)
        if find_replied(self.records):
            is_written = await self._write_replies(connection, sql, values)
        else:
            is_written = await connection.fetchrow(sql["append"], *values) is not None
        if not is_written:
            await self._check_written(connection, sql)

    async def _write_replies(self, connection: Connection, sql: Mapping[str, str], values: tuple[object, ...]) -> bool:
        """The row is locked first: the mail that counts as read, and the status that comes of it, are one change."""
        async with connection.transaction():
            rows = await connection.fetch(sql["lock"], [values[0]])
            if not rows or (rows[0]["owner"], rows[0]["epoch"], rows[0]["head"]) != values[1:4]:
                return False
            await mark_read(connection, sql, self.lease.run_id, self.records)
            await connection.execute(sql["append"], *values)
        return True

    async def _check_written(self, connection: Connection, sql: Mapping[str, str]) -> None:
        """Let a repetition pass, which extends the lease as the first call did."""
        row = await get_row(connection, sql, self.lease.run_id)
        commit = await connection.fetchrow(sql["read_commit"], self.key, self.head + 1)
        if not self._stands_there(row) or (self.records and not self._is_in(commit)):
            raise Fenced(self.lease.run_id)
        if row["owner"]:
            await connection.execute(sql["extend"], self.key, self.lease.epoch, self.lease_seconds)

    def _stands_there(self, row: Row) -> bool:
        return (
            row["epoch"] == self.lease.epoch
            and row["head"] == self.head + len(self.records)
            and decode_text(row["owner"]) in ("", self.lease.owner)
            and rules.is_at(self.position, Status(row["status"]), decode_text(row["state"]))
        )

    def _is_in(self, commit: Row | None) -> bool:
        if commit is None or commit["epoch"] != self.lease.epoch:
            return False
        return bool(commit["records"] == encode_records(self.records))


async def mark_read(connection: Connection, sql: Mapping[str, str], run_id: str, records: Sequence[Record]) -> None:
    """Count mail for pauses that these records reply to as read, also what comes later; the run's row is locked."""
    replied = [encode_text(pause_id) for pause_id in find_replied(records)]
    if replied:
        await connection.execute(sql["mark_read"], encode_text(run_id), replied)
        await connection.execute(sql["count_unread"], encode_text(run_id))


def say_position(position: Position | None) -> tuple[str | None, str | None, float | None]:
    """State, status and wake-up time as columns."""
    if position is None:
        return None, None, None
    return encode_text(position.state), position.status, position.wake_at
