"""A world with a state that a child process keeps: nothing of it is in this one, and no trial meets another's."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.core.items import Action, Observation
from agent_brain.core.tooling import Tools, ToolSpec
from agent_brain.tools.child.child import CallEnd, Child, Returned
from agent_brain.tools.child.source_tool import observe
from agent_brain.tools.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Making:
    """How the process of a world is started, and what its state begins with.

    The driver is a file beside the loaders, which defines `begin(**setup)`, `do(name, arguments)`, which gives what the
    call gives, and `read()`.
    """

    driver: str
    setup: Mapping[str, Any]
    paths: tuple[Path, ...] = ()
    """Folders that the driver imports from."""
    seconds: float = 30.0
    memory_mb: int = 1_024
    python: str = field(default="", repr=False)
    """Whose interpreter runs it; empty: this one."""

    def start(self) -> Child:
        """A process for one world."""
        paths = [str(path.resolve()) for path in self.paths]
        return Child(self.seconds, memory_mb=self.memory_mb, paths=paths, keeps=True, python=self.python)

    @property
    def source(self) -> str:
        """What the driver says."""
        return (files("agent_brain.lab.tasks.drivers") / f"{self.driver}.py").read_text("utf-8")


class ChildWorld:
    """What a child process keeps, changed by its tools alone.

    A call that had to be cut takes the process with it: another one is brought to where the calls before have led, so
    that nothing of the one that was cut is left.
    """

    def __init__(self, making: Making, specs: Iterable[ToolSpec]) -> None:
        self._making = making
        self._child, self._source = making.start(), making.source
        self._tools = Toolbox(WorldTool(spec, self) for spec in specs)
        self._done: list[Action] = []
        self._has_begun = False
        self._turn = asyncio.Lock()

    @property
    def tools(self) -> Tools:
        """What can be done in it."""
        return self._tools

    async def do(self, action: Action) -> Returned:
        """Do it, after those before it."""
        async with self._turn:
            await self._begin()
            returned = await self._call("do", {"name": action.name, "arguments": action.args})
            if returned.is_lost:
                return replace(returned, why=f"{action.name} was cut and has not been done: {returned.why}")
            self._done.append(action)
            return returned

    async def repeat(self, actions: Sequence[Action]) -> None:
        """Do them all again, whatever comes of them: it came of them before."""
        for action in actions:
            await self.do(action)

    async def read(self) -> Any:
        """Where it stands, as its source tells it. Raises: EvaluatorFailed where that cannot be read."""
        async with self._turn:
            await self._begin()
            returned = await self._call("read", {})
        if returned.kind is not CallEnd.DONE:
            raise EvaluatorFailed("world", f"its state cannot be read: {returned.why}")
        return returned.value

    async def aclose(self) -> None:
        """End its process; what is done afterwards begins with another one, brought to the same place."""
        await self._child.aclose()
        self._has_begun = False

    async def _begin(self) -> None:
        """Make its state, where there is none. Raises: SetupError."""
        if self._has_begun:
            return
        returned = await self._call("begin", self._making.setup)
        if returned.kind is not CallEnd.DONE:
            raise SetupError(f"a task's world cannot be made: {returned.why}")
        self._has_begun = True
        for action in self._done:
            await self._call("do", {"name": action.name, "arguments": action.args})

    async def _call(self, function: str, arguments: Mapping[str, Any]) -> Returned:
        returned = await self._child.call(self._source, function, arguments)
        if returned.is_lost:
            self._has_begun = False
        return returned


@dataclass(frozen=True, slots=True)
class WorldTool:
    """One thing that can be done in a world; one after the other, as its calls come."""

    spec: ToolSpec
    world: ChildWorld

    async def call(self, args: Mapping[str, Any], action_id: str) -> AsyncGenerator[str | Observation, None]:
        """Do it; its failure is an observation, and one that was cut has not been done."""
        returned = await self.world.do(Action(name=self.spec.name, args=dict(args)))
        yield observe(self.spec, args, returned, is_undone=True)


def ask_driver(making: Making, function: str, **arguments: Any) -> Any:
    """What a driver says before there is a world, to who loads tasks: in a loop of its own. Raises: SetupError."""

    async def ask() -> Returned:
        async with making.start() as child:
            return await child.call(making.source, function, arguments)

    with ThreadPoolExecutor(1) as pool:
        returned = pool.submit(asyncio.run, ask()).result()
    if returned.kind is not CallEnd.DONE:
        raise SetupError(f"{', '.join(map(str, making.paths))} cannot be read: {returned.why}")
    return returned.value
