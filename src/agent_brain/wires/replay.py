"""A choosing wire that chooses as a journal says: nobody is asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent_brain.core.chat import ChatModel, Reply
from agent_brain.core.items import Item, Message
from agent_brain.core.ports import Choosing, Reading, Wire
from agent_brain.core.tooling import ToolSpec
from agent_brain.core.wire_choice import Way, WireChoice

FindWay = Callable[[], Way | None]
"""Finds over which wire the next call was made that is recorded; None where none is."""


@dataclass(frozen=True)
class ReplayWire:
    """The twin of a choosing wire; where nothing is chosen, what that wire is by itself."""

    own: Wire
    native: Wire
    text: Wire
    find: FindWay

    @classmethod
    def of(cls, wire: Wire, find: FindWay) -> Wire:
        """The twin of a wire; one that chooses nothing is its own."""
        return cls(wire, wire.native, wire.text, find) if isinstance(wire, Choosing) else wire

    async def choose(self, model: ChatModel, known: WireChoice | None, *, may_ask: bool = True) -> WireChoice:
        """What was chosen for the call that comes next, a fallback included; where none is recorded, what is known."""
        own: Way = "native" if self.own is self.native else "text"
        return WireChoice(self.find() or (known.way if known else own))

    def get_messages(
        self, instructions: str, items: Sequence[Item], specs: Sequence[ToolSpec], directive: str = ""
    ) -> list[Message]:
        """As the wire's own."""
        return self.own.get_messages(instructions, items, specs, directive)

    def get_tools(self, specs: Sequence[ToolSpec]) -> Sequence[Mapping[str, Any]]:
        """As the wire's own."""
        return self.own.get_tools(specs)

    def read(self, reply: Reply, specs: Sequence[ToolSpec]) -> Reading:
        """As the wire's own."""
        return self.own.read(reply, specs)
