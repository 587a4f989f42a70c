"""`agent-brain runs tail`: a run that another process drives, as it happens."""

import sys
from collections.abc import Callable
from contextlib import aclosing

import typer

from agent_brain.cli.json_lines import JsonLines, describe_event, write_json
from agent_brain.cli.options import RunName, StoreFlags, takes
from agent_brain.cli.places import Place
from agent_brain.cli.record_view import RecordView
from agent_brain.cli.run_names import find_run
from agent_brain.cli.runs_list import is_silent
from agent_brain.cli.terminal import open_console, print_notice
from agent_brain.cli.using_stores import use_store
from agent_brain.cli.views import LiveView, View
from agent_brain.cli.watching import report
from agent_brain.core.errors import RunError
from agent_brain.core.events import Ended
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Status
from agent_brain.core.store import Commit, RunInfo, Store
from agent_brain.engine.journal import read_env

WAIT_SECONDS = 1.0
"""How long a change is waited for before the run is looked at again all the same."""
AT_WORK = frozenset({Status.READY, Status.RUNNING})


@takes(StoreFlags)
def tail(
    *,
    run: RunName,
    as_json: bool = typer.Option(False, "--json", help="Every record as a JSON object in a line of its own."),
    flags: StoreFlags,
) -> None:
    """Show a run from its beginning, and follow it while another process drives it, until it ends or waits."""
    view = JsonLines(sys.stdout) if as_json else LiveView(open_console(sys.stdout, flags.color))

    async def work(store: Store, place: Place) -> tuple[Ended, Place]:
        info = await find_run(store, run)
        before = (await read_env(store, info.run_id, info.base))[0] if info.base else MemoryEnv()
        info = await _follow(store, info, _write_lines if as_json else _show_in(view, before), place)
        env, _ = await read_env(store, info.run_id)
        error = RunError(env.error) if env.error else None
        return Ended(info.run_id, info.status, env.answer, error, env), place

    ended, place = use_store(flags, work)
    view.show(ended)
    raise typer.Exit(report(ended, place))


async def _follow(store: Store, info: RunInfo, show: Callable[[Commit], None], place: Place) -> RunInfo:
    """Show every commit, and wait for more while there can be any; the row at the end."""
    seen, is_told = info.base, False
    while True:
        async with aclosing(store.read(info.run_id, seen)) as commits:
            async for commit in commits:
                show(commit)
                seen = commit.last
        if info.status not in AT_WORK and seen >= info.head:
            return info
        if is_silent(info) and not is_told:
            is_told = True
            print_notice(f"its driver is silent; to take it on: {place.write_command('resume', info.run_id)}")
        if seen >= info.head:
            await store.wait(WAIT_SECONDS)
        info = await store.get(info.run_id)


def _show_in(view: View, before: MemoryEnv) -> Callable[[Commit], None]:
    records = RecordView(view, before)

    def show(commit: Commit) -> None:
        for record in commit.records:
            records.show(record)

    return show


def _write_lines(commit: Commit) -> None:
    for number, record in enumerate(commit.records, commit.first):
        about = {"run_id": commit.run_id, "number": number, "at": commit.at}
        write_json(sys.stdout, {**about, **describe_event(record)})
