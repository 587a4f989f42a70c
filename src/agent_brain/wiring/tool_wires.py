"""The wires that send tools, with what this process knows of the servers that it has asked."""

from agent_brain.models.tool_support import SHARED, ToolSupports, choose_way
from agent_brain.wires.auto import AutoWire
from agent_brain.wires.native import NativeWire


def make_auto_wire(supports: ToolSupports = SHARED) -> AutoWire:
    """A wire that asks each model's server once a process whether it takes tools."""
    return AutoWire(lambda model: choose_way(model, supports), make_native_wire(supports))


def make_native_wire(supports: ToolSupports = SHARED) -> NativeWire:
    """A wire of tool calls, for whose refusal each model's server is paid once a process."""
    return NativeWire(recall=supports.recall, note=supports.note_refusal)
