"""`agent-brain lab tasks`: the tasks of an experiment, or what tasks can come from."""

import sys
from itertools import islice
from typing import Annotated

import typer

from agent_brain.cli.json_lines import write_json
from agent_brain.cli.options import AsJson
from agent_brain.cli.plain_text import clean
from agent_brain.cli.run_names import cut
from agent_brain.cli.terminal import print_notice
from agent_brain.lab.experiment_file import read_experiment
from agent_brain.lab.tasks.sources import describe_sources
from agent_brain.lab.worlds.table import WORLDS
from agent_brain.wiring.evaluators import describe_evaluators
from agent_brain.wiring.making import describe_makers

LIMIT = 20
TEXT_CHARACTERS_MAX = 100


def tasks(
    file: Annotated[
        str | None, typer.Argument(help="The experiment's TOML file. Without it: what there is.", metavar="FILE")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", help="How many at most.", min=1)] = LIMIT,
    as_json: AsJson = False,
) -> None:
    """Show an experiment's tasks; without a file, the formats, worlds and evaluators that there are."""
    if file is None:
        _tell_known(as_json=as_json)
        return
    found = read_experiment(file).tasks
    for task in islice(found, limit):
        if as_json:
            user = {} if task.user is None else {"user": task.user.prompt}
            told = {"task": task.task_id, "family": task.family, "turns": task.turns, "answer": task.answer}
            write_json(sys.stdout, told | user)
        else:
            print(clean(f"{task.task_id}  {cut(task.prompt, TEXT_CHARACTERS_MAX)}  -> {cut(str(task.answer))}"))
    if len(found) > limit:
        print_notice(f"these are {limit} of {len(found)}; --limit shows more")


def _tell_known(*, as_json: bool) -> None:
    known = {
        "formats": describe_sources(),
        "worlds": describe_makers("world", WORLDS),
        "evaluators": describe_evaluators(),
    }
    if as_json:
        write_json(sys.stdout, known)
        return
    width = max(len(name) for rows in known.values() for name in rows)
    for title, rows in known.items():
        print(f"{title}:")
        for name, told in rows.items():
            print(clean(f"  {name:<{width}}  {told}"))
