"""A real server: llama.cpp's own, with random weights; whatever it writes, a run ends with a status."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from agent_brain.brain import Brain
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.events import Chunk
from agent_brain.core.items import FaultKind, ItemKind, Observation
from agent_brain.core.records import Status
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.tools.function_tool import tool
from counterparts.llama_server import SLOTS, count_busy_slots, count_connections, run_server
from counterparts.tiny_model import write_model
from soak import size

SEEDS = size(200, 40)
TYPED_SEEDS = size(50, 16)
TOKENS_MAX = 32


@tool
def add(a: float, b: float) -> float:
    """Add two numbers."""
    return a + b


@tool
def length_of(text: str) -> int:
    """Count the characters of a text."""
    return len(text)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("llama")
    write_model(folder / "tiny.gguf")
    with run_server(folder / "tiny.gguf", folder / "server.log") as address:
        yield address


def make_brain(address: str, seed: int, tokens_max: int = TOKENS_MAX) -> Brain:
    options = {"seed": seed, "max_tokens": tokens_max}
    model = OpenAIChat("tiny-random", base_url=f"{address}/v1", api_key="none", options=options)
    return Brain(net="react", memory="messages", model=model, tools=[add, length_of], limits=Limits(model_calls=4))


async def run_seed(address: str, seed: int) -> Result:
    async with make_brain(address, seed) as brain:
        return await brain.run(f"How long is the word for {seed} + 3?")


async def wait_until_idle(address: str) -> None:
    """Wait until the server writes for nobody and no connection is open. Raises: TimeoutError."""
    async with asyncio.timeout(2):  # the other process cannot set an event
        while await asyncio.to_thread(count_busy_slots, address) or count_connections(address):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_every_run_ends_with_a_status_and_leaves_no_connection(address: str) -> None:
    places = asyncio.Semaphore(SLOTS)

    async def run(seed: int) -> Result:
        async with places:
            return await run_seed(address, seed)

    results = await asyncio.gather(*map(run, range(SEEDS)))
    await wait_until_idle(address)
    assert len(results) == SEEDS
    assert {result.status for result in results} <= {Status.ANSWERED, Status.LIMITED, Status.FAILED}
    failed = [result.error for result in results if result.status is Status.FAILED]
    assert [
        error for error in failed if not (isinstance(error, ModelError) and error.kind is ModelErrorKind.EMPTY)
    ] == []
    assert len(failed) < SEEDS / 10  # random weights now and then answer with nothing, or with thinking alone
    faults = sum((Counter(result.env.faults) for result in results), Counter[FaultKind]())
    assert faults.keys() == set(FaultKind) - {FaultKind.WRONG_ANSWER}
    actions = [item for result in results for item in result.env.log if item.kind is ItemKind.ACTION]
    assert all(item.outcome is not None for item in actions)
    assert sum(item.outcome == Observation("5.0") for item in actions) > SEEDS / 10


class Person(BaseModel):
    """Whom the random weights make up; bounds keep a name from going on until the token limit."""

    name: Annotated[str, Field(max_length=8)]
    age: Annotated[int, Field(ge=0, le=150)]
    job: Literal["smith", "baker"] | None = None


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_random_weights_answer_with_values_of_the_type_that_the_server_holds_them_to(
    address: str, wire: str
) -> None:
    places = asyncio.Semaphore(SLOTS)

    async def run(seed: int) -> Result[Person]:
        options = {"seed": seed, "max_tokens": 96}
        model = OpenAIChat("tiny-random", base_url=f"{address}/v1", api_key="none", options=options)
        limits = Limits(model_calls=3)
        brain = Brain[Person](net="react_brief", model=model, tools=[add], wire=wire, limits=limits, answer_type=Person)
        async with places, brain:
            return await brain.run(f"Who is number {seed}?")

    results = await asyncio.gather(*map(run, range(TYPED_SEEDS)))
    await wait_until_idle(address)
    values = [result.value for result in results if result.status is not Status.FAILED]
    failed = [result for result in results if result.status is Status.FAILED]
    assert all(isinstance(value, Person) for value in values)
    assert all(set(result.env.faults) & {FaultKind.CUT_SHORT} for result in failed)
    assert len(values) > TYPED_SEEDS * 0.9
    assert FaultKind.WRONG_ANSWER not in sum((Counter(result.env.faults) for result in results), Counter())


async def test_a_seed_gives_the_same_run_again(address: str) -> None:
    first, second = await run_seed(address, 7), await run_seed(address, 7)
    assert [(item.kind, item.text) for item in first.env.log] == [(item.kind, item.text) for item in second.env.log]


async def test_a_run_that_is_left_early_stops_the_server_at_once(address: str) -> None:
    for seed in range(10):
        async with (
            make_brain(address, seed, tokens_max=4000) as brain,
            aclosing(brain.stream("Go on and on.")) as events,
        ):
            async for event in events:
                if isinstance(event, Chunk):
                    break
    await wait_until_idle(address)
