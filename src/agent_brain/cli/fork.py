"""`agent-brain fork`: another future for a run."""

import asyncio
from dataclasses import replace
from typing import Annotated

import typer

from agent_brain.cli.ask import choose_view, tell_name
from agent_brain.cli.labels import SETTINGS_LABEL, make_own_labels
from agent_brain.cli.options import BrainFlags, EventsAsJson, Quiet, RunName, takes
from agent_brain.cli.resume import AllowNetChange, go_on
from agent_brain.cli.taking_up import TakenUp, take_up
from agent_brain.core.store import RunInfo

At = Annotated[
    int | None,
    typer.Option("--at", help="After this many records; `runs show` tells them.", min=1, metavar="RECORD"),
]


@takes(BrainFlags)
def fork(  # noqa: PLR0913  # one parameter for each option
    *,
    run: RunName,
    at: At = None,
    goes_on: Annotated[bool, typer.Option("--resume", help="Go on with the fork at once.")] = False,
    allow_net_change: AllowNetChange = False,
    quiet: Quiet = False,
    as_json: EventsAsJson = False,
    flags: BrainFlags,
) -> None:
    """Make another run that begins with a run's records, and print its id; nothing is copied."""
    view = choose_view(flags, quiet=quiet, as_json=as_json)
    taken = take_up(run, flags, is_quiet=quiet or not goes_on)
    forked = replace(taken, info=asyncio.run(_fork(taken, at)))
    if not goes_on:
        print(forked.info.run_id)
        return
    if not (quiet or as_json):
        tell_name(forked.info.run_id)
    raise typer.Exit(go_on(forked, view, is_net_change_allowed=allow_net_change))


async def _fork(taken: TakenUp, at: int | None) -> RunInfo:
    """The fork's row; it is labelled with the settings that flags may have changed."""
    is_labelled = SETTINGS_LABEL in taken.info.labels
    labels = make_own_labels(taken.info.labels, taken.settings) if is_labelled else None
    try:
        return await taken.brain.store.get(await taken.brain.fork(taken.info.run_id, at, labels=labels))
    finally:
        await taken.brain.aclose()
