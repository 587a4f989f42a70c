"""The wire `auto`, with the servers that this process has asked."""

from agent_brain.models.tool_support import SHARED, ToolSupports, choose_way
from agent_brain.wires.auto import AutoWire


def make_auto_wire(supports: ToolSupports = SHARED) -> AutoWire:
    """A wire that asks each model's server once a process whether it takes tools."""
    return AutoWire(lambda model: choose_way(model, supports))
