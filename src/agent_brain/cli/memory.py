"""`agent-brain memory`: what models are shown of a run, by which memory, and what it takes."""

import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent_brain.cli.help import show_help
from agent_brain.cli.options import RunName, StoreFlags, takes
from agent_brain.cli.places import Place
from agent_brain.cli.plain_text import clean
from agent_brain.cli.run_names import find_run
from agent_brain.cli.runs_show import At
from agent_brain.cli.terminal import open_console
from agent_brain.cli.using_stores import use_store
from agent_brain.core.errors import SetupError
from agent_brain.core.items import Item, ItemKind
from agent_brain.core.lens import Budget, Lens, Maintaining, Memory, Upkeep
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.store import Store
from agent_brain.core.tokens import ANY, count_prompt
from agent_brain.engine.journal import read_env
from agent_brain.memories.composed import Composed
from agent_brain.wires.growing import show_all
from agent_brain.wires.messages import ShownText
from agent_brain.wiring.making import describe_makers
from agent_brain.wiring.memories import make_memory
from agent_brain.wiring.tables import MEMORIES, OVERLAYS

TEXT_CHARACTERS = 48
"""Of an item, in the table; --messages shows all of it."""
DIRECTIVE = "Go on."
"""In place of a state's: with one, whatever comes last, items are counted by what they add."""

memories = typer.Typer(
    help="What models are shown of a run: list memories, show what one shows.",
    callback=show_help,
    invoke_without_command=True,
)

Spec = Annotated[str, typer.Argument(help="A memory: messages, mask(5)+todo ...", metavar="MEMORY")]


@memories.command("list")
def list_() -> None:
    """Name the memories, one a line, with what each shows: histories first, then what can be shown beside one."""
    for title, kind, table in (("histories", "memory", MEMORIES), ("beside a history, with +", "overlay", OVERLAYS)):
        print(f"{title}:")
        for name, told in describe_makers(kind, table).items():
            print(clean(f"  {name:<13} {told}"))


@memories.command(
    "show",
    epilog="Examples:\n\nagent-brain memory show 'mask(2)' last\n\nagent-brain memory show window 3f9a --at 12",
)
@takes(StoreFlags)
def show(
    *,
    memory: Spec,
    run: RunName = "last",
    at: At = None,
    tokens: Annotated[int | None, typer.Option("--tokens", help="What the prompt may take.", min=1)] = None,
    messages: Annotated[bool, typer.Option("--messages", help="The messages themselves.")] = False,
    flags: StoreFlags,
) -> None:
    """Show what a memory would show of a stored run, item by item, with the tokens that each takes as counted here."""
    made = make_memory(memory)

    async def read(store: Store, _: Place) -> MemoryEnv:
        info = await find_run(store, run)
        if at is not None and at > info.head:
            raise SetupError(f"run {info.run_id!r} has records 1 to {info.head}; --at {at} was asked for")
        return (await read_env(store, info.run_id, at))[0]

    env = use_store(flags, read)
    lens = Lens(budget=Budget(count_prompt_of, tokens))
    shown = list(made.render(env, lens))
    console = open_console(sys.stdout, flags.color)
    if messages:
        _print_messages(console, shown)
        return
    console.print(_make_table(env, shown, explain(made, env)))
    whole, part = count_items(env.log), count_items(shown)
    inside = sum(item.seq >= 0 for item in shown)
    console.print(
        f"\n{inside} of {len(env.log)} items, about {part:,} of {whole:,} tokens as counted here; instructions, tools "
        "and the state's directive come on top",
        style="dim",
        soft_wrap=True,
    )
    names = ", ".join(tool.spec.name for tool in getattr(made, "tools", ()))
    if names:
        console.print(f"it brings the tools: {names}", style="dim", soft_wrap=True)
    due = made.find_upkeep(env, lens) if isinstance(made, Maintaining) else None
    if due is not None:
        how = "have a model asked" if isinstance(due, Upkeep) else "go to its archive"
        console.print(f"before the next prompt it would {how}: {due.name}", style="dim", soft_wrap=True)


def explain(memory: Memory, env: MemoryEnv) -> Callable[[Item], str]:
    """Why an item of the log is not shown as it is: because of the memory's own way, or because it does not fit."""
    history = memory.history if isinstance(memory, Composed) else memory
    shown = {item.seq: item for item in memory.render(env, Lens())}
    why = str(getattr(history, "why", "left out"))

    def tell(item: Item) -> str:
        found = shown.get(item.seq)
        if found == item:
            return "there is no room"
        is_stripped = found is not None and (found.text, found.outcome) == (item.text, item.outcome)
        return "without its reasoning" if is_stripped else why

    return tell


def count_items(items: Sequence[Item]) -> int:
    """Tokens that these items add to a prompt as messages."""
    return count_prompt_of(items) - count_prompt_of(())


def count_each(items: Sequence[Item]) -> list[int]:
    """Tokens that each adds to a prompt, as it stands behind the one before it."""
    pairs = [items[max(0, place - 1) : place + 1] for place in range(len(items))]
    return [count_items(pair) - count_items(pair[:-1]) for pair in pairs]


def count_prompt_of(items: Sequence[Item]) -> int:
    """Tokens of these items as messages, by the count that fits any model."""
    return count_prompt(show_all(ShownText(), items, DIRECTIVE), (), ANY.count)


def _make_table(env: MemoryEnv, shown: Sequence[Item], why: Callable[[Item], str]) -> Table:
    """A row for each item of the log and each block beside it, in the order in which they are shown."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("item", "kind", "as", "tokens", "text", "why"):
        table.add_column(title, justify="right" if title == "tokens" else "left", overflow="fold")
    sized = list(zip(shown, count_each(shown), strict=True))
    by_seq = {item.seq: (item, size) for item, size in sized if item.seq >= 0}
    first = _find_first(shown)
    for block, size in sized[:first]:
        _add_block(table, block, size)
    for item in env.log:
        found, size = by_seq.get(item.seq, (None, 0))
        how = "hidden" if found is None else "whole" if found == item else "changed"
        style = "dim" if found is None else "yellow" if how == "changed" else ""
        told = "-" if found is None else f"{size:,}"
        reason = "" if how == "whole" else why(item)
        table.add_row(str(item.seq), item.kind, how, told, _cut(_get_text(found or item)), reason, style=style)
    for block, size in sized[first:]:
        if block.seq < 0:
            _add_block(table, block, size)
    return table


def _add_block(table: Table, item: Item, size: int) -> None:
    table.add_row("beside", clean(item.state), "block", f"{size:,}", _cut(item.text), style="cyan")


def _find_first(shown: Sequence[Item]) -> int:
    """Where the first item of the log stands among what is shown."""
    return next((place for place, item in enumerate(shown) if item.seq >= 0), len(shown))


def _get_text(item: Item) -> str:
    if item.kind is not ItemKind.ACTION or item.action is None:
        return item.text
    outcome = item.outcome.text if item.outcome is not None else "(no outcome)"
    return f"{item.action.describe()} -> {outcome}"


def _cut(text: str) -> Text:
    line = " ".join(clean(text).split())
    return Text(line if len(line) <= TEXT_CHARACTERS else f"{line[:TEXT_CHARACTERS]}...")


def _print_messages(console: Console, shown: Sequence[Item]) -> None:
    for message in show_all(ShownText(), shown, ""):
        console.print(Text(f"{message['role']}:", style="bold"))
        console.print(Text(clean(message["content"])), soft_wrap=True)
        console.print()
