"""`agent-brain net`: the ways of thinking, shown and checked."""

import sys
from typing import Annotated

import typer
from rich.text import Text

from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.help import show_help
from agent_brain.cli.net_drawings import draw_mermaid, make_table
from agent_brain.cli.options import Color
from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import ColorChoice, open_console
from agent_brain.core.errors import NetError
from agent_brain.core.net_check import find_faults
from agent_brain.wiring.nets import find_net
from agent_brain.wiring.tables import NETS

nets = typer.Typer(
    help="The ways of thinking: list, show and check nets.", callback=show_help, invoke_without_command=True
)

TABLE_WIDTH_MIN = 60
"""A narrower terminal wraps the lines, which is easier to read than columns of two letters."""
NAMES = "A net's name, package.module:name, or FILE.py:name."


@nets.command("list")
def list_() -> None:
    """Name the nets, one a line, with their moves."""
    for name in NETS:
        net = find_net(name)
        print(f"{name:<14} {len(net.states)} states, starts in {net.start}, finishes in {net.finish}")


@nets.command(
    "show", epilog="Examples:\n\nagent-brain net show react\n\nagent-brain net show my_nets.py:careful --mermaid"
)
def show(
    name: Annotated[str, typer.Argument(help=NAMES)],
    mermaid: Annotated[bool, typer.Option("--mermaid", help="A Mermaid state diagram.")] = False,
    color: Color = ColorChoice.AUTO,
) -> None:
    """Show a net's states and the moves between them."""
    net = find_net(name)
    if mermaid:
        print(draw_mermaid(net))
        return
    console = open_console(sys.stdout, color)
    console.print(
        Text.assemble((clean(net.name), "bold cyan"), f"   starts in {net.start}, a limit sends it to {net.finish}")
    )
    console.print()
    console.width = max(console.width, TABLE_WIDTH_MIN)
    console.print(make_table(net))


@nets.command("check", epilog="Examples:\n\nagent-brain net check\n\nagent-brain net check my_nets.py:careful")
def check(
    name: Annotated[str | None, typer.Argument(help=f"{NAMES} Without it: all that are built in.")] = None,
) -> None:
    """Say `ok`, or everything that is wrong with a net."""
    is_faulty = False
    for each in [name] if name else NETS:
        faults = _find(each)
        is_faulty = is_faulty or bool(faults)
        print("\n".join(f"{clean(each)}: {clean(fault)}" for fault in faults) or f"{clean(each)}: ok")
    if is_faulty:
        raise typer.Exit(ExitCode.FAILED)


def _find(name: str) -> list[str]:
    try:
        net = find_net(name)
    except NetError as error:
        return error.faults
    return find_faults(net.states, net.table, net.start, net.finish)
