"""The tables of names: a new net, memory or wire is a row here."""

from collections.abc import Mapping
from typing import TypeVar

from agent_brain.core.errors import UnknownName
from agent_brain.core.net import Net
from agent_brain.core.ports import Memory, Wire
from agent_brain.memories.messages import Messages
from agent_brain.nets.react import react, react_brief
from agent_brain.wires.text import TextWire

NETS: Mapping[str, Net] = {net.name: net for net in (react, react_brief)}
MEMORIES: Mapping[str, Memory] = {"messages": Messages()}
WIRES: Mapping[str, Wire] = {"text": TextWire()}

T = TypeVar("T")


def look_up(what: str, part: str | T, table: Mapping[str, T]) -> T:
    """The part of this name; an object is returned as it is. Raises: UnknownName."""
    if not isinstance(part, str):
        return part
    if part not in table:
        raise UnknownName(what, part, table)
    return table[part]
