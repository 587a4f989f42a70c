"""A world of pure functions: what a task's file holds as source, run by a child process of the trial's own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent_brain.core.items import Action
from agent_brain.core.tooling import Tools, ToolSpec
from agent_brain.tools.child.child import Child
from agent_brain.tools.child.source_tool import SourceTool
from agent_brain.tools.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a task: its source, what the source calls it, and what a model is told of it."""

    spec: ToolSpec
    source: str
    name: str
    parameters: frozenset[str]


class FunctionWorld:
    """Functions that change nothing: there is no state, and nothing to bring back."""

    def __init__(self, functions: Sequence[Function], seconds: float, memory_mb: int) -> None:
        self._child = Child(seconds, memory_mb=memory_mb)
        self._tools = Toolbox(SourceTool(each.spec, each.source, each.name, self._child) for each in functions)

    @property
    def tools(self) -> Tools:
        """The functions."""
        return self._tools

    async def repeat(self, actions: Sequence[Action]) -> None:
        """Nothing was changed by them."""

    async def read(self) -> Any:
        """There is no state."""
        return None

    async def aclose(self) -> None:
        """End the child."""
        await self._child.aclose()
