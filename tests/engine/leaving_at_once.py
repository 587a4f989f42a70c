"""A program that breaks off a run without closing its stream, after N events, and ends at once."""

import asyncio
import sys

from agent_brain import Brain, ScriptedModel, tool

CALL = '{"name": "slow", "args": {}}'


@tool
async def slow() -> str:
    """Takes its time, also to clean up."""
    try:
        await asyncio.sleep(0.01)
    finally:
        await asyncio.sleep(0.01)
    return ""


async def main(events: int, store: str, way: str) -> None:
    brain = Brain(model=ScriptedModel(lambda _: CALL), tools=[slow], store=store)
    stream = brain.stream("Go.") if way == "stream" else brain.answer("Go.")
    count = 0
    async for _ in stream:
        count += 1
        if count == events:
            break


if __name__ == "__main__":
    for events in range(1, 24):
        asyncio.run(main(events, sys.argv[1], sys.argv[2]))
