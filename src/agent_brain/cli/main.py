"""The command line: its commands, and the one place where whatever went wrong becomes a line and an exit code."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import version as get_version
from itertools import pairwise
from typing import Annotated, Any

import typer

from agent_brain.cli.ask import ask
from agent_brain.cli.chat import chat
from agent_brain.cli.diff import diff
from agent_brain.cli.drive import drive
from agent_brain.cli.exit_codes import MEANINGS, ExitCode
from agent_brain.cli.failures import find_hint
from agent_brain.cli.fork import fork
from agent_brain.cli.help import show_help
from agent_brain.cli.lab import lab
from agent_brain.cli.mcp import mcp
from agent_brain.cli.memory import memories
from agent_brain.cli.models import models
from agent_brain.cli.nets import nets
from agent_brain.cli.replay import replay
from agent_brain.cli.reply import approve, reject, reply
from agent_brain.cli.resume import resume
from agent_brain.cli.runs import runs
from agent_brain.cli.terminal import ColorChoice, colour_notices, prepare_streams, print_error, silence_output
from agent_brain.cli.tools import tools
from agent_brain.core.errors import BrainError, SetupError

NAME = "agent-brain"
DEBUG, COLOR = "--debug", "--color"
CODES = "\n".join(f"{code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())
EXAMPLES = (
    f'{NAME} ask "What weekday is 100 days after 1 May 2025?"',
    f"{NAME} ask --base-url http://127.0.0.1:8080/v1 --model NAME --tools my_tools.py -q < question.txt",
    f"{NAME} net show react",
)
EPILOG = "\n".join(["\b", "Examples:", *EXAMPLES]) + f"\n\n\b\nExit codes:\n{CODES}"
"""`\b` keeps the lines of a paragraph as they are."""

UsageError = typer.BadParameter.__mro__[2]
"""The base of what typer raises for a wrong flag; it has no public name of its own."""

app = typer.Typer(
    name=NAME,
    help="An agent that you can take apart: watch every state of it think, act and answer.",
    epilog=EPILOG,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add(command: Callable[..., None], *examples: str) -> None:
    """A command under its function's name, with examples of what may follow that."""
    lines = [f"{NAME} {command.__name__} {example}" for example in examples]
    app.command(epilog="\n".join(["\b", "Examples:" if len(lines) > 1 else "Example:", *lines]) if lines else None)(
        command
    )


_add(ask, *(example.removeprefix(f"{NAME} ask ") for example in EXAMPLES[:2]), '--submit "What is 2 + 3?"')
_add(chat)
_add(resume, "last")
_add(reply, 'last "the second one"', "3f9a q2 5")
_add(approve, "last", "3f9a q1 --args '{\"amount\": 5}'")
_add(reject, '3f9a q1 --reason "too much"')
_add(fork, "last", "3f9a --at 12 --resume --model NAME")
_add(diff, "3f9a 77c1")
_add(replay, "last", "3f9a 77c1 --net my_nets.py:careful")
_add(drive, "--runs-max 4", "--once --store postgresql://HOST/DATABASE")
_add(mcp, "--tools my_tools.py", "--port 9000")
app.add_typer(runs, name="runs")
app.add_typer(nets, name="net")
app.add_typer(memories, name="memory")
app.add_typer(tools, name="tools")
app.add_typer(models, name="models")
app.add_typer(lab, name="lab")


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"{NAME} {get_version(NAME)}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_print_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error; at any place.")] = False,
) -> None:
    """Options of the command line itself."""
    show_help(context)


def main() -> None:
    """Run the command line on the process's arguments, and exit."""
    prepare_streams()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what ends a container leaves its run as Ctrl-C does
    code = run(sys.argv[1:])
    silence_output()
    if code == ExitCode.CANCELLED:
        os._exit(code)  # all is closed, and taking an interpreter with many modules apart takes a second
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Carry out one command line and give its exit code; nothing but the exit code is raised or returned."""
    before, dashes, after = _split_at_dashes(arguments)
    debug = DEBUG in before
    words = [word for word in before if word != DEBUG]
    colour_notices(_find_color(words))
    try:
        code = typer.main.get_command(app).main([*words, *dashes, *after], prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt, SystemExit) as error:  # the top of the command line: nothing may pass it
        if debug:
            traceback.print_exception(error)
        return _report(error)
    return code if isinstance(code, int) else ExitCode.ANSWERED


def _report(error: BaseException) -> int:  # noqa: PLR0911  # one flat case for each kind
    """One line for whatever went wrong, and its exit code."""
    match error:
        case _ if isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError):
            return ExitCode.PIPE_CLOSED
        case KeyboardInterrupt() | typer.Abort():
            return ExitCode.CANCELLED
        case SystemExit(code=code):
            return code if isinstance(code, int) else ExitCode.FAILED
        case _ if isinstance(error, UsageError):
            _report_usage(error)
            return ExitCode.SETUP
        case SetupError():
            print_error(str(error))
            return ExitCode.SETUP
        case BrainError():
            print_error(str(error), find_hint(error))
            return ExitCode.FAILED
        case OSError():
            print_error(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}")
            return ExitCode.FAILED
        case _:
            words = f"this is a bug in {NAME}: {type(error).__name__}: {error}"
            print_error(words, f"run it again with {DEBUG} to see where, and report it with what that prints")
            return ExitCode.BUG


def _report_usage(error: Any) -> None:
    path = error.ctx.command_path if getattr(error, "ctx", None) else NAME
    message = error.format_message()
    aside = "; what begins with - and is no option comes after --" if message.startswith("No such option") else ""
    print_error(message, f"{path} --help says what there is{aside}")


def _find_color(words: list[str]) -> ColorChoice:
    """What `--color` says, of whichever command: what is wrong with the others is told in it too."""
    is_never = f"{COLOR}={ColorChoice.NEVER}" in words or (COLOR, ColorChoice.NEVER) in pairwise(words)
    return ColorChoice.NEVER if is_never else ColorChoice.AUTO


def _split_at_dashes(arguments: list[str]) -> tuple[list[str], list[str], list[str]]:
    """The arguments before `--`, the `--` itself, and those behind it."""
    place = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:place], arguments[place : place + 1], arguments[place + 1 :]
