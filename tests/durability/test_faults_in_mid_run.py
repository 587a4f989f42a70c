"""A disk that fills or a server that stops in the middle of a run: an error or a wait, and nothing lost."""

import asyncio
import resource
import signal
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import StoreDown
from agent_brain.core.events import Event, Moved
from agent_brain.core.items import Message, OutcomeStatus
from agent_brain.core.records import Record
from agent_brain.core.store import Store
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.postgres import PostgresStore
from agent_brain.stores.sqlite import SqliteStore
from agent_brain.tools.function_tool import tool
from counterparts.postgres_server import PostgresServer

CALLS = 5


def speak(messages: Sequence[Message]) -> str:
    shown = "\n".join(message["content"] for message in messages)
    made = shown.count("</observation>")
    return "The end." if made >= CALLS else f'{{"name": "weigh", "args": {{"parcel": {made}}}}}'


def build(store: Store, weigh: Callable[[int], str]) -> Brain:
    return Brain(model=ScriptedModel(speak), tools=[tool(weigh)], store=store)


async def collect(events: AsyncGenerator[Event, None], into: list[Record]) -> None:
    async for event in events:
        into += [event] if isinstance(event, Record) else []


@contextmanager
def files_limited_to(bytes_max: int) -> Iterator[None]:
    """As a full disk: what would make a file longer than this fails."""
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


async def test_a_disk_that_fills_stops_the_run_and_it_goes_on_when_there_is_room(tmp_path: Path) -> None:
    weighed, acknowledged, now = list[int](), list[Record](), 1_000_000.0

    def weigh(parcel: int) -> str:
        weighed.append(parcel)
        return "4 kg " * 2000

    brain = build(SqliteStore(tmp_path / "runs.db", clock=lambda: now), weigh)
    async with brain, aclosing(brain.stream("Weigh them.", run_id="r")) as events:
        with files_limited_to(400_000), pytest.raises(StoreDown, match="what was acknowledged is kept"):
            await collect(events, acknowledged)

        kept = [record async for commit in brain.store.read("r") for record in commit.records]
        now += 16  # a disk that takes nothing does not take the lease back either
        done = await brain.go_on("r")

    assert kept[: len(acknowledged)] == acknowledged
    assert (done.answer, sorted(set(weighed))) == ("The end.", list(range(CALLS)))
    outcomes = [item.outcome.status for item in done.env.log if item.outcome]
    assert outcomes.count(OutcomeStatus.UNKNOWN) <= 1


async def test_a_server_that_stops_and_starts_is_waited_for_in_mid_run(postgres_server: PostgresServer) -> None:
    place, weighed = postgres_server.create_place(), list[int]()

    def weigh(parcel: int) -> str:
        weighed.append(parcel)
        return "4 kg"

    brain = build(PostgresStore(place), weigh)
    starting: list[asyncio.Task[None]] = []
    async with brain, aclosing(brain.stream("Weigh them.", run_id="r")) as events:
        async for event in events:
            if isinstance(event, Moved) and event.source == "action" and len(starting) < 3:
                await asyncio.to_thread(postgres_server.kill if len(starting) == 1 else postgres_server.stop)
                starting.append(asyncio.create_task(asyncio.to_thread(postgres_server.start)))
        await asyncio.gather(*starting)
        done = await brain.load("r")

    assert (done.answer, weighed, len(starting)) == ("The end.", list(range(CALLS)), 3)
