"""AutoWire: tool calls where a model's server takes them, JSON in text elsewhere; found out by asking the server."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.chat import ChatModel, Reply, takes_tools
from agent_brain.core.items import Item, Message
from agent_brain.core.ports import Reading, Wire
from agent_brain.core.tooling import ToolSpec
from agent_brain.core.wire_choice import WireChoice
from agent_brain.wires.native import NativeWire


@dataclass(frozen=True)
class AutoWire:
    """Chooses between tool calls and text for each model, once a run; a run keeps its choice wherever it goes on.

    By itself, as seen by whoever has chosen for no model yet, it is the text wire.
    """

    find: Callable[[ChatModel], Awaitable[WireChoice]]
    """Finds out what goes with a model that takes tools, by asking its server where that has not been done."""
    native: NativeWire = field(default_factory=NativeWire)

    @property
    def text(self) -> Wire:
        """The one that stands by the native one."""
        return self.native.text

    async def choose(self, model: ChatModel, known: WireChoice | None, *, may_ask: bool = True) -> WireChoice:
        """What the run has chosen before; else what its server takes. A model that takes no tools is not asked."""
        if not takes_tools(model):
            return WireChoice("text", f"model {model.name!r} takes no tools")
        if known is not None or may_ask:
            return known or await self.find(model)
        return WireChoice("text")

    def note_refusal(self, model: ChatModel, why: str) -> None:
        """As the native one."""
        self.native.note_refusal(model, why)

    def get_messages(
        self, instructions: str, items: Sequence[Item], specs: Sequence[ToolSpec], directive: str = ""
    ) -> list[Message]:
        """As over text."""
        return self.text.get_messages(instructions, items, specs, directive)

    def get_tools(self, specs: Sequence[ToolSpec]) -> Sequence[Mapping[str, Any]]:
        """None."""
        return self.text.get_tools(specs)

    def read(self, reply: Reply, specs: Sequence[ToolSpec]) -> Reading:
        """As over text."""
        return self.text.read(reply, specs)
