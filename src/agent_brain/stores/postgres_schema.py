"""The tables of the Postgres store: made, brought up to date, or refused where they are newer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent_brain.core.errors import SetupError, StoreBroken
from agent_brain.stores.named_sql import load_migrations, load_sql
from agent_brain.stores.postgres_driver import Connection, load_driver

_NOW = "extract(epoch FROM clock_timestamp())::float8"


@dataclass(frozen=True, slots=True)
class Dialect:
    """The store's SQL, with the name of its schema filled in."""

    schema: str
    statements: Mapping[str, str]
    migrations: Sequence[str]


def load_dialect(schema: str) -> Dialect:
    """All of it, for one schema, whose name needs no quotes."""

    def fill(text: str) -> str:
        return text.replace("{schema}", schema).replace("{now}", _NOW)

    statements = {name: fill(text) for name, text in load_sql("postgres").items()}
    return Dialect(schema, statements, [fill(text) for text in load_migrations("postgres")])


async def prepare(connection: Connection, dialect: Dialect) -> None:
    """Have the tables as this version wants them; any number of processes may start at once.

    Raises: StoreBroken for a newer schema; SetupError for a database that cannot hold any text; what the driver raises.
    """
    newest, sql = len(dialect.migrations), dialect.statements
    if await _read_version(connection, dialect) == newest:
        return
    async with connection.transaction():
        await connection.fetchval(sql["lock_schema"], dialect.schema)
        encoding = await connection.fetchval(sql["read_encoding"])
        if encoding != "UTF8":
            raise SetupError(f"the database keeps text as {encoding}; wanted one made with ENCODING 'UTF8'")
        await connection.execute(sql["create_version"])
        found = await connection.fetchval(sql["read_version"]) or 0
        if found > newest:
            raise StoreBroken(
                f"the schema {dialect.schema!r} is of version {found}; this agent-brain knows versions up to {newest}"
            )
        for number in range(found, newest):
            await connection.execute(dialect.migrations[number])
            await connection.execute(sql["write_version"], number + 1)


async def _read_version(connection: Connection, dialect: Dialect) -> int:
    """Without any right to create, which a worker need not have; 0 where nothing is there."""
    try:
        return await connection.fetchval(dialect.statements["read_version"]) or 0
    except load_driver().UndefinedTableError:
        return 0
