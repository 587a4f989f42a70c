"""A real server over each wire: llama.cpp's, which holds random weights to the form of a call, or takes no tools."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from agent_brain.brain import Brain
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.events import Retracted
from agent_brain.core.items import FaultKind, ItemKind
from agent_brain.core.ports import Wire
from agent_brain.core.records import Status
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.tool_support import ToolSupports
from agent_brain.nets.speaking import SpeakingState
from agent_brain.tools.function_tool import tool
from agent_brain.wiring.tool_wires import make_auto_wire
from counterparts.llama_server import SLOTS, run_server
from counterparts.tiny_model import write_model
from soak import size

SEEDS = size(200, 120)


@tool
def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


@tool
def length_of(text: str) -> int:
    """Count the characters of a text."""
    return len(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("llama")
    write_model(folder / "calling.gguf", takes_tools=True)
    return folder


@pytest.fixture
async def calling(folder: Path) -> AsyncGenerator[AsyncOpenAI, None]:
    with run_server(folder / "calling.gguf", folder / "calling.log") as address:
        async with AsyncOpenAI(base_url=f"{address}/v1", api_key="none") as client:
            yield client


@pytest.fixture
async def refusing(folder: Path) -> AsyncGenerator[AsyncOpenAI, None]:
    with run_server(folder / "calling.gguf", folder / "refusing.log", takes_tools=False) as address:
        async with AsyncOpenAI(base_url=f"{address}/v1", api_key="none") as client:
            yield client


def make_brain(client: AsyncOpenAI, wire: str | Wire, seed: int = 1, tokens_max: int = 48) -> Brain:
    model = OpenAIChat("tiny-random", client=client, options={"seed": seed, "max_tokens": tokens_max})
    return Brain(model=model, tools=[add, length_of], wire=wire, limits=Limits(model_calls=2))


@pytest.mark.timeout(300)
async def test_every_run_ends_with_a_history_that_the_server_takes(calling: AsyncOpenAI) -> None:
    places, wire = asyncio.Semaphore(SLOTS), make_auto_wire(ToolSupports())
    brief = OpenAIChat("tiny-random", client=calling, options={"max_tokens": 1})

    async def run(seed: int) -> tuple[Result, int]:
        """A run, and how many steps of a reply the server streams to what a further question would show of it."""
        brain = make_brain(calling, wire, seed, 12 + seed % 48)  # many a call is cut
        async with places, brain:
            result = await brain.run(f"How long is the word for {seed} + 3?")
            state = brain.net["reasoning"]
            assert isinstance(state, SpeakingState)
            messages, tools = state.get_messages(result.env), wire.native.get_tools(brain.tools.specs)
            async with aclosing(brief.stream_calls(messages, tools)) as steps:
                return result, len([step async for step in steps])

    found = await asyncio.gather(*map(run, range(SEEDS)))
    results = [result for result, _ in found]
    assert all(steps for _, steps in found)
    failed = [result.error for result in results if result.status is Status.FAILED]
    assert [
        error for error in failed if not (isinstance(error, ModelError) and error.kind is ModelErrorKind.EMPTY)
    ] == []
    assert {choice["wire"] for result in results for choice in result.env.board.values()} == {"native"}
    faults = sum((Counter(result.env.faults) for result in results), Counter[FaultKind]())
    assert faults[FaultKind.CUT_SHORT] > SEEDS / 10
    actions = [item for result in results for item in result.env.log if item.kind is ItemKind.ACTION]
    assert all(item.outcome is not None for item in actions)
    assert sum(bool(item.outcome and not item.outcome.is_error) for item in actions) > SEEDS / 20


@pytest.mark.parametrize("wire", ["native", make_auto_wire(ToolSupports())], ids=["native", "auto"])
async def test_a_server_that_takes_no_tools_is_asked_over_text(wire: str | Wire, refusing: AsyncOpenAI) -> None:
    async with make_brain(refusing, wire) as brain:
        events = [event async for event in brain.stream("What is 2 + 3?", run_id="r")]
        env = await brain.load("r")
    assert env.status in {Status.ANSWERED, Status.LIMITED}
    [choice] = env.board.values()
    assert (choice["wire"], "tools param requires --jinja flag" in choice["why"]) == ("text", True)
    told = "".join(event.reason for event in events if isinstance(event, Retracted))
    assert told.count("it is asked again over text") == (wire == "native")
