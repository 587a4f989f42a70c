"""A process that works on the runs of a journal with a tool that kills it."""

import asyncio
import os
import sys
from contextlib import aclosing

from agent_brain.brain import Brain
from agent_brain.engine.worker import Worker
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.sqlite import SqliteStore
from agent_brain.tools.function_tool import tool

CALL = '{"name": "die", "args": {}}'


@tool(read_only=True)
def die() -> str:
    """Die in the middle of the work."""
    os._exit(9)


def make_brain(store: SqliteStore) -> Brain:
    return Brain(model=ScriptedModel([CALL]), tools=[die], store=store)


def open_store(path: str) -> SqliteStore:
    return SqliteStore(path, lease_seconds=0.2)


async def main(path: str) -> None:
    store = open_store(path)
    brain = make_brain(store)
    async with aclosing(Worker(store, lambda _: brain, sweep_seconds=0.05).work()) as outcomes:
        async for outcome in outcomes:
            print(outcome.run_id, outcome.error)
            break
    await store.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
