"""What every adapter of the `Tool` port promises; a test class inherits it and says how its tools are made."""

import asyncio
import time
from abc import ABC, abstractmethod
from contextlib import aclosing
from typing import Any

import pytest

from agent_brain.core.items import FaultKind, Observation, OutcomeStatus
from agent_brain.core.tooling import Question, Tool


async def collect(tool: Tool, args: Any) -> list[str | Observation | Question]:
    async with aclosing(tool.call(args, "run:1")) as pieces:
        return [piece async for piece in pieces]


async def observe(tool: Tool, args: Any) -> Observation:
    last = (await collect(tool, args))[-1]
    assert isinstance(last, Observation)
    return last


class ToolContract(ABC):
    @abstractmethod
    def make_adder(self) -> Tool:
        """A tool `add(a: int, b: int)` that gives their sum."""

    @abstractmethod
    def make_failing(self) -> Tool:
        """A tool without arguments that fails saying `no such city`."""

    @abstractmethod
    def make_waiting(self) -> Tool:
        """A tool without arguments that does not end within a minute."""

    async def test_ends_with_exactly_one_observation(self) -> None:
        pieces = await collect(self.make_adder(), {"a": 2, "b": 3})
        assert [isinstance(piece, Observation) for piece in pieces] == [False] * (len(pieces) - 1) + [True]
        assert pieces[-1] == Observation("5")

    @pytest.mark.parametrize("args", [{}, {"a": "x", "b": 1}, {"a": 1, "b": 2, "c": 3}, {"a": None, "b": [1]}])
    async def test_wrong_arguments_are_an_observation(self, args: dict[str, Any]) -> None:
        seen = await observe(self.make_adder(), args)
        assert (seen.status, seen.fault) == (OutcomeStatus.FAILED, FaultKind.WRONG_ARGUMENTS)

    async def test_a_failure_is_an_observation(self) -> None:
        seen = await observe(self.make_failing(), {})
        assert seen.status is OutcomeStatus.FAILED
        assert seen.fault is None
        assert "no such city" in seen.text

    async def test_cancelling_the_caller_ends_the_call_within_a_second(self) -> None:
        task = asyncio.create_task(collect(self.make_waiting(), {}))
        await asyncio.sleep(0.02)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 1

    def test_its_spec_is_the_schema_of_an_object(self) -> None:
        spec = self.make_adder().spec
        assert spec.name == "add"
        assert spec.parameters["type"] == "object"
        assert sorted(spec.parameters["properties"]) == ["a", "b"]
