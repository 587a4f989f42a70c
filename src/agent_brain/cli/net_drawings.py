"""A net as a table for the terminal, and as a Mermaid state diagram."""

from rich.table import Table

from agent_brain.cli.plain_text import clean
from agent_brain.core.net import Net
from agent_brain.core.state import END

_MERMAID_WORDS = frozenset({"state", "note", "end", "direction", "class", "style", "default", "as", "fork", "join"})


def make_table(net: Net) -> Table:
    """One row for each state: its class, where it may go, what a visit costs, how often it may be visited."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 3, 0, 0))
    for title in ("state", "class", "goes to", "model calls", "visits"):
        table.add_column(title, overflow="fold")
    for name, state in net.states.items():
        row = net.table[name]
        targets = [*(target for target in net.states if target in row), *([END] if END in row else [])]
        bound = "no bound" if state.visits_max is None else f"at most {state.visits_max}"
        table.add_row(clean(name), type(state).__name__, clean(", ".join(targets)), str(state.model_calls), bound)
    return table


def draw_mermaid(net: Net) -> str:
    """The net as a Mermaid `stateDiagram-v2`."""
    ids = {name: _make_id(name, number) for number, name in enumerate(net.states)}
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{_quote(name)}" as {made}' for name, made in ids.items() if made != name]
    lines.append(f"    [*] --> {ids[net.start]}")
    for source in net.states:
        row = net.table[source]
        lines += [f"    {ids[source]} --> {ids[target]}" for target in net.states if target in row]
        lines += [f"    {ids[source]} --> [*]"] if END in row else []
    return "\n".join(lines)


def _make_id(name: str, number: int) -> str:
    is_plain = name.isascii() and name.isidentifier() and name.lower() not in _MERMAID_WORDS
    return name if is_plain else f"state_{number}"


def _quote(name: str) -> str:
    return clean(name).replace('"', "'").replace("\n", " ")
