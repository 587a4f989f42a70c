"""One run, watched: events to a view, and the end to an exit code."""

from contextlib import aclosing

from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.failures import find_run_hint
from agent_brain.cli.terminal import print_error
from agent_brain.cli.views import View
from agent_brain.core.events import Ended
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Status
from agent_brain.engine.driver import Driver


async def watch(driver: Driver, question: str, view: View, *, after: MemoryEnv | None = None) -> Ended:
    """Show everything that happens, and hand back the end."""
    ended: Ended | None = None
    async with aclosing(driver.stream(question, after=after)) as events:
        async for event in events:
            view.show(event)
            ended = event if isinstance(event, Ended) else ended
    assert ended is not None  # the driver's promise: it is the last event of every run
    return ended


async def watch_and_close(driver: Driver, question: str, view: View) -> Ended:
    """As `watch`, for a single run: its connections are closed afterwards."""
    try:
        return await watch(driver, question, view)
    finally:
        await driver.aclose()


def report(ended: Ended) -> ExitCode:
    """Say what went wrong, if anything did."""
    match ended.status:
        case Status.ANSWERED:
            return ExitCode.ANSWERED
        case Status.LIMITED:
            return ExitCode.LIMITED
        case _:
            print_error(str(ended.error) or type(ended.error).__name__, find_run_hint(ended.error))
            return ExitCode.FAILED
