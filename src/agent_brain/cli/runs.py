"""`agent-brain runs`: what is kept of runs: shown, followed, moved elsewhere, removed."""

from collections.abc import Callable

import typer

from agent_brain.cli.help import show_help
from agent_brain.cli.runs_list import list_
from agent_brain.cli.runs_move import compact, export, import_
from agent_brain.cli.runs_rm import rm
from agent_brain.cli.runs_show import history, show
from agent_brain.cli.runs_tail import tail

runs = typer.Typer(
    help="What is kept of runs: list, show, follow, export, remove.", callback=show_help, invoke_without_command=True
)


def _add(command: Callable[..., None], name: str, *examples: str) -> None:
    lines = "\n\n".join(f"agent-brain runs {name} {example}".rstrip() for example in examples)
    runs.command(name, epilog=f"Example{'s' if len(examples) > 1 else ''}:\n\n{lines}")(command)


_add(list_, "list", "--status waiting", "--json")
_add(show, "show", "last", "3f9a --at 12 --json")
_add(tail, "tail", "last")
_add(history, "history", "3f9a")
_add(export, "export", "3f9a -o run.jsonl")
_add(import_, "import", "run.jsonl")
_add(compact, "compact", "3f9a")
_add(rm, "rm", "3f9a", "--older-than 30d --yes")
