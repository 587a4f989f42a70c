"""Brain: a net, a memory, models, tools and limits, put together by name or by object."""

from collections.abc import Callable, Iterable
from typing import Any, Self

from agent_brain.core.net import Net
from agent_brain.core.ports import DEFAULT_ROLE, ChatModel, Closable, Memory, Parts, Tool, Tools, Wire
from agent_brain.engine.driver import Driver
from agent_brain.engine.limits import Limits
from agent_brain.wiring.models import make_model
from agent_brain.wiring.tables import MEMORIES, NETS, look_up, make_wire
from agent_brain.wiring.tools import make_tools


class Brain(Driver):
    """Serves any number of runs at once and holds no run data.

    `net`, `memory` and `wire` are names of the tables in `wiring`, or objects; a model is a name or a ChatModel; a tool
    is a function, an object with `__call__`, a Tool, or a name: `builtin` for all built-in ones, one of theirs, a file
    `tools.py`, or `package.module:name`. With no model named the environment decides; where it
    configures none either, the embedded `offline` model is used.
    Raises: SetupError for parts that do not fit together; UnknownName lists the names that exist.
    """

    def __init__(  # noqa: PLR0913  # one keyword for each part of a brain
        self,
        net: str | Net = "react",
        memory: str | Memory = "messages",
        model: str | ChatModel | None = None,
        tools: Tools | Iterable[Tool | Callable[..., Any] | str] = (),
        *,
        reasoning_model: str | ChatModel | None = None,
        answering_model: str | ChatModel | None = None,
        wire: str | Wire = "text",
        instructions: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        unbound = look_up("net", net, NETS)
        named = {DEFAULT_ROLE: model, "reasoning": reasoning_model, "answering": answering_model}
        self.models = {
            role: make_model(given) for role, given in named.items() if given is not None or role == DEFAULT_ROLE
        }
        self.tools = make_tools(tools)
        parts = Parts(
            models=self.models,
            memory=look_up("memory", memory, MEMORIES),
            tools=self.tools,
            wire=make_wire(wire),
            instructions=unbound.instructions if instructions is None else instructions,
        )
        super().__init__(unbound.bind(parts), limits or Limits())

    async def aclose(self) -> None:
        """Close the connections that models have opened for the running event loop."""
        for model in self.models.values():
            if isinstance(model, Closable):
                await model.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
