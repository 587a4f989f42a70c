"""Tools and a wire for the tests of this room."""

import pytest

from agent_brain.core.tooling import ToolSpec
from agent_brain.wires.text import TextWire


@pytest.fixture
def wire() -> TextWire:
    return TextWire()


@pytest.fixture
def specs() -> list[ToolSpec]:
    number = {"type": "number"}
    return [
        ToolSpec("add", "Add two.", {"type": "object", "properties": {"a": number, "b": number}, "required": ["a"]}),
        ToolSpec("say", "Say it.", {"type": "object", "properties": {"t": {"type": "string"}, "u": {}}}),
        ToolSpec("find", "Find it.", {"type": "object", "properties": {"query": {"type": "string"}}}),
        ToolSpec("now", "The time.", {"type": "object", "properties": {}}),
    ]
