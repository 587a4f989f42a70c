"""`agent-brain reply`, `approve`, `reject`: what a person says to a run that waits."""

import asyncio
import json
from typing import Annotated, Any

import typer

from agent_brain.cli.ask import choose_view
from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.labels import is_ours, refuse_unknown
from agent_brain.cli.options import BrainFlags, EventsAsJson, Quiet, RunName, takes
from agent_brain.cli.pauses import check_args, find_pause, read_reply
from agent_brain.cli.plain_text import clean
from agent_brain.cli.resume import go_on
from agent_brain.cli.taking_up import TakenUp, take_up
from agent_brain.cli.terminal import print_notice
from agent_brain.cli.views import View
from agent_brain.core.errors import RunBusy, SetupError
from agent_brain.core.memory_env import MemoryEnv

PauseName = Annotated[
    str | None, typer.Argument(help="Which pause; with a single one it may be left out.", metavar="PAUSE")
]
NoResume = Annotated[bool, typer.Option("--no-resume", help="Write the reply down for whoever drives the run next.")]


@takes(BrainFlags)
def reply(
    *,
    run: RunName,
    words: Annotated[list[str], typer.Argument(help="The pause's id and the reply, or the reply alone.")],
    no_resume: NoResume = False,
    quiet: Quiet = False,
    as_json: EventsAsJson = False,
    flags: BrainFlags,
) -> None:
    """Reply to what a run waits for: text, or JSON where something else than text is wanted."""
    view = choose_view(flags, quiet=quiet, as_json=as_json)
    taken = take_up(run, flags, is_quiet=quiet or no_resume)
    env = _load(taken)
    is_named = words[0] in env.pauses
    if is_named and len(words) == 1:
        raise SetupError(f"the reply to {words[0]} is missing; wanted: reply RUN {words[0]} TEXT")
    pause = find_pause(env, words[0] if is_named else None)
    text = " ".join(words[1:] if is_named else words)
    raise typer.Exit(_answer(taken, env, {pause.pause_id: read_reply(pause, text)}, view, goes_on=not no_resume))


@takes(BrainFlags)
def approve(  # noqa: PLR0913  # one parameter for each option
    *,
    run: RunName,
    pause: PauseName = None,
    args: Annotated[
        str | None, typer.Option("--args", help="A JSON object of arguments in place of the model's.", metavar="JSON")
    ] = None,
    no_resume: NoResume = False,
    quiet: Quiet = False,
    as_json: EventsAsJson = False,
    flags: BrainFlags,
) -> None:
    """Let an action run that a run has asked leave for."""
    verdict: dict[str, Any] = {"approve": True} | ({} if args is None else {"args": _read_args(args)})
    view = choose_view(flags, quiet=quiet, as_json=as_json)
    taken = take_up(run, flags, is_quiet=quiet or no_resume)
    env = _load(taken)
    found = find_pause(env, pause, is_verdict=True)
    if args is not None:
        check_args(env, found, verdict["args"], taken.brain.tools.specs)
    raise typer.Exit(_answer(taken, env, {found.pause_id: verdict}, view, goes_on=not no_resume))


@takes(BrainFlags)
def reject(  # noqa: PLR0913  # one parameter for each option
    *,
    run: RunName,
    pause: PauseName = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the model to read.", metavar="TEXT")] = "",
    no_resume: NoResume = False,
    quiet: Quiet = False,
    as_json: EventsAsJson = False,
    flags: BrainFlags,
) -> None:
    """Refuse an action that a run has asked leave for; the model is told and goes on."""
    view = choose_view(flags, quiet=quiet, as_json=as_json)
    taken = take_up(run, flags, is_quiet=quiet or no_resume)
    env = _load(taken)
    found = find_pause(env, pause, is_verdict=True)
    verdict = {"approve": False, "reason": reason}
    raise typer.Exit(_answer(taken, env, {found.pause_id: verdict}, view, goes_on=not no_resume))


def _answer(taken: TakenUp, env: MemoryEnv, replies: dict[str, Any], view: View, *, goes_on: bool) -> ExitCode:
    """Write the replies down, and go on unless another process does."""
    run_id = taken.info.run_id
    if goes_on:
        refuse_unknown(taken.info, taken.settings)
    is_new = asyncio.run(_post(taken, env, replies))
    if not goes_on:
        done = "the reply is written down" if is_new else "nothing was written down"
        how = taken.place.write_command("resume", run_id) if is_ours(taken.info) else f"brain.go_on({run_id!r})"
        print_notice(f"{done}; to go on: {how}")
        return ExitCode.ANSWERED
    try:
        return go_on(taken, view)
    except RunBusy:
        follow = taken.place.write_command("runs", "tail", run_id)
        done = "the reply is written down for the process that drives the run" if is_new else "the run is being driven"
        print_notice(f"{done}; to follow it: {follow}")
        return ExitCode.ANSWERED


async def _post(taken: TakenUp, env: MemoryEnv, replies: dict[str, Any]) -> bool:
    """Put replies into the run's mailbox; False where an earlier one counts, of which the person is told."""
    try:
        mail = await taken.brain.store.read_mail(env.run_id)
        earlier = {
            key: mail[key] if env.pauses[key].is_open else env.pauses[key].reply
            for key in replies
            if key in mail or not env.pauses[key].is_open
        }
        for key, reply in earlier.items():
            said = clean(json.dumps(reply, ensure_ascii=False))
            print_notice(f"{key} has its reply already: {said}; the first one counts")
        await taken.brain.reply(env.run_id, {key: reply for key, reply in replies.items() if key not in earlier})
        return not earlier
    finally:
        await taken.brain.aclose()


def _load(taken: TakenUp) -> MemoryEnv:
    async def load() -> MemoryEnv:
        try:
            return await taken.brain.load(taken.info.run_id)
        finally:
            await taken.brain.aclose()

    return asyncio.run(load())


def _read_args(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise SetupError(f"--args is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise SetupError(f"--args is {text!r:.100}; wanted a JSON object such as '{{\"amount\": 5}}'")
    return found
