"""Lines that a person types, or that a pipe brings."""

import importlib
import sys
from collections.abc import Iterator

from agent_brain.cli.plain_text import replace_surrogates
from agent_brain.cli.terminal import print_notice

PROMPT = "> "


def read_lines(*, prompts: bool) -> Iterator[str]:
    """The lines of standard input; on a terminal with editing, where Ctrl-C drops the line that is being typed."""
    if not sys.stdin.isatty():
        yield from map(replace_surrogates, sys.stdin)
        return
    _enable_editing()
    while True:
        try:
            yield replace_surrogates(input(PROMPT if prompts else ""))
        except KeyboardInterrupt:
            print()
            print_notice("Ctrl-D or /exit ends the talk")
        except EOFError:
            print()
            return


def _enable_editing() -> None:
    """Importing readline is what gives `input` editing and a history; some builds of Python lack it."""
    try:
        importlib.import_module("readline")
    except ImportError:
        return
