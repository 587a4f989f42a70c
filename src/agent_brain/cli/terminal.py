"""The terminal: standard streams that cannot break, and consoles that style only what a person looks at."""

import io
import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from enum import StrEnum
from typing import TextIO

from rich.console import Console
from rich.text import Text

from agent_brain.cli.plain_text import clean

WIDTH_MIN = 20
WIDTH_OF_PIPES = 1_000


class ColorChoice(StrEnum):
    """When output is coloured."""

    AUTO = "auto"
    """On a terminal, unless NO_COLOR is set or TERM says that it cannot."""
    ALWAYS = "always"
    NEVER = "never"


class _Console(Console):
    """A console that leaves a closed pipe to the top of the command line."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        raise BrokenPipeError


def is_styled(stream: TextIO, choice: ColorChoice, environ: Mapping[str, str]) -> bool:
    """True where this stream gets colours."""
    if choice is not ColorChoice.AUTO:
        return choice is ColorChoice.ALWAYS
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") not in ("dumb", "unknown")


def open_console(stream: TextIO, choice: ColorChoice = ColorChoice.AUTO) -> Console:
    """A console on this stream; where it is not styled, not one escape sequence is written."""
    styled = is_styled(stream, choice, os.environ)
    console = _Console(
        file=stream,
        force_terminal=styled,
        color_system="standard" if styled else None,
        no_color=False,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    if not stream.isatty() and "COLUMNS" not in os.environ:
        console.width = WIDTH_OF_PIPES
    console.width = max(console.width, WIDTH_MIN)
    return console


_notices: ContextVar[ColorChoice] = ContextVar("notices", default=ColorChoice.AUTO)


def colour_notices(choice: ColorChoice) -> None:
    """When notices and errors are coloured from here on: where the output never is, they are not either."""
    _notices.set(ColorChoice.NEVER if choice is ColorChoice.NEVER else ColorChoice.AUTO)


def print_notice(text: str) -> None:
    """One dim line for the person, beside the output."""
    open_console(sys.stderr, _notices.get()).print(Text(clean(text), style="dim"), soft_wrap=True)


def print_error(text: str, hint: str = "") -> None:
    """What went wrong in one line, and how to mend it in another."""
    console = open_console(sys.stderr, _notices.get())
    line = " ".join(clean(text).split())
    console.print(Text.assemble(("error: ", "bold red"), line), soft_wrap=True)
    if hint:
        console.print(Text(f"hint: {clean(hint)}", style="dim"), soft_wrap=True)


def prepare_streams() -> None:
    """Make the standard streams take any text; one that was closed swallows what is written and reads as empty."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            # The lowest free descriptor is the closed one's own, so no socket can land on it later.
            descriptor = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115  # open to the end
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def silence_output() -> None:
    """Point stdout at nothing, so that the interpreter's last flush of a closed pipe fails no more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _redirect(stream, nowhere)


def _redirect(stream: TextIO, descriptor: int) -> None:
    try:
        os.dup2(descriptor, stream.fileno())
    except (OSError, ValueError):
        return
