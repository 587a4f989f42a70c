"""The plan: what a net's planning states have written, or the model itself with a tool."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from pydantic import Field

from agent_brain.core.items import Observation
from agent_brain.core.lens import Place
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Tool
from agent_brain.memories.looking import MemoryTool, ToolArgs
from agent_brain.memories.words import Worded

SLOT = "plan"
TOOL = "write_plan"


class _Plan(ToolArgs):
    text: str = Field(max_length=8000)


@dataclass(frozen=True)
class Plan(Worded):
    """Shows the slot `plan` after the log.

    `tool`: the model is given `write_plan`, for nets none of whose states plans.
    """

    file: ClassVar[str] = "plan"

    tool: bool = False
    name: str = SLOT
    place: Place = Place.TAIL

    @cached_property
    def tools(self) -> Sequence[Tool]:
        """What writes it, where it was wanted."""
        return (MemoryTool(TOOL, self.says[TOOL], _Plan, write_plan),) if self.tool else ()

    def show(self, env: MemoryEnv) -> str:
        """The plan; empty while there is none."""
        return env.slots.get(SLOT, "")


def write_plan(args: _Plan, env: MemoryEnv) -> Observation:
    """Put the plan into its slot."""
    text = args.text.strip()
    return Observation("the plan is kept" if text else "there is no plan", slots={SLOT: text or None})
