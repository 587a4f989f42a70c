"""A long run read back, taken on and forked."""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TypeVar

from agent_brain.core.env_json import encode_env
from agent_brain.core.events import Entered
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.engine.driver import Driver
from benchmarks.journal_line import Line
from benchmarks.journal_net import finish, make_driver
from benchmarks.journal_places import MEMORY, Place, leave_disk
from benchmarks.journal_size import JournalSize

T = TypeVar("T")

RUN_ID = "long"
FORK_BYTES = 65_536
"""A few pages: its row, its first record, its place in the indexes."""
READ_MICROS = 250.0
"""A step that is read back, which has six records: a run of ten thousand goes on after two seconds and a half."""
REPEATS = 3
SNAPSHOT_SHARE = 0.5


async def measure_reading(places: Sequence[Place], size: JournalSize) -> list[Line]:
    """The lines of each durable place. Raises: AssertionError where an env that is read back is another one."""
    durable = [place for place in leave_disk(places) if place.name != MEMORY]
    return [line for place in durable for line in await _measure(place, size.long)]


async def _measure(place: Place, steps: int) -> list[Line]:
    store = place.make()
    driver = make_driver(store, steps)
    lived = await finish(driver.stream("Read all places.", run_id=RUN_ID))
    whole, env = await _take_time(lambda: driver.load(RUN_ID))
    _check_equal(lived, env)
    left = await driver.fork(RUN_ID, env.head - 1)
    first, _ = await _take_time(lambda: _enter(driver, left))
    lines = [
        Line(
            f"read back, {place.name}: {steps:,} steps", "us/step", whole * 1e6 / steps, READ_MICROS, f"{whole:.2f} s"
        ),
        Line(f"claim to first step, {place.name}: {steps:,} steps", "us/step", first * 1e6 / steps, READ_MICROS),
        *await _fork(place, driver, env),
    ]
    await store.put_snapshot(RUN_ID, env.head, encode_env(env))
    short, again = await _take_time(lambda: driver.load(RUN_ID))
    _check_equal(env, again)
    case = f"read back from a snapshot, {place.name}"
    lines.append(Line(case, "ratio", short / whole, SNAPSHOT_SHARE, f"{short:.2f} s, without {whole:.2f} s"))
    await store.aclose()
    return lines


async def _enter(driver: Driver, run_id: str) -> None:
    """Take a run on until its next step begins, and leave it there."""
    async with aclosing(driver.resume(run_id)) as events:
        async for event in events:
            if isinstance(event, Entered):
                return


async def _fork(place: Place, driver: Driver, env: MemoryEnv) -> list[Line]:
    """A fork in the middle: its time, the rows that it copies and the bytes that it adds."""
    before = place.weigh()
    seconds, fork_id = await _take_time(lambda: driver.fork(RUN_ID, env.head // 2))
    after = place.weigh()
    assert before is not None
    assert after is not None
    copied = after.commits - before.commits - REPEATS  # each has one of its own
    if (await driver.store.get(fork_id)).head != env.head // 2 + 1:
        raise AssertionError(f"{place.name}: a fork that is not whole")
    case = f"fork in the middle, {place.name}"
    return [
        Line(f"{case}: rows copied", "rows", copied, 0),
        Line(f"{case}: added", "bytes", (after.total - before.total) / REPEATS, FORK_BYTES, f"in {seconds:.2f} s"),
    ]


def _check_equal(one: MemoryEnv, other: MemoryEnv) -> None:
    if one != other:
        raise AssertionError("an env that was read back is another one")


async def _take_time(call: Callable[[], Awaitable[T]]) -> tuple[float, T]:
    """The seconds of the fastest of a few calls, as other programs only make them slower; what the last one gave."""
    seconds, made = [], []
    for _ in range(REPEATS):
        began = time.perf_counter()
        made.append(await call())
        seconds.append(time.perf_counter() - began)
    return min(seconds), made[-1]
