"""`agent-brain ask`: one question, one run."""

import asyncio
import sys
from typing import Annotated

import typer

from agent_brain.cli.brains import make_brain, tell_about
from agent_brain.cli.json_lines import JsonLines
from agent_brain.cli.options import BrainFlags, takes
from agent_brain.cli.questions import read_question
from agent_brain.cli.runs import report, watch_and_close
from agent_brain.cli.terminal import open_console
from agent_brain.cli.views import AnswerView, LiveView, View
from agent_brain.core.errors import SetupError

Question = Annotated[
    list[str] | None, typer.Argument(help="What to ask; `-` or nothing: standard input.", metavar="QUESTION")
]
File = Annotated[str | None, typer.Option("--file", help="Read the question from a file.", metavar="FILE")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="The answer alone.")]
AsJson = Annotated[bool, typer.Option("--json", help="Every event as a JSON object in a line of its own.")]


@takes(BrainFlags)
def ask(
    *, question: Question = None, file: File = None, quiet: Quiet = False, as_json: AsJson = False, flags: BrainFlags
) -> None:
    """Ask one question and watch it being answered, state by state."""
    if quiet and as_json:
        raise SetupError("--quiet and --json were given; wanted one of them")
    settings = flags.read()
    text = read_question(question, file)
    brain = make_brain(settings)
    tell_about(settings, brain, is_verbose=flags.verbose, is_quiet=quiet)
    ended = asyncio.run(watch_and_close(brain, text, _choose_view(flags, quiet=quiet, as_json=as_json)))
    raise typer.Exit(report(ended))


def _choose_view(flags: BrainFlags, *, quiet: bool, as_json: bool) -> View:
    if as_json:
        return JsonLines(sys.stdout)
    return AnswerView(sys.stdout) if quiet else LiveView(open_console(sys.stdout, flags.color))
