"""`agent-brain resume`: a run goes on from its last step."""

from typing import Annotated

import typer

from agent_brain.cli.ask import choose_view, tell_stopped
from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.labels import refuse_unknown
from agent_brain.cli.options import BrainFlags, EventsAsJson, Quiet, RunName, takes
from agent_brain.cli.taking_up import TakenUp, take_on, take_up
from agent_brain.cli.terminal import print_notice
from agent_brain.cli.views import View
from agent_brain.cli.watching import is_person_there, report, watch_to_end
from agent_brain.core.records import Status

AllowNetChange = Annotated[
    bool, typer.Option("--allow-net-change", help="Go on although the net is another one than it was asked with.")
]


@takes(BrainFlags)
def resume(
    *,
    run: RunName,
    quiet: Quiet = False,
    as_json: EventsAsJson = False,
    allow_net_change: AllowNetChange = False,
    flags: BrainFlags,
) -> None:
    """Take a run on from its last step: one that was stopped or killed, that failed, or that waits."""
    view = choose_view(flags, quiet=quiet, as_json=as_json)
    taken = take_up(run, flags, is_quiet=quiet)
    asks = not (quiet or as_json) and is_person_there()
    raise typer.Exit(go_on(taken, view, asks=asks, is_net_change_allowed=allow_net_change))


def go_on(taken: TakenUp, view: View, *, asks: bool = False, is_net_change_allowed: bool = False) -> ExitCode:
    """Drive a run to its end, or to where it waits for somebody who is not here."""
    brain, run_id = taken.brain, taken.info.run_id
    if taken.info.status in (Status.ANSWERED, Status.LIMITED):
        print_notice(f"run {run_id} has its answer; to read it: {taken.place.write_command('runs', 'show', run_id)}")
    else:
        refuse_unknown(taken.info, taken.settings)
    try:
        ended = watch_to_end(
            brain,
            lambda: take_on(brain, run_id, is_net_change_allowed=is_net_change_allowed),
            view,
            asks=asks,
        )
    except KeyboardInterrupt:
        tell_stopped(run_id, taken.place)
        raise
    return report(ended, taken.place)
