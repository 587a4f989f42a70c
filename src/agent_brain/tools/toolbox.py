"""The tools of a brain, by name."""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from functools import cached_property
from typing import Any, Protocol, Union, runtime_checkable

from agent_brain.core.errors import SetupError, UnknownName, nearest_hint
from agent_brain.core.events import HandedOver, SubEvent
from agent_brain.core.items import Action, FaultKind, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Closable
from agent_brain.core.tooling import Inside, Question, Tool, Tools, ToolSpec
from agent_brain.tools.function_tool import tool
from agent_brain.tools.result_text import cut_middle, make_safe, to_text

KNOWN_NAMES_MAX = 30
NAME_CHARACTERS_MAX = 100

ToolLike = Union[Tool, Callable[..., Any], "Toolbox"]


@runtime_checkable
class AnsweringTool(Protocol):
    """A tool that goes on with the reply to what it asked, where its question had a token."""

    def answer(
        self, args: Mapping[str, Any], action_id: str, token: Any, reply: Any
    ) -> AsyncGenerator[str | Observation | Question, None]:
        """As `Tool.call`, from where it asked."""


@runtime_checkable
class NestingTool(Protocol):
    """A tool that is a run of its own (`ToolSpec.nests`)."""

    def nest(
        self, args: Mapping[str, Any], inside: Inside
    ) -> AsyncGenerator[SubEvent | HandedOver | Observation, None]:
        """As `Nesting.nest`."""


@runtime_checkable
class LookingTool(Protocol):
    """A tool that looks into the run that calls it (`ToolSpec.looks`)."""

    def look(self, args: Mapping[str, Any], env: MemoryEnv) -> Observation:
        """As `Looking.look`."""


@runtime_checkable
class Extendable(Protocol):
    """Tools of which others can be made that have more."""

    def extended(self, tools: Iterable[ToolLike]) -> Tools:
        """The same ones, and these."""


class Toolbox:
    """Tools in the order in which they were given; anything callable is made a tool.

    Raises: SetupError where two have one name, or where something is no tool.
    """

    def __init__(self, tools: Iterable[ToolLike] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        for made in _flatten(tools):
            name = made.spec.name
            if name in self._tools:
                raise SetupError(
                    f"two tools are called {name!r}: {_locate(self._tools[name])} and {_locate(made)}; rename one"
                )
            self._tools[name] = made

    @cached_property
    def specs(self) -> Sequence[ToolSpec]:
        """In the order in which the model is told of them."""
        return tuple(made.spec for made in self._tools.values())

    @property
    def names(self) -> Sequence[str]:
        """In the same order."""
        return tuple(self._tools)

    def extended(self, tools: Iterable[ToolLike]) -> "Toolbox":
        """The same tools, and these."""
        return Toolbox([*self, *tools])

    def __getitem__(self, name: str) -> Tool:
        """The tool of this name. Raises: UnknownName."""
        try:
            return self._tools[name]
        except KeyError:
            raise UnknownName("tool", name, self._tools) from None

    def get(self, name: str) -> Tool | None:
        """The tool of this name, if there is one."""
        return self._tools.get(name)

    def __contains__(self, name: object) -> bool:
        """True where a tool has this name."""
        return name in self._tools

    def __iter__(self) -> Iterator[Tool]:
        """The tools in order."""
        return iter(self._tools.values())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._tools)

    async def call(self, action: Action, action_id: str) -> AsyncGenerator[str | Observation | Question, None]:
        """As `Tool.call`; an unknown name is an observation that lists the known ones."""
        made = self._tools.get(action.name)
        if made is None:
            yield Observation(self._describe_unknown(action.name), OutcomeStatus.FAILED, FaultKind.UNKNOWN_TOOL)
            return
        async with aclosing(made.call(action.args, action_id)) as pieces:
            async for piece in pieces:
                yield piece

    async def answer(
        self, action: Action, action_id: str, token: Any, reply: Any
    ) -> AsyncGenerator[str | Observation | Question, None]:
        """As `Answering.answer`, of the tool that asked; one that takes no replies has the reply as its outcome."""
        made = self._tools.get(action.name)
        if made is None:
            said = f"it asked a person, who replied, and there is {self._describe_unknown(action.name)}"
            yield Observation(said, OutcomeStatus.UNKNOWN)
        elif isinstance(made, AnsweringTool):
            async with aclosing(made.answer(action.args, action_id, token, reply)) as pieces:
                async for piece in pieces:
                    yield piece
        else:
            yield Observation(to_text(reply))

    async def nest(self, action: Action, inside: Inside) -> AsyncGenerator[SubEvent | HandedOver | Observation, None]:
        """As `Nesting.nest`, of the tool of this name, whose spec says that it nests."""
        made = self._tools[action.name]
        assert isinstance(made, NestingTool)  # as its spec says
        async with aclosing(made.nest(action.args, inside)) as pieces:
            async for piece in pieces:
                yield piece

    def look(self, action: Action, env: MemoryEnv) -> Observation:
        """As `Looking.look`, of the tool of this name, whose spec says that it looks."""
        made = self._tools[action.name]
        assert isinstance(made, LookingTool)  # as its spec says
        return made.look(action.args, env)

    @property
    def secrets(self) -> list[str]:
        """What no journal may hold of what its tools were given."""
        return [value for made in self._tools.values() for value in getattr(made, "secrets", ())]

    async def aclose(self) -> None:
        """Close what its tools have opened for the running event loop."""
        for made in self._tools.values():
            if isinstance(made, Closable):
                await made.aclose()

    def _describe_unknown(self, name: str) -> str:
        short = make_safe(cut_middle(name, NAME_CHARACTERS_MAX))
        known = ", ".join(self.names[:KNOWN_NAMES_MAX]) or "none"
        more = len(self) - KNOWN_NAMES_MAX
        rest = f" and {more} more" if more > 0 else ""
        return f"no tool called {short!r}{nearest_hint(short, self.names)}; known tools: {known}{rest}"


def _flatten(tools: Iterable[ToolLike]) -> Iterator[Tool]:
    for given in tools:
        if isinstance(given, Toolbox):
            yield from given
        elif hasattr(given, "spec") and hasattr(given, "call"):
            yield given
        else:
            yield tool(given)


def _locate(made: Tool) -> str:
    function = getattr(made, "function", made)
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', '?')}.{name}"
