"""The time that a function has to judge: one that hangs is a failure of its own, and says nothing of the answer."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.tools.worker_thread import drop, start_in_thread

SECONDS = 60.0
"""How long a function may take as long as nobody says otherwise."""


def check_seconds(name: str, seconds: object) -> None:
    """Let a time pass in which something can be said. Raises: SetupError."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise SetupError(f"evaluator {name} has seconds={seconds!r:.60}; wanted more than 0")


async def call_in_time(name: str, function: Callable[[], Any], seconds: float) -> Any:
    """What a function says: an async one where it is, any other in a thread, which is left to itself when time is over.

    Raises: EvaluatorFailed where it says nothing in time.
    """
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            return await _call(function)
    except TimeoutError as error:
        if not deadline.expired():
            raise  # the function's own
        why = f"it has said nothing within {seconds:g} s; `seconds` gives it more time"
        raise EvaluatorFailed(name, why) from error


async def _call(function: Callable[[], Any]) -> Any:
    if inspect.iscoroutinefunction(function):
        return await function()
    future = start_in_thread(function)
    try:
        found = await future
    except asyncio.CancelledError:
        drop(future)
        raise
    return await found if inspect.isawaitable(found) else found
