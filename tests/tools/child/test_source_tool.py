"""Functions of strangers' source as tools."""

from collections.abc import AsyncGenerator

import pytest

from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.core.tooling import Tool, ToolSpec
from agent_brain.tools.child.child import CallEnd, Child, Returned
from agent_brain.tools.child.source_tool import SourceTool, observe
from tools.tool_contract import ToolContract

NUMBERS = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "required": ["a", "b"]}
NOTHING = {"type": "object", "properties": {}}
SOURCES = {
    "add": ("def add(a, b):\n    return a + b\n", NUMBERS),
    "find": ("def find():\n    raise ValueError('no such city')\n", NOTHING),
    "wait": ("def wait():\n    import time\n    time.sleep(60)\n", NOTHING),
}


class TestSourceTool(ToolContract):
    """A function in a child keeps the contract of tools."""

    @pytest.fixture(autouse=True)
    async def child(self) -> AsyncGenerator[None, None]:
        """The process that runs them."""
        async with Child() as self.running:
            yield

    def make(self, name: str) -> Tool:
        """One of the sources."""
        source, parameters = SOURCES[name]
        return SourceTool(ToolSpec(name, "?", parameters, read_only=True), source, name, self.running)

    def make_adder(self) -> Tool:
        """As the contract has it."""
        return self.make("add")

    def make_failing(self) -> Tool:
        """As the contract has it."""
        return self.make("find")

    def make_waiting(self) -> Tool:
        """As the contract has it."""
        return self.make("wait")


def test_what_fails_though_the_schema_lets_it_pass_is_no_fault_of_the_models() -> None:
    spec, wrong = (
        ToolSpec("add", "?", NUMBERS),
        Returned(CallEnd.WRONG_ARGUMENTS, why="unexpected keyword argument 'b'"),
    )
    assert observe(spec, {"a": 1, "b": 2}, wrong) == Observation(
        "unexpected keyword argument 'b'", OutcomeStatus.FAILED
    )
    assert observe(spec, {"a": 1}, wrong).fault is FaultKind.WRONG_ARGUMENTS
    assert observe(spec, {"a": True, "b": 2}, wrong).fault is FaultKind.WRONG_ARGUMENTS


@pytest.mark.parametrize(("read_only", "status"), [(True, OutcomeStatus.FAILED), (False, OutcomeStatus.UNKNOWN)])
def test_a_call_that_was_cut_may_have_taken_effect(read_only: bool, status: OutcomeStatus) -> None:
    cut = Returned(CallEnd.OUT_OF_TIME, why="it took over 1 s")
    assert observe(ToolSpec("add", "?", NUMBERS, read_only=read_only), {}, cut).status is status
