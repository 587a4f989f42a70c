"""How long a model is shown its own private reasoning: always, while it works on the question, or never.

Within one tool loop it is shown whole or not at all, because servers that sign reasoning refuse a part of it. Whether a
server is sent any is its profile's business: this is what there is to send.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Item

Retention = Literal["all", "tool_loop", "none"]
RETENTIONS: Sequence[str] = ("all", "tool_loop", "none")


def check_retention(retention: str) -> None:
    """Let a known one pass. Raises: SetupError."""
    if retention not in RETENTIONS:
        raise SetupError(f"reasoning is {retention!r:.60}; wanted {', '.join(RETENTIONS[:-1])} or {RETENTIONS[-1]}")


def retain(items: Sequence[Item], retention: str, goal: int) -> Sequence[Item]:
    """The items without the reasoning that is not shown; `goal`: where the tool loop under way began."""
    if retention == "all":
        return items
    return [_strip(item) if retention == "none" or 0 <= item.seq < goal else item for item in items]


def _strip(item: Item) -> Item:
    return replace(item, reasoning="", details=None) if item.reasoning or item.details is not None else item
