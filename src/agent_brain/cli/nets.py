"""`agent-brain net`: the ways of thinking, shown and checked."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.help import show_help
from agent_brain.cli.net_drawings import draw_mermaid, make_table
from agent_brain.cli.net_matrix import matrix
from agent_brain.cli.options import Color
from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import ColorChoice, open_console
from agent_brain.core.errors import NetError
from agent_brain.core.net import Net
from agent_brain.core.net_cost import find_cost
from agent_brain.core.state import Need
from agent_brain.wiring.making import describe_makers
from agent_brain.wiring.nets import find_net
from agent_brain.wiring.tables import NETS

nets = typer.Typer(
    help="The ways of thinking: list, show and check nets.", callback=show_help, invoke_without_command=True
)

TABLE_WIDTH_MIN = 60
"""A narrower terminal wraps the lines, which is easier to read than columns of two letters."""
NEEDS = {
    Need.EVALUATOR: "an evaluator (--evaluator)",
    Need.TOOLS: "tools (--tools)",
    Need.RESET: "tools that say how they are reset",
    Need.READ_ONLY: "tools that change nothing",
    Need.APART: "a memory that writes to no archive before the answer, or a frozen one",
}
NAMES = "A net's name, package.module:name, or FILE.py:name."
nets.command("matrix", epilog="Examples:\n\nagent-brain net matrix\n\nagent-brain net matrix 'retry(react)'")(matrix)


@nets.command("list")
def list_() -> None:
    """Name the nets, one a line, with what each does."""
    for name, told in describe_makers("net", NETS).items():
        print(clean(f"{name:<17} {told}"))


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
    _show_tables(console, net)
    console.print("\n" + clean(find_cost(net).text()), style="dim", soft_wrap=True)


def _show_tables(console: Console, net: Net) -> None:
    """A net's table, and those of the nets inside it."""
    console.print(make_table(net))
    shown: dict[str, Net] = {inner.name: inner for state in net.states.values() for inner in state.inner_nets}
    for inner in shown.values():
        console.print(Text.assemble("\ninside: ", (clean(inner.name), "bold cyan")))
        _show_tables(console, inner)


@nets.command("check", epilog="Examples:\n\nagent-brain net check\n\nagent-brain net check my_nets.py:careful")
def check(
    name: Annotated[str | None, typer.Argument(help=f"{NAMES} Without it: all that are built in.")] = None,
) -> None:
    """Say `ok`, or everything that is wrong with a net."""
    is_faulty = False
    for each in NETS if name is None else [name]:
        net, faults = _find(each)
        is_faulty = is_faulty or bool(faults)
        told = [f"{clean(each)}: {clean(fault)}" for fault in faults] if net is None else _tell(clean(each), net)
        print("\n".join(told))
    if is_faulty:
        raise typer.Exit(ExitCode.FAILED)


def _find(name: str) -> tuple[Net | None, list[str]]:
    """The net, or what is wrong with it."""
    try:
        return find_net(name), []
    except NetError as error:
        return None, error.faults


def _tell(name: str, net: Net) -> list[str]:
    """That it can run, what it needs, and what it can cost."""
    needs = [NEEDS[need] for need in sorted(net.needs)]
    lines = [f"  needs {'; '.join(needs)}"] if needs else []
    return [f"{name}: ok", *lines, *(f"  {clean(line)}" for line in find_cost(net).text().splitlines())]
