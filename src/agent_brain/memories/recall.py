"""`recall`: the tool by which a model brings back what its memory shows no more, by its id: its place in the log."""

from collections.abc import Sequence

from pydantic import Field

from agent_brain.core.items import Item, ItemKind, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Tool
from agent_brain.memories.looking import MemoryTool, ToolArgs, refuse

RECALL = "recall"
NOTHING = "(nothing)"


class _Wanted(ToolArgs):
    id: int = Field(ge=0, description="The number that stands with what is not shown any more.")


def recall(wanted: _Wanted, env: MemoryEnv) -> Observation:
    """An item of the log as it was; of an action what came of it."""
    if wanted.id >= len(env.log):
        return refuse(f"found id {wanted.id}, wanted a number below {len(env.log)}")
    return Observation(get_content(env.log[find_origin(env, wanted.id)]) or NOTHING)


def find_origin(env: MemoryEnv, place: int) -> int:
    """The place of what an item shows: of something recalled, where that was."""
    while is_recall(env.log[place]):
        action = env.log[place].action
        assert action is not None  # or it would recall nothing
        wanted = action.args.get("id")
        if not str(wanted).isdigit() or int(str(wanted)) >= place:
            return place
        place = int(str(wanted))
    return place


def is_recall(item: Item) -> bool:
    """True for an action that has brought something back."""
    action, outcome = item.action, item.outcome
    return action is not None and action.name == RECALL and outcome is not None and not outcome.is_error


def get_content(item: Item) -> str:
    """What there is to read of an item."""
    if item.kind is ItemKind.ACTION:
        return "" if item.outcome is None else item.outcome.text
    return item.text


RECALL_TOOLS: Sequence[Tool] = (
    MemoryTool(
        RECALL,
        "Show in full what is not shown any more. The id stands in its place.",
        _Wanted,
        recall,
        writes=False,
    ),
)
