"""One run, watched: events to a view, what it waits for to the person, and the end to an exit code."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from agent_brain.cli.asking import ask_person
from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.failures import find_run_hint
from agent_brain.cli.pauses import tell_pauses
from agent_brain.cli.places import Place
from agent_brain.cli.terminal import print_error, print_notice
from agent_brain.cli.views import View
from agent_brain.core.events import Ended, Event
from agent_brain.core.records import Status
from agent_brain.engine.driver import Driver

Events = AsyncGenerator[Event, None]
TAKEN_TWICE = 2
"""How often a run that was left by a dead process is claimed: at once, and when its lease is over."""


async def watch(events: Events, view: View) -> Ended:
    """Show everything that happens, and hand back the end."""
    ended: Ended | None = None
    async with aclosing(events):
        async for event in events:
            view.show(event)
            ended = event if isinstance(event, Ended) else ended
    assert ended is not None  # the driver's promise: it is the last event of every run
    return ended


def watch_to_end(driver: Driver, begin: Callable[[], Events], view: View, *, asks: bool) -> Ended:
    """A whole run, its connections closed afterwards; with `asks`, what it waits for is asked of the person here."""
    with asyncio.Runner() as runner:
        try:
            ended = runner.run(watch(begin(), view))
            while asks and ended.status is Status.WAITING:
                replies = ask_person(ended.env.open_pauses)
                if not replies:
                    break
                ended = runner.run(watch(driver.resume(ended.run_id, replies), view))
            return ended
        finally:
            runner.run(driver.aclose())


def is_person_there() -> bool:
    """True where somebody sees what is asked and can type a reply."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def report(ended: Ended, place: Place | None = None) -> ExitCode:
    """Say what went wrong, if anything did, or what the run waits for; `place`: where it is kept."""
    match ended.status:
        case Status.ANSWERED:
            return ExitCode.ANSWERED
        case Status.LIMITED:
            return ExitCode.LIMITED
        case Status.WAITING:
            tell_pauses(ended.env, place)
            return ExitCode.WAITING
        case Status.FAILED:
            print_error(str(ended.error) or type(ended.error).__name__, find_run_hint(ended.error))
            if place is not None:
                print_notice(f"to go on from its last step: {place.write_command('resume', ended.run_id)}")
            return ExitCode.FAILED
        case _:
            print_notice(f"run {ended.run_id} is {ended.status}")
            return ExitCode.FAILED
