"""What the driver raises, as the errors of the house; none of them shows a password."""

import socket
import ssl

from agent_brain.core.errors import BrainError, SetupError, StoreBroken, StoreDown, StoreError
from agent_brain.stores.postgres_address import PostgresAddress

# By the code that Postgres gives each error (SQLSTATE), or the beginning of it: its class.
_DOWN = (
    "08",  # the connection
    "40",  # two transactions in each other's way: the same call works a moment later
    "53",  # disk, memory or connections are used up
    "57P",  # shut down, crashed, starting
    "58",  # the operating system
    "57014",  # cut by the server's own time limit
    "55P03",  # a lock was not to be had in time
    "25006",  # read-only: a standby, as long as nobody has made it the primary
)
_SETUP = ("28", "3D000", "42501")
"""Password, database, rights."""
_BROKEN = ("XX", "42P01", "42703", "3F000")
"""Damaged data; tables or columns that are not there."""
_TEXT = "22021"
_STATEMENT_GONE = ("26000", "42P05")


def read_fault(error: Exception, address: PostgresAddress, *, is_first: bool) -> BrainError:
    """The error of the house: StoreDown for what passes, so that the call may be made again.

    `is_first`: the server was never reached, so a name that nobody knows is taken for misspelt.
    """
    where = f"Postgres at {address.place}"
    code = getattr(error, "sqlstate", None) or ""
    said = str(error).strip() or "no answer in time"
    if code:
        return _read_code(code, f"{where}: {said}")
    if isinstance(error, socket.gaierror) and is_first:
        return SetupError(f"{where}: no such host ({said})")
    if isinstance(error, ConnectionError) and is_first and "SSL" in said:
        return SetupError(f"{where}: {said}; sslmode in the URL says whether it is used")
    if isinstance(error, ssl.SSLCertVerificationError):
        return SetupError(f"{where}: its certificate is not trusted ({said})")
    if isinstance(error, OSError | TimeoutError):
        return StoreDown(f"{where}: {said}")
    if isinstance(error, ValueError):  # the driver's word for a URL or a value that it cannot use; may quote it
        return SetupError(f"{where}: the driver refuses the URL or a value ({type(error).__name__})")
    return StoreDown(f"{where}: {said}")


def _read_code(code: str, words: str) -> BrainError:
    if code in _STATEMENT_GONE:
        return SetupError(f"{words}; behind a pooler of transactions the URL needs ?statement_cache_size=0")
    if code == _TEXT:
        return SetupError(f"{words}; wanted text that the database can keep")
    for beginnings, kind in ((_DOWN, StoreDown), (_SETUP, SetupError), (_BROKEN, StoreBroken)):
        if code.startswith(beginnings):
            return kind(words)
    return StoreError(words)
