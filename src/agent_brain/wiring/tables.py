"""The tables of names: a new net, memory or wire is a row here."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TypeVar, cast

from agent_brain.core.errors import UnknownName
from agent_brain.core.net import Net
from agent_brain.core.ports import Memory, Wire
from agent_brain.memories.messages import Messages
from agent_brain.nets.react import react, react_brief

NETS: Mapping[str, Net] = {net.name: net for net in (react, react_brief)}
MEMORIES: Mapping[str, Memory] = {"messages": Messages()}
WIRES: Mapping[str, str] = {"text": "agent_brain.wires.text:TextWire"}
"""By place, as an entry point names it: a wire is loaded when a brain is made with it, not on import."""

T = TypeVar("T")


def look_up(what: str, part: str | T, table: Mapping[str, T]) -> T:
    """The part of this name; an object is returned as it is. Raises: UnknownName."""
    if not isinstance(part, str):
        return part
    if part not in table:
        raise UnknownName(what, part, table)
    return table[part]


def make_wire(wire: str | Wire) -> Wire:
    """The wire of this name; an object is returned as it is. Raises: UnknownName."""
    if not isinstance(wire, str):
        return wire
    if wire not in WIRES:
        raise UnknownName("wire", wire, WIRES)
    module, _, name = WIRES[wire].partition(":")
    return cast(Callable[[], Wire], getattr(import_module(module), name))()
