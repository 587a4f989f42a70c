"""The cases that measure the journal, each of them on all the places that there are."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path

from benchmarks.journal_added import measure_added, measure_many
from benchmarks.journal_disk import measure_disk
from benchmarks.journal_flat import measure_flat
from benchmarks.journal_line import Line
from benchmarks.journal_places import POSTGRES, Place, open_places
from benchmarks.journal_reading import measure_reading
from benchmarks.journal_replay import measure_replay
from benchmarks.journal_size import JournalSize

Case = Callable[[Sequence[Place], JournalSize, Path], Awaitable[list[Line]]]

JOURNAL_CASES: Mapping[str, Case] = {
    "flat": lambda places, size, _: measure_flat(places, size),
    "added": measure_added,
    "thousand": lambda places, size, _: measure_many(places, size),
    "resume": lambda places, size, _: measure_reading(places, size),
    "replay": lambda places, size, _: measure_replay(places, size),
}


def measure_journal(names: Collection[str], size: JournalSize, folder: Path | None) -> list[Line]:
    """The lines of these cases, the disk's own first; `folder`: on the disk to be measured, None: the temporary one."""
    return asyncio.run(_measure(names, size, folder)) if names else []


async def _measure(names: Collection[str], size: JournalSize, folder: Path | None) -> list[Line]:
    with (
        tempfile.TemporaryDirectory(prefix="agent-brain-bench-", dir=folder) as made,
        open_places(Path(made)) as places,
    ):
        lines = measure_disk(Path(made))
        for name in names:
            lines += await JOURNAL_CASES[name](places, size, Path(made))
    if not any(place.name == POSTGRES for place in places):
        lines.append(Line("Postgres: not measured, its extra or a server's package is not installed", "", 0.0))
    return lines
