"""The rows of an experiment in a file, one a line: appended as trials end, read back after whatever has happened."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import IO, Any

from agent_brain.lab.trial import Outcome, Trial

SYNC_SECONDS = 1.0
"""How long rows may wait until they are safe from a loss of power; their runs are, and give the rows once more."""


class Rows:
    """The file of rows in the hands of who runs the experiment."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lines: IO[bytes] | None = None
        self._synced = 0.0

    def keep(self, is_wanted: Callable[[Trial], bool]) -> None:
        """Leave only the rows that are wanted, each trial's last one: what was torn, or is of other trials, goes."""
        if not self.file.is_file():
            return
        places = {row.trial_id: place for place, row in _read_places(self.file) if is_wanted(row)}
        self._rewrite(sorted(places.values()))

    def sort(self, order: Callable[[Trial], tuple[int, ...] | None]) -> None:
        """Put the rows in this order; those without a place in it go."""
        if not self.file.is_file():
            return
        found = {number: place for place, row in _read_places(self.file) if (number := order(row)) is not None}
        self._rewrite([found[number] for number in sorted(found)])

    def append(self, row: Trial) -> None:
        """Write one row."""
        if self._lines is None:
            self._lines = self.file.open("ab")
        self._lines.write(encode(row))
        self._lines.flush()
        if time.monotonic() - self._synced > SYNC_SECONDS:
            os.fsync(self._lines.fileno())
            self._synced = time.monotonic()

    def __iter__(self) -> Iterator[Trial]:
        """All rows, in the order in which they were written."""
        return read_rows(self.file)

    def close(self) -> None:
        """Make all of it safe."""
        if self._lines is not None:
            os.fsync(self._lines.fileno())
            self._lines.close()
            self._lines = None

    def _rewrite(self, places: list[int]) -> None:
        self.close()
        part = self.file.with_name(f"{self.file.name}.part")
        with self.file.open("rb") as source, part.open("wb") as target:
            for place in places:
                source.seek(place)
                target.write(source.readline())
            target.flush()
            os.fsync(target.fileno())
        os.replace(part, self.file)


def encode(row: Trial) -> bytes:
    """A row as its line; halves of characters, which no file of columns can hold, are replaced."""
    return json.dumps(row.data(), ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n"


def read_rows(file: Path) -> Iterator[Trial]:
    """The rows in a file; a line that a killed process has torn is passed over, and so is a file that is not there."""
    if file.is_file():
        yield from (row for _, row in _read_places(file))


def _read_places(file: Path) -> Iterator[tuple[int, Trial]]:
    """Each row with the place where its line begins."""
    place = 0
    with file.open("rb") as lines:
        for line in lines:
            row = _decode(line)
            if row is not None:
                yield place, row
            place += len(line)


def _decode(line: bytes) -> Trial | None:
    if not line.endswith(b"\n"):
        return None
    try:
        data = json.loads(line)
        return Trial.load(data) if isinstance(data, dict) and _is_sound(data) else None
    except (ValueError, KeyError, TypeError):
        return None


_KINDS_OF: Mapping[Any, Sequence[type]] = {int: (int,), float: (int, float), str: (str,), Outcome: (str,)}
_KINDS = {field.name: _KINDS_OF.get(field.type, (list, dict)) for field in fields(Trial)}
"""What each field of a row is in JSON."""


def _is_sound(data: Mapping[str, Any]) -> bool:
    """False for what no trial writes, and somebody with an editor may: it is as good as torn."""
    return 0.0 <= data["score"] <= 1.0 and all(
        type(data[name]) in kinds for name, kinds in _KINDS.items() if name in data
    )
