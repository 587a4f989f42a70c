"""How much of the journal is measured."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class JournalSize:
    """Counts of everything."""

    repeats: int
    lengths: tuple[int, ...]
    """Of the runs whose cost per step is compared, in steps."""
    flat_steps: int
    """Steps of one length, at least, in as many runs as it takes."""
    steps: int
    """Of a run that goes on alone."""
    runs_at_once: int
    steps_at_once: int
    """Of each of them."""
    many: int
    """Runs in one process."""
    many_steps: int
    long: int
    """Steps of the run that is read back and forked."""
    replays: int
    """Stored runs that are replayed."""


JOURNAL_SIZES: Mapping[str, JournalSize] = {
    "full": JournalSize(3, (10, 100, 1000, 10_000), 1000, 200, 100, 20, 1000, 12, 10_000, 1000),
    "quick": JournalSize(3, (10, 100, 1000), 500, 50, 100, 5, 1000, 4, 2000, 200),
    "tiny": JournalSize(1, (4, 20), 20, 4, 5, 3, 10, 3, 40, 5),
}
"""By the names of `size.py`."""
