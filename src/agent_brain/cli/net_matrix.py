"""`agent-brain net matrix`: which nets and memories make sense together, and which are refused."""

import sys
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Annotated

import typer

from agent_brain.brain import Brain
from agent_brain.cli.json_lines import write_json
from agent_brain.cli.options import AsJson
from agent_brain.cli.plain_text import clean
from agent_brain.tools.function_tool import tool
from agent_brain.wiring.matrix import Build, Refusal, Verdict, find_refusals, judge, list_memories, list_wrappers
from agent_brain.wiring.nets import find_net
from agent_brain.wiring.tables import MEMORIES, NETS, OVERLAYS

SIGNS = (
    "+ sensible; o works, but for nothing, or a simpler memory does as much; - works, but spoils what the net is for; "
    "! an interaction is known or predicted; ? not judged. These are expectations, not results: measure."
)
WIDTH = 116
MODELS = ("offline", "offline")


@tool
def change() -> None:
    """Change something."""


@tool(read_only=True)
def look() -> None:
    """Change nothing."""


def _judge(question: str, answer: str) -> bool:
    return True


SETTINGS: Mapping[str, Build] = {
    "a model and nothing else": lambda net, memory: Brain(net, memory, "offline"),
    "an evaluator, two models and a tool that changes something": lambda net, memory: Brain(
        net, memory, MODELS, [change], evaluator=_judge
    ),
    "an evaluator, two models and a tool that changes nothing": lambda net, memory: Brain(
        net, memory, MODELS, [look], evaluator=_judge
    ),
}
"""What brains are made of, to see which are refused."""


def matrix(
    net: Annotated[
        str | None, typer.Argument(help="One net, as in retry(react). Without it: all built-in ones.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how nets and memories go together, and which brains are refused and why."""
    if net is not None:
        find_net(net)  # or it is said that there is none
    nets = list(NETS) if net is None else [net]
    verdicts = [judge(each, memory) for each in nets for memory in list_memories()]
    tried = [*nets, *(list_wrappers() if net is None else ())]
    refusals = {setting: find_refusals(build, tried) for setting, build in SETTINGS.items()}
    if as_json:
        write_json(sys.stdout, {"pairs": verdicts, "refused": refusals})
        return
    notes = list(dict.fromkeys(verdict.why for verdict in verdicts if verdict.why))
    for title, memories in (("histories", MEMORIES), ("beside messages", OVERLAYS)):
        _print_table(title, list(memories), [each for each in verdicts if each.memory in memories], notes)
    _print_wrapped(SIGNS)
    for number, note in enumerate(notes, 1):
        _print_wrapped(f"{number:>2} {note}", "   ")
    for setting, found in refusals.items():
        _print_refusals(setting, found)


def _print_table(title: str, memories: Sequence[str], verdicts: Sequence[Verdict], notes: Sequence[str]) -> None:
    """A line for each net: the signs with the numbers of their notes."""
    rows: dict[str, list[str]] = {}
    for verdict in verdicts:
        number = notes.index(verdict.why) + 1 if verdict.why else ""
        rows.setdefault(clean(verdict.net), []).append(f"{verdict.sign}{number}")
    first = max(map(len, [title, *rows]))
    print(" ".join([f"{title:<{first}}", *(f"{memory:<{max(4, len(memory))}}" for memory in memories)]).rstrip())
    for net, cells in rows.items():
        filled = (f"{cell:<{max(4, len(memory))}}" for cell, memory in zip(cells, memories, strict=True))
        print(" ".join([f"{net:<{first}}", *filled]).rstrip())
    print()


def _print_refusals(setting: str, found: Sequence[Refusal]) -> None:
    """The reasons, each with the nets that give it, and the memories that they give it with."""
    print(f"\nWith {setting}:")
    by_net: dict[tuple[str, str], list[str]] = {}
    for refusal in found:
        why = refusal.why.replace(f"net {refusal.net.partition('(')[0]!r} ", "it ")
        by_net.setdefault((why, refusal.net), []).append(refusal.memory)
    reasons: dict[tuple[str, str], list[str]] = {}
    for (why, net), memories in by_net.items():
        told = "any memory" if len(memories) == len(list_memories()) else ", ".join(memories)
        reasons.setdefault((why, told), []).append(net)
    for (why, told), nets in reasons.items():
        _print_wrapped(f"refused: {clean(', '.join(nets))}; with {told}: {clean(why)}", "  ")
    if not reasons:
        print("nothing is refused")


def _print_wrapped(text: str, indent: str = "") -> None:
    print("\n".join(wrap(text, WIDTH, subsequent_indent=indent)))
