"""McpToolbox: a brain's tools together with those of its MCP servers."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Any

from agent_brain.core.events import HandedOver, SubEvent
from agent_brain.core.items import Action, Observation
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Closable
from agent_brain.core.tooling import Inside, Question, Tool, ToolSpec
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.mcp.source import Source, clean_name, rename
from agent_brain.tools.mcp.tool import McpTool
from agent_brain.tools.toolbox import Toolbox, ToolLike


class McpToolbox:
    """Its own tools first, then each server's, known once it has been opened.

    Where two tools have one name, a server's tool gets its server's name before its own.
    """

    def __init__(self, own: Iterable[ToolLike], servers: Iterable[McpServer]) -> None:
        self._own = tuple(Toolbox(own))
        self._sources = [Source(server) for server in servers]
        self._toolbox = Toolbox(self._own)
        self._listed: list[tuple[McpTool, ...]] = []

    def extended(self, tools: Iterable[ToolLike]) -> "McpToolbox":
        """Another one with the same servers, and with these tools beside its own."""
        return McpToolbox([*self._own, *tools], [source.server for source in self._sources])

    @property
    def secrets(self) -> list[str]:
        """What its servers are given that no journal may hold."""
        of_own = [value for own in self._own for value in getattr(own, "secrets", ())]
        return [*of_own, *(value for source in self._sources for value in source.server.secrets)]

    @property
    def specs(self) -> Sequence[ToolSpec]:
        """In the order in which the model is told of them."""
        return self._toolbox.specs

    def get(self, name: str) -> Tool | None:
        """The tool of this name, if there is one."""
        return self._toolbox.get(name)

    def call(self, action: Action, action_id: str) -> AsyncGenerator[str | Observation | Question, None]:
        """As `Tool.call`; an unknown name is an observation too."""
        return self._toolbox.call(action, action_id)

    def answer(
        self, action: Action, action_id: str, token: Any, reply: Any
    ) -> AsyncGenerator[str | Observation | Question, None]:
        """Go on with the reply to what a tool asked."""
        return self._toolbox.answer(action, action_id, token, reply)

    def nest(self, action: Action, inside: Inside) -> AsyncGenerator[SubEvent | HandedOver | Observation, None]:
        """Begin or take on a run of its own that a tool is."""
        return self._toolbox.nest(action, inside)

    def look(self, action: Action, env: MemoryEnv) -> Observation:
        """What a tool finds that looks into the run."""
        return self._toolbox.look(action, env)

    async def open(self) -> None:
        """Reach all servers, and ask them what they can do. Raises: Unreachable for one that never was reached."""
        found = await asyncio.gather(*(source.open() for source in self._sources), return_exceptions=True)
        self._take()
        for failure in found:
            if failure is not None:
                raise failure

    def tell_found(self) -> str:
        """What its servers have said of their tools, by their names."""
        told = [(source.server.name, source.tell_found()) for source in self._sources]
        return json.dumps([one for one in told if one[1] is not None]) if any(one[1] for one in told) else ""

    def recall(self, told: str) -> Sequence[str]:
        """Take this for what the servers said that have never been reached; gives their names."""
        known = {name: tools for name, tools in json.loads(told)}
        recalled = [
            source.server.name
            for source in self._sources
            if source.server.name in known and source.recall(known[source.server.name])
        ]
        self._take()
        return recalled

    def _take(self) -> None:
        listed = [source.tools for source in self._sources]
        if listed != self._listed:
            self._listed = listed
            self._toolbox = Toolbox(_name_apart(self._own, self._sources))

    async def aclose(self) -> None:
        """Close the running loop's connections; the tools can be used again afterwards."""
        await asyncio.gather(*(source.aclose() for source in self._sources))
        for own in self._own:
            if isinstance(own, Closable):
                await own.aclose()


def _name_apart(own: Sequence[Tool], sources: Sequence[Source]) -> list[Tool]:
    taken = {tool.spec.name for tool in own}
    common = Counter(tool.spec.name for source in sources for tool in source.tools)
    named: list[Tool] = list(own)
    for source in sources:
        for tool in source.tools:
            name = tool.spec.name
            if name in taken or common[name] > 1:
                name = clean_name(f"{source.server.name}_{name}")
            unique, number = name, 2
            while unique in taken:
                unique, number = clean_name(f"{name[:60]}_{number}"), number + 1
            taken.add(unique)
            named.append(rename(tool, unique))
    return named
