"""`agent-brain diff`: where two runs part, and what is different."""

import sys

import typer
from rich.text import Text

from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.json_lines import write_json
from agent_brain.cli.options import AsJson, RunName, StoreFlags, takes
from agent_brain.cli.places import Place
from agent_brain.cli.plain_text import clean
from agent_brain.cli.run_names import find_run
from agent_brain.cli.terminal import open_console
from agent_brain.cli.using_stores import use_store
from agent_brain.core.store import Store
from agent_brain.engine.diff import Diff, compare
from agent_brain.engine.story import Story
from agent_brain.engine.telling import read_story

STYLES = {"-": "red", "+": "green"}


@takes(StoreFlags)
def diff(*, before: RunName, after: RunName, as_json: AsJson = False, flags: StoreFlags) -> None:
    """Compare two runs step by step: path, actions, prompts, answer, tokens; exits with 1 where they differ."""

    async def work(store: Store, _: Place) -> Diff:
        return compare(await _read(store, before), await _read(store, after))

    found = use_store(flags, work)
    if as_json:
        write_json(sys.stdout, found.data())
    else:
        console = open_console(sys.stdout, flags.color)
        for line in clean(found.text()).splitlines():
            console.print(Text(line, style=STYLES.get(line.strip()[:1], "")), soft_wrap=True)
    if not found.is_same:
        raise typer.Exit(ExitCode.FAILED)


async def _read(store: Store, name: str) -> Story:
    return await read_story(store, (await find_run(store, name)).run_id)
