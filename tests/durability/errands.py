"""What a child process is sent to do: each errand takes its words from the command and gives its result."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agent_brain.core.errors import BrainError
from agent_brain.core.store import Store
from durability.kill_points import KillPoints, MortalPostgresStore, MortalSqliteStore
from durability.outside import Outside
from durability.work import GOAL, build_brain

Words = Mapping[str, Any]
Tell = Callable[[str], None]
"""Tells the test how far the child is."""
Errand = Callable[[Words, Tell], Awaitable[Any]]


def open_store(url: str, points: KillPoints, **options: Any) -> Store:
    """The store at a URL of Postgres, or in a file."""
    if url.startswith("postgresql"):
        return MortalPostgresStore(url, points, **options)
    return MortalSqliteStore(url, points, **options)


async def work(words: Words, tell: Tell) -> dict[str, Any]:
    """Begin a run, or drive it where `is_begun`, up to the point that is fatal."""
    outside = Outside(words["outside"])
    points = KillPoints(outside, words.get("fatal"))
    async with build_brain(open_store(words["url"], points), outside, points.meet) as brain:
        try:
            if words["is_begun"]:
                result = await brain.drive(words["run_id"])
            else:
                result = await brain.run(GOAL, run_id=words["run_id"])
        except BrainError as error:
            return {"error": type(error).__name__, "said": str(error)}
    return {"answer": result.answer, "passed": points.passed}


ERRANDS: Mapping[str, Errand] = {"work": work}
