"""Asking the person at the terminal what a run waits for."""

from collections.abc import Sequence
from typing import Any

from agent_brain.cli.pauses import VERDICTS, describe_form, describe_question, read_reply
from agent_brain.cli.plain_text import clean, replace_surrogates
from agent_brain.cli.sketches import sketch
from agent_brain.cli.terminal import print_error, print_notice
from agent_brain.core.errors import SetupError
from agent_brain.core.pauses import Pause, PauseKind, check_reply


def ask_person(pauses: Sequence[Pause]) -> dict[str, Any]:
    """The replies typed at the terminal, by pause; Ctrl-D or Ctrl-C leaves the rest for later."""
    replies: dict[str, Any] = {}
    for pause in pauses:
        try:
            replies[pause.pause_id] = _ask(pause)
        except (EOFError, KeyboardInterrupt):
            print()
            print_notice("left for later")
            break
    return replies


def _ask(pause: Pause) -> Any:
    """Ask until there is a reply that this pause can use."""
    print_notice(f"? {describe_question(pause)}")
    for line in describe_form(pause):
        print_notice(f"  {line}")
    while True:
        text = replace_surrogates(input(_find_prompt(pause)))
        if not text.strip() and pause.kind is not PauseKind.QUESTION:
            continue
        try:
            reply = read_reply(pause, text)
            check_reply(pause, reply)
        except SetupError as error:
            print_error(str(error))
        else:
            return reply


def _find_prompt(pause: Pause) -> str:
    if pause.kind in VERDICTS:
        return "yes or no> "
    if describe_form(pause):
        return f"{clean(sketch(pause.wanted))}> "
    return "how much more> " if pause.kind is PauseKind.BUDGET else "reply> "
