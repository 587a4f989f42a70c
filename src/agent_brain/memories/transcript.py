"""A run as a memory tells a model of it afterwards: each item in a line or two, bounded as a whole."""

from agent_brain.core.items import Item, ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.asked import read_asked

ITEM_CHARACTERS_MAX = 500
CHARACTERS_MAX = 12_000


def tell_run(env: MemoryEnv) -> str:
    """What was said and done since the last question; where that is long, how it began and how it ended."""
    text = "\n".join(_tell(item) for item in env.log[max(0, read_asked(env).goal) :])
    if len(text) <= CHARACTERS_MAX:
        return text
    half = CHARACTERS_MAX // 2
    return f"{text[:half]}\n... ({len(text) - 2 * half:,} characters) ...\n{text[-half:]}"


def _tell(item: Item) -> str:
    if item.kind is not ItemKind.ACTION or item.action is None:
        return f"{item.kind}: {_cut(item.text)}"
    outcome = "no outcome" if item.outcome is None else f"{item.outcome.status}: {_cut(item.outcome.text)}"
    return f"action: {_cut(item.action.describe())} -> {outcome}"


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= ITEM_CHARACTERS_MAX else f"{words[:ITEM_CHARACTERS_MAX]}..."
