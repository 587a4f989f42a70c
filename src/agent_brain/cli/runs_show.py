"""`agent-brain runs show` and `runs history`: what a run did, and where it belongs."""

import json
import sys
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.text import Text

from agent_brain.cli.json_lines import write_json
from agent_brain.cli.labels import is_ours
from agent_brain.cli.options import AsJson, RunName, StoreFlags, takes
from agent_brain.cli.pauses import describe_pause
from agent_brain.cli.places import Place
from agent_brain.cli.plain_text import clean
from agent_brain.cli.run_names import cut, find_run
from agent_brain.cli.runs_list import is_silent
from agent_brain.cli.story_view import StoryView
from agent_brain.cli.terminal import open_console
from agent_brain.cli.using_stores import use_store
from agent_brain.core.counting import count
from agent_brain.core.errors import SetupError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.store import RunInfo, Store
from agent_brain.engine.history import Relative, read_history
from agent_brain.engine.journal import read_env
from agent_brain.engine.story import Story
from agent_brain.engine.telling import read_story, tell

At = Annotated[int | None, typer.Option("--at", help="As it was after this many records.", min=1, metavar="RECORD")]


@takes(StoreFlags)
def show(*, run: RunName, at: At = None, as_json: AsJson = False, flags: StoreFlags) -> None:
    """Tell a run's story: each step, what was said, done and seen, what it took, and why it moved."""

    async def read(
        store: Store, place: Place
    ) -> tuple[RunInfo, Story, list[RunInfo], MemoryEnv, Mapping[str, Any], Place]:
        info = await find_run(store, run)
        story = await _read_story(store, info, at)
        env, _ = await read_env(store, info.run_id, at)
        return info, story, await store.list_children(info.run_id), env, await store.read_mail(info.run_id), place

    info, story, forks, env, mail, place = use_store(flags, read)
    if as_json:
        more = {"run": info, "forks": forks, "pauses": env.open_pauses}
        write_json(sys.stdout, {**story.data(), **more})
        return
    console = open_console(sys.stdout, flags.color)
    StoryView(console).show(story, info)
    lines = [f"taken up again by {fork.run_id} ({fork.status}) at record {_find_start(fork)}" for fork in forks]
    if at is None:
        for pause in env.open_pauses:
            if pause.pause_id in mail:
                said = json.dumps(mail[pause.pause_id], ensure_ascii=False)
                lines.append(f"{pause.pause_id} has its reply, which counts when the run goes on: {said}")
            else:
                lines += describe_pause(info.run_id, pause, place, goes_on=is_ours(info))
    if at is None and is_silent(info):
        lines.append(f"its driver is silent; to take it on: {place.write_command('resume', info.run_id)}")
    for line in lines:
        console.print(Text(clean(line)), soft_wrap=True)


@takes(StoreFlags)
def history(*, run: RunName, as_json: AsJson = False, flags: StoreFlags) -> None:
    """Show a run's family: what it came from, and what was forked or asked further from it."""

    async def read(store: Store, place: Place) -> tuple[str, list[Relative]]:
        info = await find_run(store, run)
        return info.run_id, await read_history(store, info.run_id)

    run_id, family = use_store(flags, read)
    if as_json:
        write_json(sys.stdout, [relative.data() for relative in family])
        return
    console = open_console(sys.stdout, flags.color)
    for relative in family:
        console.print(_describe(relative, is_meant=relative.run_id == run_id), soft_wrap=True)


def _describe(relative: Relative, *, is_meant: bool) -> Text:
    came = f" {relative.link or 'from'} at record {relative.at}" if relative.parent else ""
    return Text.assemble(
        "  " * relative.depth,
        (clean(relative.run_id), "bold cyan" if is_meant else "cyan"),
        f"{came}  {relative.status}  {count(relative.head, 'record')}  {cut(relative.goal)}",
        "  <" if is_meant else "",
    )


def _find_start(fork: RunInfo) -> Any:
    return fork.parent.head if fork.parent is not None else "?"


async def _read_story(store: Store, info: RunInfo, at: int | None) -> Story:
    """The story of the first `at` records. Raises: SetupError where there are fewer."""
    if at is None:
        return await read_story(store, info.run_id)
    if not info.base <= at <= info.head:
        raise SetupError(f"run {info.run_id} has records {info.base + 1} to {info.head}; --at {at} was asked for")
    before = (await read_env(store, info.run_id, info.base))[0] if info.base else None
    async with aclosing(store.read(info.run_id, info.base, at)) as commits:
        story = tell([commit async for commit in commits], before)
    return replace(story, run_id=info.run_id, gone=info.base)
