"""`agent-brain lab run`: an experiment done, or gone on with."""

import asyncio
import os
import shlex
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.lab_progress import ProgressView, make_view, print_summary
from agent_brain.cli.options import AsJson, Color
from agent_brain.cli.terminal import ColorChoice, open_console, print_notice
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.changes import count_judged_again, describe_changed, describe_judged_again, find_changed
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.experiment_file import read_experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.progress import Ending, Progress
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.tasks.questions import MARK
from agent_brain.lab.trial import Outcome
from agent_brain.wiring.models import OFFLINE, choose_models

File = Annotated[
    str, typer.Argument(help="The experiment's TOML file, or the folder that it was run in.", metavar="FILE|FOLDER")
]
FolderName = Annotated[
    str | None,
    typer.Option("--folder", help="Where it is kept; otherwise beside its file, with its name.", metavar="FOLDER"),
]
Pilot = Annotated[int | None, typer.Option("--pilot", help="Only the first so many tasks.", min=1)]
CODES = {Ending.BUDGET: ExitCode.LIMITED, Ending.STOPPED: ExitCode.CANCELLED, Ending.BROKEN: ExitCode.FAILED}


def run(  # noqa: PLR0913  # one for each flag
    file: File,
    *,
    folder: FolderName = None,
    processes: Annotated[
        int, typer.Option("--processes", help="So many processes share the work; 0: this one does it.", min=0)
    ] = 0,
    pilot: Pilot = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again", help="Try trials once more that a bug has ended; what a model or its server refused stays."
        ),
    ] = False,
    as_json: AsJson = False,
    color: Color = ColorChoice.AUTO,
) -> None:
    """Do all trials of an experiment that have not been done; whatever stopped it, it goes on from there.

    Nothing is paid twice. Ctrl-C and `lab stop` stop it cleanly.
    """
    experiment = read_experiment(file)
    place = find_folder(file, folder)
    tell_refused(experiment)
    tell_unnamed_models(experiment)
    tell_solutions(experiment)
    tell_changed(experiment, place)
    view = make_view(color, as_json=as_json)
    try:
        progress = asyncio.run(_run(experiment, place, processes, pilot, view, again=again))
    except KeyboardInterrupt:
        view.close()
        _tell_how_to_go_on(name_it(file, folder))
        raise typer.Exit(ExitCode.CANCELLED) from None
    finally:
        view.close()
    if not as_json:
        print_summary(open_console(sys.stdout, color), progress)
    _tell_rest(progress, file, folder, place)
    raise typer.Exit(find_code(progress))


def find_code(progress: Progress) -> ExitCode:
    """How a command ends whose experiment has ended so."""
    return ExitCode.ANSWERED if progress.ending is None else CODES.get(progress.ending, ExitCode.ANSWERED)


def find_folder(file: str, folder: str | None) -> Folder:
    """The folder that was named, or the file's own."""
    named = folder or (file if Path(file).is_dir() else "")
    return Folder(named) if named else Folder.of_file(Path(file))


def name_it(file: str, folder: str | None) -> str:
    """The arguments that mean this experiment in this folder, for a command that somebody is to give."""
    return shlex.join([file, *(["--folder", folder] if folder else [])])


def tell_refused(experiment: Experiment) -> None:
    """Say which arms were left out, and why."""
    for name, why in experiment.refused.items():
        print_notice(f"left out, because it cannot be run: {name}: {why}")


def tell_unnamed_models(experiment: Experiment) -> None:
    """Say which arms name no model, and what answers in its place."""
    names = [arm.name for arm in experiment.arms if not arm.parts.get("model")]
    if names:
        models = ", ".join(choose_models(os.environ))
        which = "every arm" if len(names) == len(experiment.arms) else ", ".join(names)
        is_offline = ": the embedded stand-in, a set of rules and no language model" if models == OFFLINE else ""
        print_notice(f"no model is named for {which}; what the environment configures is asked, {models}{is_offline}")


def tell_solutions(experiment: Experiment) -> None:
    """Say where right answers look like worked solutions: no answer of a model is ever one of them."""
    marked = sum(MARK in str(task.answer) for task in experiment.tasks)
    if marked > len(experiment.tasks) / 2:
        print_notice(
            f"{marked} of {len(experiment.tasks)} right answers hold {MARK}, as worked solutions do; "
            'format = "questions" in [tasks] takes what stands behind it'
        )


def tell_changed(experiment: Experiment, place: Folder) -> None:
    """Say what was changed after trials were run: before anything is paid for new ones."""
    arms = make_arms(experiment)
    changed, judged = find_changed(place, arms), count_judged_again(place, Schedule(experiment, arms))
    if changed:
        print_notice(describe_changed(place, changed))
    if judged:
        print_notice(describe_judged_again(judged))


async def _run(
    experiment: Experiment, place: Folder, processes: int, pilot: int | None, view: ProgressView, *, again: bool
) -> Progress:
    from agent_brain.lab.running import run_experiment  # on first use: it needs an extra

    stop_on_signal(place)
    return await run_experiment(experiment, place.path, processes=processes, pilot=pilot, watch=view.show, again=again)


def stop_on_signal(place: Folder) -> None:
    """Have SIGTERM stop the experiment in this folder as `lab stop` does."""
    with suppress(NotImplementedError):  # Windows has no such handlers: there Ctrl-C alone cancels
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: (place.path / "stop").touch())


def _tell_rest(progress: Progress, file: str, folder: str | None, place: Folder) -> None:
    """Say what is left to do, and with which command."""
    outside = sum(arm.outcomes.get(Outcome.INFRASTRUCTURE, 0) for arm in progress.arms)
    if outside:
        print_notice(f"{outside} trials were left out, because something outside broke; run it again to try them again")
    match progress.ending:
        case Ending.STOPPED:
            _tell_how_to_go_on(name_it(file, folder))
        case Ending.PILOT:
            it = name_it(file, folder)
            print_notice(f"agent-brain lab plan {it} says what the whole costs and shows; lab run {it} does the rest")
        case Ending.BROKEN:
            print_notice(f"{progress.note}; mend that, and run it again: what is done stays done")
        case Ending.BUDGET:
            print_notice(f"{progress.note}; a larger one in its file lets it go on")
        case _:
            print_notice(f"rows: {place.rows}; agent-brain lab report {folder or file} tells what they show")


def _tell_how_to_go_on(file: str) -> None:
    print_notice(f"\nstopped; to go on, where nothing is done or paid twice: agent-brain lab run {file}")
