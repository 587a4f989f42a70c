"""`agent-brain replay`: a run played back offline, to see whether the net still goes the same way."""

import asyncio
import sys
from typing import Annotated

import typer
from rich.text import Text

from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.json_lines import write_json
from agent_brain.cli.options import AsJson, BrainFlags, takes
from agent_brain.cli.plain_text import clean
from agent_brain.cli.taking_up import TakenUp, take_up
from agent_brain.cli.terminal import open_console
from agent_brain.core.chat import ChatModel
from agent_brain.engine.replay import Replay, replay_stored
from agent_brain.models.scripted import ScriptedModel


@takes(BrainFlags)
def replay(
    *,
    runs: Annotated[list[str], typer.Argument(help="Ids, shortened while unique, or `last`.", metavar="RUN...")],
    as_json: AsJson = False,
    flags: BrainFlags,
) -> None:
    """Play runs back, with what their journals hold in place of models, tools and persons; tell the first difference.

    Nothing is reached and nothing is changed: what differs is the net, its prompts, its tools or its memory.
    """
    found = [asyncio.run(_replay(take_up(run, flags, find_model=_find_silent))) for run in runs]
    if as_json:
        write_json(sys.stdout, [each.data() for each in found])
    else:
        console = open_console(sys.stdout, flags.color)
        for each in found:
            console.print(Text(clean(each.text()), style="" if each.is_same else "yellow"), soft_wrap=True)
    if not all(each.is_same for each in found):
        raise typer.Exit(ExitCode.FAILED)


def _find_silent(name: str) -> ChatModel:
    """A model of this name that is never asked: its journal replies."""
    return ScriptedModel((), name=name)


async def _replay(taken: TakenUp) -> Replay:
    try:
        return await replay_stored(taken.brain.store, taken.info.run_id, taken.brain)
    finally:
        await taken.brain.aclose()
