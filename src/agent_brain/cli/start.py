"""The command line's way in: while its parts are loaded, Ctrl-C ends the process without a word, as there is nothing to
close yet."""

import gc
import os
import signal
import sys

from agent_brain.cli.exit_codes import ExitCode


def main() -> None:
    """Load the command line and run it on the process's arguments."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # whoever ignores it, a job in the background, goes on doing so
        signal.signal(signal.SIGINT, lambda *_: os._exit(ExitCode.CANCELLED))
    gc.disable()  # what is loaded stays: looking through it again and again takes a tenth of the time
    from agent_brain.cli import main as command_line  # here, because it takes a moment

    command_line.make_app(sys.argv[1:])
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGINT, before)
    command_line.main()
