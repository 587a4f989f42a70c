"""`agent-brain runs rm`: remove runs that nothing needs."""

import re
import sys
import time
from typing import Annotated

import typer

from agent_brain.cli.options import StoreFlags, takes
from agent_brain.cli.places import Place
from agent_brain.cli.run_names import cut, find_run
from agent_brain.cli.runs_list import Statuses
from agent_brain.cli.terminal import print_notice
from agent_brain.cli.using_stores import use_store
from agent_brain.core.errors import RunKept, SetupError
from agent_brain.core.store import RunInfo, Store
from agent_brain.engine.retention import ENDED, delete, find_old

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
SHOWN_MAX = 20


@takes(StoreFlags)
def rm(  # noqa: PLR0913  # one parameter for each option
    *,
    runs: Annotated[list[str] | None, typer.Argument(help="Ids, shortened while unique.", metavar="RUN...")] = None,
    older_than: Annotated[
        str | None, typer.Option("--older-than", help="Ended runs that nothing has happened to for so long: 30d, 12h.")
    ] = None,
    statuses: Statuses = None,
    with_forks: Annotated[bool, typer.Option("--with-forks", help="Their forks too.")] = False,
    drop_waits: Annotated[bool, typer.Option("--drop-waits", help="Also what waits for a person.")] = False,
    is_sure: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    flags: StoreFlags,
) -> None:
    """Remove runs: the ones named, or all of an age or status that no fork and no pause needs."""
    has_policy = older_than is not None or bool(statuses)
    if bool(runs) == has_policy:
        given = "both were given" if runs else "nothing was given"
        raise SetupError(f"wanted the ids of runs, or else --older-than or --status; {given}")
    before = time.time() - (0 if older_than is None else read_age(older_than))

    async def find(store: Store, _: Place) -> list[RunInfo]:
        if runs:
            named = [await find_run(store, name) for name in runs]
            return await _add_forks(store, named) if with_forks else named
        old = await find_old(store, before, frozenset(statuses or ENDED))
        for run_id, reason in old.kept.items():
            print_notice(f"{run_id} stays: {reason}")
        return old.free

    async def remove(store: Store, _: Place) -> list[str]:
        return await delete(store, chosen, with_forks=with_forks, is_wait_dropped=drop_waits)

    found = use_store(flags, find)
    chosen = list(dict.fromkeys(info.run_id for info in found))
    if not chosen:
        print_notice("nothing to remove")
        return
    if len(chosen) > 1 and not is_sure:
        _make_sure(found)
    for run_id in use_store(flags, remove):
        print(run_id)


def read_age(text: str) -> float:
    """Seconds from words such as `30d` or `12h`. Raises: SetupError."""
    found = re.fullmatch(r"(\d{1,6})([smhdw])", text.strip().lower())
    if found is None:
        raise SetupError(f"--older-than is {text!r:.60}; wanted a number and a unit ({', '.join(UNITS)}), such as 30d")
    return int(found[1]) * UNITS[found[2]]


async def _add_forks(store: Store, named: list[RunInfo]) -> list[RunInfo]:
    family = {info.run_id: info for info in named}
    todo = list(named)
    while todo:
        for fork in await store.list_children(todo.pop().run_id):
            if fork.run_id not in family:
                family[fork.run_id] = fork
                todo.append(fork)
    return list(family.values())


def _make_sure(found: list[RunInfo]) -> None:
    """Ask before several runs go. Raises: SetupError where nobody can be asked; typer.Abort for no."""
    for info in found[:SHOWN_MAX]:
        print_notice(f"  {info.run_id}  {info.status}  {cut(info.goal)}")
    if len(found) > SHOWN_MAX:
        print_notice(f"  and {len(found) - SHOWN_MAX} more")
    if not sys.stdin.isatty():
        raise SetupError(f"{len(found)} runs would be removed, and nobody is here to be asked; --yes removes them")
    if input(f"Remove these {len(found)} runs? yes or no> ").strip().lower() not in ("y", "yes"):
        raise RunKept("nothing was removed")
