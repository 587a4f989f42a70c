"""Where a Postgres store is: a URL, taken apart into what the driver is given and what may be shown."""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from agent_brain.core.errors import SetupError

SCHEMA = "agent_brain"
CONNECTIONS_MAX = 4
"""Few: a server has a hundred for all its clients, and an append holds one for a fraction of a millisecond."""
STATEMENTS_CACHED = 100
OPTIONS = ("schema", "connections_max", "statement_cache_size")
"""What a URL's query may say to the store; the rest of the query is the driver's."""

_SCHEMES = ("postgresql", "postgres")
_SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,47}")


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """A server, a database and a schema in it."""

    url: str = field(repr=False)
    """With the password, for the driver alone."""
    place: str
    """For messages: no user, no password."""
    schema: str = SCHEMA
    connections_max: int = CONNECTIONS_MAX
    """For each event loop; one more listens once somebody waits."""
    statement_cache_size: int = STATEMENTS_CACHED
    """0 behind a PgBouncer that pools transactions."""


def read_address(url: str) -> PostgresAddress:
    """The address in a URL such as `postgresql://user@host/database?schema=agents&statement_cache_size=0`.

    Raises: SetupError, which never shows the password.
    """
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname or 'the local socket'}:{parts.port or 5432}/{parts.path.lstrip('/')}"
    except ValueError:
        raise SetupError("the Postgres URL has no readable host and port; wanted postgresql://HOST:PORT/DB") from None
    if parts.scheme not in _SCHEMES:
        raise SetupError(f"the store's URL begins with {parts.scheme!r}; wanted postgresql://USER@HOST:PORT/DATABASE")
    query = parse_qsl(parts.query, keep_blank_values=True)
    own = {name: value for name, value in query if name in OPTIONS}
    rest = urlencode([(name, value) for name, value in query if name not in OPTIONS])
    return PostgresAddress(
        urlunsplit(parts._replace(query=rest)) if own else url,
        place,
        check_schema(own.get("schema", SCHEMA)),
        _read_count("connections_max", own.get("connections_max"), CONNECTIONS_MAX, least=1),
        _read_count("statement_cache_size", own.get("statement_cache_size"), STATEMENTS_CACHED, least=0),
    )


def check_schema(name: str) -> str:
    """A schema name that needs no quotes. Raises: SetupError."""
    if not _SCHEMA_NAME.fullmatch(name):
        raise SetupError(f"the schema is called {name!r:.60}; wanted up to 48 small letters, digits and _")
    return name


def _read_count(name: str, value: str | None, default: int, least: int) -> int:
    if value is None:
        return default
    if not value.isdecimal() or int(value) < least:
        raise SetupError(f"{name} is {value!r:.60}; wanted a whole number of at least {least}")
    return int(value)
