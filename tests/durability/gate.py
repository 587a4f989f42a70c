"""A gate that many processes wait at, so that they all go on at the same moment."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def shut_gate(path: Path) -> Iterator[None]:
    """Keep the gate shut meanwhile."""
    with open(path, "w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def pass_gate(path: str) -> None:
    """Wait until the gate is open."""
    with open(path) as gate:
        fcntl.flock(gate, fcntl.LOCK_SH)
