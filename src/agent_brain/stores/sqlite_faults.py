"""What SQLite's errors mean for whoever uses the store."""

import errno
import os
import sqlite3
from pathlib import Path

from agent_brain.core.errors import StoreBroken, StoreDown, StoreError

_PRIMARY = 0xFF
"""Extended codes carry the primary one in their last byte."""

_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM)
"""What the system says where a disk is full or too much is open."""

_DOWN = {
    sqlite3.SQLITE_FULL: "the disk is full, or the file may not grow any more",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_NOMEM: "there is not enough memory",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
}
_BROKEN = {
    sqlite3.SQLITE_NOTADB: "it is no SQLite database",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_READONLY: "it may not be written to",
    sqlite3.SQLITE_PERM: "it may not be used",
    sqlite3.SQLITE_TOOBIG: "a value is larger than SQLite can hold",
}


def is_locked(error: BaseException) -> bool:
    """True where another process is at work and the call may be made again."""
    return _find_code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def translate(error: sqlite3.Error | OSError, path: Path, busy_seconds: float, noun: str = "journal") -> StoreError:
    """The store's error for what SQLite or the system said; the caller raises it from that."""
    where, said = f"the {noun} {path}", str(error)
    if isinstance(error, OSError):
        if error.errno in _PASSING:
            return StoreDown(f"{where} cannot be made for now: {error.strerror}")
        return StoreBroken(f"{where} cannot be made: {error.strerror or said}; wanted a file in a folder of yours")
    if path.is_dir():
        return StoreBroken(f"{where} is a folder; wanted a file, as {path / 'runs.db'}")
    if is_locked(error):
        return StoreDown(f"{where} was locked by another process for {busy_seconds:g} seconds ({said}); try again")
    code = _find_code(error)
    if code == sqlite3.SQLITE_CANTOPEN and path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return StoreBroken(f"{where} cannot be used: it may not be read or written by this user ({said})")
    if code in _DOWN:
        return StoreDown(f"{where} cannot be used for now: {_DOWN[code]} ({said}); what was acknowledged is kept")
    return StoreBroken(f"{where} cannot be used: {_BROKEN.get(code, 'SQLite refuses')} ({said})")


def _find_code(error: BaseException) -> int:
    """The primary code; 0 for errors that the driver itself raises."""
    return getattr(error, "sqlite_errorcode", 0) & _PRIMARY
