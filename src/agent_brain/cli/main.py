"""The command line: its commands, and the one place where whatever went wrong becomes a line and an exit code."""

import os
import signal
import sys
import traceback
from importlib.metadata import version as get_version
from itertools import pairwise
from typing import Annotated, Any

import typer

from agent_brain.cli.commands import DEBUG, EXAMPLES, NAME, add_commands, find_named
from agent_brain.cli.exit_codes import MEANINGS, ExitCode
from agent_brain.cli.failures import find_hint
from agent_brain.cli.help import show_help
from agent_brain.cli.terminal import ColorChoice, colour_notices, prepare_streams, print_error, silence_output
from agent_brain.core.errors import BrainError, SetupError

COLOR = "--color"
CODES = "\n".join(f"{code.value:>3}  {meaning}" for code, meaning in MEANINGS.items())
EPILOG = "\n".join(["\b", "Examples:", *EXAMPLES]) + f"\n\n\b\nExit codes:\n{CODES}"
"""`\b` keeps the lines of a paragraph as they are."""

UsageError = typer.BadParameter.__mro__[2]
"""The base of what typer raises for a wrong flag; it has no public name of its own."""


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"{NAME} {get_version(NAME)}")
        raise typer.Exit


def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_print_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option(DEBUG, help="Show the traceback of an error; at any place.")] = False,
) -> None:
    """Options of the command line itself."""
    show_help(context)


def make_app(arguments: list[str]) -> typer.Typer:
    """The commands as far as these arguments need them."""
    app = typer.Typer(
        name=NAME,
        help="An agent that you can take apart: watch every state of it think, act and answer.",
        epilog=EPILOG,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(root)
    add_commands(app, find_named(arguments))
    return app


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
        command = typer.main.get_command(make_app(arguments))
        code = command.main([*words, *dashes, *after], prog_name=NAME, standalone_mode=False)
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
