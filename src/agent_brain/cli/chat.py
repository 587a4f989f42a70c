"""`agent-brain chat`: questions in one conversation."""

import sys

import typer

from agent_brain.cli.brains import make_brain, tell_about
from agent_brain.cli.conversation import Conversation
from agent_brain.cli.labels import make_labels
from agent_brain.cli.lines import read_lines
from agent_brain.cli.options import BrainFlags, NoJournal, takes
from agent_brain.cli.places import find_lasting_place
from agent_brain.cli.terminal import open_console, print_notice


@takes(BrainFlags)
def chat(*, no_journal: NoJournal = False, flags: BrainFlags) -> None:
    """Talk: each question goes on from the ones before. Ctrl-C stops an answer, Ctrl-D ends the talk.

    Piped input is read line by line, one question a line.
    """
    settings = flags.read()
    place = find_lasting_place(settings, is_unwanted=no_journal)
    brain = make_brain(settings, None if place is None else place.open())
    tell_about(settings, brain, is_verbose=flags.verbose)
    is_on_terminal = sys.stdin.isatty()
    if is_on_terminal:
        print_notice("/help lists the commands; Ctrl-C stops an answer, Ctrl-D ends")
    with Conversation(
        brain,
        open_console(sys.stdout, flags.color),
        stops_alone=is_on_terminal,
        labels=make_labels(settings),
        place=place,
        spare=(lambda: make_brain(settings)) if place is not None and place.is_default else None,
    ) as conversation:
        for line in read_lines(prompts=is_on_terminal and sys.stdout.isatty()):
            if not conversation.take(line):
                break
    raise typer.Exit(conversation.code)
