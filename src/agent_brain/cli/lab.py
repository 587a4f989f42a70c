"""`agent-brain lab`: which combination is really better: experiments planned, run, watched and told."""

from collections.abc import Callable

import typer

from agent_brain.cli.help import show_help
from agent_brain.cli.lab_plan import plan
from agent_brain.cli.lab_report import compare, report
from agent_brain.cli.lab_rerun import rerun
from agent_brain.cli.lab_run import run
from agent_brain.cli.lab_status import status, stop
from agent_brain.cli.lab_tasks import tasks

lab = typer.Typer(
    help="Experiments: which net, memory, model or prompt is really better.",
    callback=show_help,
    invoke_without_command=True,
)


def _add(command: Callable[..., None], name: str, *examples: str) -> None:
    lines = "\n\n".join(f"agent-brain lab {name} {example}".rstrip() for example in examples)
    lab.command(name, epilog=f"Example{'s' if len(examples) > 1 else ''}:\n\n{lines}")(command)


_add(plan, "plan", "keychain.toml", "keychain.toml --effect 0.05")
_add(run, "run", "keychain.toml", "keychain.toml --pilot 10", "keychain.toml --processes 2")
_add(status, "status", "keychain.toml", "keychain/ --json")
_add(stop, "stop", "keychain.toml")
_add(tasks, "tasks", "", "keychain.toml --limit 3")
_add(
    rerun,
    "rerun",
    "keychain.toml --arm refact/messages --from reflect --set memory=mask(3)",
    "keychain/ --arm react/mask --from 4 --set model=gpt-4.1 --task K0-3 --repeats 5",
)
_add(report, "report", "keychain.toml", "keychain/ --output report --no-runs")
_add(compare, "compare", "before/ after/", "before/ after/ --arms react=refact --output report")
