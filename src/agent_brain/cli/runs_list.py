"""`agent-brain runs list`: which runs there are."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer
from rich.table import Table

from agent_brain.cli.json_lines import write_json
from agent_brain.cli.options import AsJson, StoreFlags, takes
from agent_brain.cli.places import Place
from agent_brain.cli.plain_text import clean
from agent_brain.cli.run_names import cut
from agent_brain.cli.terminal import open_console, print_notice
from agent_brain.cli.using_stores import use_store
from agent_brain.core.errors import SetupError
from agent_brain.core.records import Status
from agent_brain.core.store import RunInfo, Store

LIMIT = 20
TABLE_WIDTH_MIN = 100
"""A narrower terminal wraps the lines, which is easier to read than columns of two letters."""
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))

Statuses = Annotated[
    list[Status] | None, typer.Option("--status", help="Only runs of this status; repeatable.", show_choices=True)
]
Labels = Annotated[
    list[str] | None,
    typer.Option("--label", help="Only runs with this label, such as arm=react; repeatable.", metavar="NAME=VALUE"),
]
LOOKED_AT = 100_000
"""Among so many runs, the last changed ones, those with the labels are found."""


@takes(StoreFlags)
def list_(
    *,
    statuses: Statuses = None,
    labels: Labels = None,
    limit: Annotated[int, typer.Option("--limit", help="How many at most.", min=1)] = LIMIT,
    as_json: AsJson = False,
    flags: StoreFlags,
) -> None:
    """List runs, the one that something happened to last first."""

    wanted = read_labels(labels or ())

    async def read(store: Store, place: Place) -> tuple[list[RunInfo], Place]:
        most = LOOKED_AT if wanted else limit + 1
        listed = await store.list_runs(statuses=statuses or (), limit=most)
        return [info for info in listed if has_labels(info, wanted)][: limit + 1], place

    found, place = use_store(flags, read)
    if as_json:
        write_json(sys.stdout, found[:limit])
        return
    if not found:
        which = f" that is {' or '.join(statuses)}" if statuses else ""
        print_notice(f"no run{which} in {place.shown}")
        return
    console = open_console(sys.stdout, flags.color)
    console.width = max(console.width, TABLE_WIDTH_MIN)
    console.print(_make_table(found[:limit]))
    if len(found) > limit:
        print_notice(f"these are the last {limit}; --limit shows more")


def read_labels(texts: Sequence[str]) -> dict[str, str]:
    """Labels given as `NAME=VALUE`. Raises: SetupError."""
    for text in texts:
        if "=" not in text:
            raise SetupError(f"label {text!r:.60} has no value; wanted NAME=VALUE such as arm=react")
    return dict(text.split("=", 1) for text in texts)


def has_labels(info: RunInfo, wanted: Mapping[str, str]) -> bool:
    """True for a run that has all of these."""
    return all(str(info.labels.get(name)) == value for name, value in wanted.items())


def describe_age(seconds: float) -> str:
    """A time that has passed, in its largest unit: `3 min`."""
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= size), UNITS[-1])
    return f"{max(0, seconds) // size:.0f} {unit}"


def is_silent(info: RunInfo) -> bool:
    """True for a run that somebody drives who has given no sign of life for as long as a lease lasts."""
    return info.status is Status.RUNNING and info.lease_until is not None and info.lease_until < time.time()


def _make_table(found: list[RunInfo]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("id", "status", "age", "state", "records", "net"):
        table.add_column(title, no_wrap=True, justify="right" if title in ("age", "records") else "left")
    table.add_column("goal", no_wrap=True, overflow="ellipsis")
    now = time.time()
    for info in found:
        age = describe_age(now - info.updated_at)
        status = f"{info.status} (silent)" if is_silent(info) else info.status
        cells = (info.run_id, status, age, info.state, f"{info.head:,}", info.net, cut(info.goal))
        table.add_row(*map(clean, cells), style="bold" if info.status is Status.WAITING else "")
    return table
