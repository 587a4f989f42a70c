"""The world outside of a run: a file that every process appends lines to, and that no crash takes anything from."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: `what` is begin, effect, ack, ..., `about` an action's id or a run's."""

    what: str
    about: str
    number: int = 0


class Outside:
    """Appends are whole lines, each in one write, so that lines of several processes never mix."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def tell(self, what: str, about: str, number: int = 0) -> None:
        """Add a line, which is there as soon as this returns."""
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, json.dumps([what, about, number]).encode() + b"\n")
        finally:
            os.close(file)

    def read(self, run_id: str = "") -> list[Line]:
        """All lines so far, or those about this run and its actions."""
        text = self.path.read_text() if self.path.exists() else ""
        lines = [Line(*json.loads(line)) for line in text.splitlines()]
        return [line for line in lines if not run_id or line.about.partition(":")[0] == run_id]


def count(lines: Sequence[Line], what: str, about: str) -> int:
    """How often this happened."""
    return sum(line.what == what and line.about == about for line in lines)
