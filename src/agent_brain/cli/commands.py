"""The commands by name, in the order of the help; only the one that is called is loaded, as all take half a second."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module

import typer

NAME = "agent-brain"
DEBUG = "--debug"
EXAMPLES = (
    f'{NAME} ask "What weekday is 100 days after 1 May 2025?"',
    f"{NAME} ask --base-url http://127.0.0.1:8080/v1 --model NAME --tools my_tools.py -q < question.txt",
    f"{NAME} net show react",
)

GROUPS: Mapping[str, str] = {
    "runs": "runs:runs",
    "net": "nets:nets",
    "memory": "memory:memories",
    "tools": "tools:tools",
    "models": "models:models",
    "lab": "lab:lab",
}
"""Where commands are that have commands of their own."""

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "ask": (
        "ask:ask",
        *(example.removeprefix(f"{NAME} ask ") for example in EXAMPLES[:2]),
        '--submit "What is 2 + 3?"',
    ),
    "chat": ("chat:chat",),
    "resume": ("resume:resume", "last"),
    "reply": ("reply:reply", 'last "the second one"', "3f9a q2 5"),
    "approve": ("reply:approve", "last", "3f9a q1 --args '{\"amount\": 5}'"),
    "reject": ("reply:reject", '3f9a q1 --reason "too much"'),
    "fork": ("fork:fork", "last", "3f9a --at 12 --resume --model NAME"),
    "diff": ("diff:diff", "3f9a 77c1"),
    "replay": ("replay:replay", "last", "3f9a 77c1 --net my_nets.py:careful"),
    "drive": ("drive:drive", "--runs-max 4", "--once --store postgresql://HOST/DATABASE"),
    "mcp": ("mcp:mcp", "--tools my_tools.py", "--port 9000"),
}
"""Where the others are, and examples of what may follow them."""


def find_named(arguments: Sequence[str]) -> Iterable[str]:
    """The commands that a command line needs: the one it names, all for a help or what is none, none for a version."""
    first = next((word for word in arguments if word != DEBUG), "")
    if first == "--version":
        return ()
    return (first,) if first in COMMANDS or first in GROUPS else (*COMMANDS, *GROUPS)


def add_commands(app: typer.Typer, names: Iterable[str]) -> None:
    """Load these and add them."""
    for name in names:
        if name in GROUPS:
            app.add_typer(_load(GROUPS[name]), name=name)
            continue
        place, *examples = COMMANDS[name]
        lines = [f"{NAME} {name} {example}" for example in examples]
        heading = "Examples:" if len(lines) > 1 else "Example:"
        app.command(name, epilog="\n".join(["\b", heading, *lines]) if lines else None)(_load(place))


def _load(place: str) -> typer.Typer:
    module, _, name = place.partition(":")
    loaded: typer.Typer = getattr(import_module(f"agent_brain.cli.{module}"), name)
    return loaded
