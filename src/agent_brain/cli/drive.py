"""`agent-brain drive`: a worker, which takes runs that wait for a driver."""

import asyncio
import signal
import sys
import time
from contextlib import aclosing, suppress
from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from agent_brain.brain import Brain
from agent_brain.cli.brains import make_brain, tell_about
from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.labels import refuse_unknown
from agent_brain.cli.options import BrainFlags, takes
from agent_brain.cli.places import find_place
from agent_brain.cli.plain_text import clean
from agent_brain.cli.run_names import cut
from agent_brain.cli.taking_up import recall_settings
from agent_brain.cli.terminal import open_console, print_notice
from agent_brain.core.records import Status
from agent_brain.core.store import RunInfo, Store
from agent_brain.engine.worker import RUNS_MAX, Outcome, Worker
from agent_brain.wiring.settings import Settings

TEXT_CHARACTERS_MAX = 200
HELD_SHOWN = 3


@takes(BrainFlags)
def drive(
    *,
    once: Annotated[bool, typer.Option("--once", help="End when nothing is left to drive.")] = False,
    runs_max: Annotated[int, typer.Option("--runs-max", help="How many runs at once.", min=1)] = RUNS_MAX,
    flags: BrainFlags,
) -> None:
    """Drive runs as a worker: submitted ones, those that a person has replied to, and those whose driver has died.

    Each is driven with what it was asked with; one line tells what became of it. Ctrl-C leaves runs that are under way
    to another worker.
    """
    settings = flags.read()
    place = find_place(settings)
    crew = _Crew(place.open(), flags, settings)
    print_notice(f"driving the runs in {place.shown}")
    try:
        code = asyncio.run(_work(crew, _Report(flags), runs_max, is_once=once))
    except (KeyboardInterrupt, asyncio.CancelledError):
        print_notice("\nstopped; what was under way is left to another worker")
        code = ExitCode.CANCELLED
    raise typer.Exit(code)


class _Crew:
    """A store, and a brain for each way in which its runs were asked."""

    def __init__(self, store: Store, flags: BrainFlags, given: Settings) -> None:
        self.store = store
        self._flags = flags
        self._given = given
        self._brains: dict[str, Brain] = {}

    def find(self, info: RunInfo) -> Brain:
        """The brain that this run was asked with, flags overruling. Raises: SetupError."""
        settings = recall_settings(info, self.store, self._flags, self._given)
        refuse_unknown(info, settings)
        key = repr(settings)
        if key not in self._brains:
            self._brains[key] = make_brain(settings, self.store)
            tell_about(settings, self._brains[key], is_verbose=self._flags.verbose, is_quiet=True)
        return self._brains[key]

    async def aclose(self) -> None:
        for brain in self._brains.values():
            await brain.aclose()
        await self.store.aclose()


class _Report:
    """One line for each run that the worker has let go of."""

    def __init__(self, flags: BrainFlags) -> None:
        self.code = ExitCode.ANSWERED
        """FAILED once a run has failed or could not be driven."""
        self._console = open_console(sys.stdout, flags.color)

    def show(self, outcome: Outcome) -> None:
        """Write the line of one outcome."""
        result = outcome.result
        if not outcome.run_id:
            print_notice(f"{outcome.error}; it is asked again")
            return
        if result is None:
            self._line(outcome.run_id, "not driven", str(outcome.error), "red")
            return
        asked = "; ".join(f"{pause.pause_id} {pause.kind}: {pause.text}" for pause in result.pauses)
        text = str(result.error) if result.error is not None else asked or result.env.answer
        self._line(outcome.run_id, result.status, text, "red" if result.status is Status.FAILED else "")

    def _line(self, run_id: str, status: str, text: str, style: str) -> None:
        self.code = ExitCode.FAILED if style else self.code
        line = f"{clean(run_id)}  {status}  {cut(text, TEXT_CHARACTERS_MAX)}"
        self._console.print(Text(line, style=style), soft_wrap=True)


async def _tell_held(store: Store) -> None:
    """Say which runs others hold: one whose driver has died is nobody's before its lease is over."""
    now = time.time()
    held = [info for info in await store.list_runs(statuses=(Status.RUNNING,)) if (info.lease_until or 0.0) > now]
    if not held:
        return
    names = ", ".join(clean(info.run_id) for info in held[:HELD_SHOWN]) + (", ..." if len(held) > HELD_SHOWN else "")
    until = datetime.fromtimestamp(max(info.lease_until or 0.0 for info in held)).astimezone()
    print_notice(
        f"left alone, because other drivers hold {names} until {until:%H:%M:%S}, or longer while they live: "
        "drive --once takes what a dead one held after that"
    )


async def _work(crew: _Crew, report: _Report, runs_max: int, *, is_once: bool) -> ExitCode:
    """Work until nothing is left, or until cancelled; SIGTERM is what stops a service, so it cancels too."""
    task = asyncio.current_task()
    assert task is not None  # a coroutine that runs is in a task
    with suppress(NotImplementedError):  # Windows has no such handlers: there Ctrl-C alone cancels
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        async with aclosing(Worker(crew.store, crew.find, runs_max=runs_max).work(until_idle=is_once)) as outcomes:
            async for outcome in outcomes:
                report.show(outcome)
        if is_once:
            await _tell_held(crew.store)
        return report.code
    finally:
        await crew.aclose()
