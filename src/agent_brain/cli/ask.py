"""`agent-brain ask`: one question, one run."""

import asyncio
import sys
from typing import Annotated

import typer

from agent_brain.brain import Brain
from agent_brain.cli.brains import make_brain, tell_about
from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.json_lines import JsonLines
from agent_brain.cli.labels import make_labels
from agent_brain.cli.options import BrainFlags, EventsAsJson, NoJournal, Quiet, takes
from agent_brain.cli.places import Place, find_lasting_place
from agent_brain.cli.questions import read_question
from agent_brain.cli.terminal import open_console, print_notice
from agent_brain.cli.views import AnswerView, LiveView, NamedView, View
from agent_brain.cli.watching import is_person_there, report, watch_to_end
from agent_brain.core.errors import SetupError, StoreError
from agent_brain.wiring.settings import Settings

Question = Annotated[
    list[str] | None, typer.Argument(help="What to ask; `-` or nothing: standard input.", metavar="QUESTION")
]
File = Annotated[str | None, typer.Option("--file", help="Read the question from a file.", metavar="FILE")]
Submit = Annotated[bool, typer.Option("--submit", help="Write the run down for a worker (`drive`), and print its id.")]


@takes(BrainFlags)
def ask(  # noqa: PLR0913  # one parameter for each option
    *,
    question: Question = None,
    file: File = None,
    quiet: Quiet = False,
    as_json: EventsAsJson = False,
    submit: Submit = False,
    no_journal: NoJournal = False,
    flags: BrainFlags,
) -> None:
    """Ask one question and watch it being answered, state by state."""
    settings = flags.read()
    place = find_lasting_place(settings, is_unwanted=no_journal)
    if submit and place is None:
        raise SetupError("--submit was given, and the run is kept nowhere; wanted a place where a worker finds it")
    view = choose_view(flags, quiet=quiet, as_json=as_json)
    text = read_question(question, file)
    brain = make_brain(settings, None if place is None else place.open())
    tell_about(settings, brain, is_verbose=flags.verbose, is_quiet=quiet)
    if submit:
        print(asyncio.run(_submit(brain, text, settings)))
        return
    is_live = not (quiet or as_json)
    named = NamedView(view, tell_name if is_live and place is not None else None)
    raise typer.Exit(_ask(brain, text, settings, named, place, asks=is_live and is_person_there()))


def choose_view(flags: BrainFlags, *, quiet: bool, as_json: bool) -> View:
    """The view that these flags want. Raises: SetupError for two at once."""
    if quiet and as_json:
        raise SetupError("--quiet and --json were given; wanted one of them")
    if as_json:
        return JsonLines(sys.stdout)
    return AnswerView(sys.stdout) if quiet else LiveView(open_console(sys.stdout, flags.color))


def tell_name(run_id: str) -> None:
    """Say how the run is called in further commands."""
    print_notice(f"run {run_id}")


def tell_stopped(run_id: str, place: Place) -> None:
    """Say how a run goes on that Ctrl-C has stopped."""
    print_notice(f"\nstopped; to go on: {place.write_command('resume', run_id)}")


async def _submit(brain: Brain, question: str, settings: Settings) -> str:
    try:
        return await brain.submit(question, labels=make_labels(settings))
    finally:
        await brain.aclose()


def _ask(
    brain: Brain, question: str, settings: Settings, named: NamedView, place: Place | None, *, asks: bool
) -> ExitCode:
    labels = make_labels(settings)
    try:
        return report(watch_to_end(brain, lambda: brain.stream(question, labels=labels), named, asks=asks), place)
    except KeyboardInterrupt:
        if place is not None and named.run_id:
            tell_stopped(named.run_id, place)
        raise
    except StoreError as error:
        if place is None or not place.is_default or named.run_id:
            raise
        print_notice(f"this run is not kept: {error}")
    return _ask(make_brain(settings), question, settings, NamedView(named.view), None, asks=asks)
