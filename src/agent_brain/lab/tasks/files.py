"""Files of tasks: opened, packed or not, with errors that say what is the matter with them."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.lab.tasks.rows import read_object

FILE_BYTES_MAX = 1 << 30
LINE_BYTES_MAX = 1 << 28
"""A packed file may be small, and what is in it endless."""


def read_text(path: str | Path) -> str:
    """All of a file, also of one packed with gzip. Raises: SetupError."""
    with _open(path) as file:
        data = file.read(FILE_BYTES_MAX + 1)
    if len(data) > FILE_BYTES_MAX:
        raise SetupError(f"{path} holds more than {FILE_BYTES_MAX >> 20} MB; wanted a smaller file")
    return _decode(data, f"{path}").removeprefix("\ufeff")


def read_rows(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a file of JSON lines, each with the words that say where it stands; a line at a time.

    Raises: SetupError.
    """
    number = 0
    with _open(path) as file:
        while data := file.readline(LINE_BYTES_MAX + 1):
            number += 1
            where = f"{path}, line {number}"
            if len(data) > LINE_BYTES_MAX:
                raise SetupError(f"{where} is longer than {LINE_BYTES_MAX >> 20} MB; wanted one task a line")
            line = _decode(data, where)
            line = line.removeprefix("\ufeff") if number == 1 else line
            if line.strip():
                yield where, read_object(line, where)


@contextmanager
def _open(path: str | Path) -> Iterator[BufferedIOBase]:
    """A file's bytes, unpacked. Raises: SetupError where they cannot be read."""
    place = Path(path).expanduser()
    try:
        with gzip.open(place, "rb") if place.suffix == ".gz" else place.open("rb") as file:
            yield file
    except FileNotFoundError:
        raise SetupError(f"{place}: there is no such file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise SetupError(f"{place} cannot be read: {error}") from None


def _decode(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SetupError(f"{where}: wanted text in UTF-8; {error}") from None
