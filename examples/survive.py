"""A run outlives its process: it goes on from its last step, and no action that has an outcome runs twice.

Prints:
    left in: reasoning, status stopped
    answered: The parcel weighs 4 kg.
    weighed: 1 time
"""

import asyncio
import tempfile
from contextlib import aclosing
from pathlib import Path

from agent_brain import ActionFinished, Brain, Moved, ScriptedModel, tool

weighed: list[str] = []


@tool
def weigh(parcel: str) -> str:
    """Put a parcel on the scales."""
    weighed.append(parcel)
    return "4 kg"


async def begin(file: Path) -> None:
    brain = Brain(tools=[weigh], model=ScriptedModel(['{"name": "weigh", "args": {"parcel": "7"}}']), store=str(file))
    async with brain, aclosing(brain.stream("How heavy is parcel 7?", run_id="parcel-7")) as events:
        was_weighed = False
        async for event in events:
            was_weighed = was_weighed or isinstance(event, ActionFinished)
            if was_weighed and isinstance(event, Moved):
                break  # kill -9 comes to the same, but for the lease: another driver waits until it is over
    async with brain:
        info = await brain.store.get("parcel-7")
    print(f"left in: {info.state}, status {info.status}")


async def finish(file: Path) -> None:
    script = ScriptedModel(["It is on the scales.", "The parcel weighs 4 kg."])
    async with Brain(tools=[weigh], model=script, store=str(file)) as brain:
        done = await brain.go_on("parcel-7")
    print(f"{done.status}: {done.answer}")
    print(f"weighed: {len(weighed)} time")


def main() -> None:
    weighed.clear()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(begin(Path(folder) / "runs.db"))
        asyncio.run(finish(Path(folder) / "runs.db"))


if __name__ == "__main__":
    main()
