"""What a child process is sent to do: each errand takes its words from the command and gives its result."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from agent_brain.brain import Brain
from agent_brain.core.errors import Fenced, RunBusy, RunExists
from agent_brain.core.store import Store
from agent_brain.engine.limits import Limits
from agent_brain.engine.result import Result
from agent_brain.stores.memory import MemoryStore
from agent_brain.stores.named_sql import load_migrations, load_sql
from agent_brain.stores.postgres_driver import load_driver
from durability.asking import build_asker
from durability.gate import pass_gate
from durability.kill_points import KillPoints, MortalPostgresStore, MortalSqliteStore
from durability.nested_work import build_nest
from durability.outside import Outside
from durability.work import GOAL, LONG_PLAN, PLAN, build_brain

Words = Mapping[str, Any]
Tell = Callable[[str], None]
"""Tells the test how far the child is."""
Errand = Callable[[Words, Tell], Awaitable[Any]]

DAY_SECONDS = 86_400
PATIENCE_SECONDS = 30.0
POLL_SECONDS = 0.05


async def warm_up() -> None:
    """Load and compile what every child needs, without a thread."""
    for dialect in ("sqlite", "postgres"):
        load_sql(dialect)
        load_migrations(dialect)
    load_driver()
    outside = Outside(os.devnull)
    await build_brain(MemoryStore(), outside, KillPoints(outside).meet, limits=Limits(tool_calls=1)).run(GOAL)


async def work(words: Words, _: Tell) -> Any:
    """Begin a run, or drive or resume it where `is_begun`, up to the point that is fatal."""
    async with _open_brain(words) as (brain, points):
        if not words["is_begun"]:
            await brain.run(GOAL, run_id=words["run_id"])
        elif words.get("is_resumed"):
            await _resume(brain, words["run_id"])
        else:
            await brain.drive(words["run_id"])
        answer = (await brain.load(words["run_id"])).answer
    for name in points.passed:  # too many for the pipe
        Outside(words["outside"]).tell("passed", name)
    return answer


async def stall(words: Words, _: Tell) -> Any:
    """Begin a run, be stopped at a point, and tell what is raised when it goes on after others have finished it."""
    async with _open_brain(words) as (brain, _points):
        try:
            await brain.run(GOAL, run_id=words["run_id"])
        except Fenced as error:
            return str(error)
    return "it came to the end"


async def insist(words: Words, _: Tell) -> Any:
    """Drive a run as soon as the lease of whoever has it is over."""
    async with _open_brain(words) as (brain, _points), asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                return (await brain.drive(words["run_id"])).answer
            except RunBusy:
                await brain.store.wait(POLL_SECONDS)


async def toil(words: Words, tell: Tell) -> Any:
    """Bring several runs to their ends at the same time, whoever began them."""

    async def bring(brain: Brain, run_id: str) -> Result:
        try:
            return await brain.run(GOAL, run_id=run_id)
        except RunExists:
            return await brain.drive(run_id)

    async with _open_brain(words) as (brain, _points):
        brain.attempts_max = 1_000
        await brain.store.list_due()
        tell("at work")
        results = await asyncio.gather(*(bring(brain, run_id) for run_id in words["run_ids"]))
    return [result.answer for result in results]


async def submit(words: Words, _: Tell) -> Any:
    """Write down runs for any driver to take."""
    async with _open_brain(words) as (brain, _points):
        for run_id in words["run_ids"]:
            await brain.submit(GOAL, run_id=run_id)


async def race(words: Words, tell: Tell) -> Any:
    """Try to drive each run, from the moment on when the gate opens; what came of it."""
    found = []
    async with _open_brain(words) as (brain, _points):
        await brain.store.list_due()
        tell("ready")
        pass_gate(words["gate"])
        for run_id in words["run_ids"]:
            try:
                found.append((await brain.drive(run_id)).answer)
            except RunBusy:
                found.append("busy")
    return [found.count("busy"), sorted(set(found) - {"busy"})]


async def converse(words: Words, _: Tell) -> Any:
    """Begin a run that asks, or take it on with replies, some days later; what it waits for, and its answer."""
    outside = Outside(words["outside"])

    def clock() -> float:
        return time.time() + float(words["days"]) * DAY_SECONDS

    options = {} if words["url"].startswith("postgresql") else {"clock": clock}
    store = _open_store(words["url"], KillPoints(outside), **options)
    async with build_asker(store, outside, clock) as brain:
        if not words["is_begun"]:
            await brain.run(GOAL, run_id=words["run_id"])
        elif words["replies"]:
            await _resume(brain, words["run_id"], words["replies"])
        else:
            await brain.drive(words["run_id"])
        env = await brain.load(words["run_id"])
    return {"status": env.status, "waits": [pause.pause_id for pause in env.open_pauses], "answer": env.answer}


async def _resume(brain: Brain, run_id: str, replies: Mapping[str, Any] | None = None) -> None:
    async with aclosing(brain.resume(run_id, replies)) as events:
        async for _ in events:
            pass


@asynccontextmanager
async def _open_brain(words: Words) -> AsyncIterator[tuple[Brain, KillPoints]]:
    outside = Outside(words["outside"])
    points = KillPoints(outside, words.get("fatal"), words.get("signal", signal.SIGKILL))
    store = _open_store(words["url"], points, lease_seconds=words.get("lease_seconds", 15.0))
    plan = LONG_PLAN if words.get("is_long") else PLAN
    built = (
        build_nest(store, outside, points.meet)
        if words.get("is_nest")
        else build_brain(store, outside, points.meet, plan, words.get("wire", "text"))
    )
    async with built as brain:
        yield brain, points


def _open_store(url: str, points: KillPoints, **options: Any) -> Store:
    """The store at a URL of Postgres, or in a file."""
    if url.startswith("postgresql"):
        return MortalPostgresStore(url, points, **options)
    return MortalSqliteStore(url, points, **options)


ERRANDS: Mapping[str, Errand] = {
    errand.__name__: errand for errand in (work, stall, insist, toil, submit, race, converse)
}
