"""`agent-brain lab rerun`: stored trials gone on with from a step, with a part changed."""

import asyncio
import sys
from collections import Counter
from typing import Annotated

import typer

from agent_brain.cli.exit_codes import ExitCode
from agent_brain.cli.lab_progress import ProgressView, make_view, print_summary
from agent_brain.cli.lab_run import find_code, stop_on_signal
from agent_brain.cli.options import AsJson, Color, ExperimentName
from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import ColorChoice, open_console, print_notice
from agent_brain.core.counting import count
from agent_brain.core.errors import SetupError
from agent_brain.lab.extras import check_extra
from agent_brain.lab.folder import Folder
from agent_brain.lab.progress import Ending, Progress
from agent_brain.lab.rerunning.rerun import Rerun, prepare_rerun, run_rerun
from agent_brain.lab.rerunning.source import count_alike, find_folder, read_source
from agent_brain.lab.rerunning.variants import UNCHANGED, Parts, read_change

GO_ON = "stopped; the same command goes on with it, and nothing is done or paid twice"


def rerun(  # noqa: PLR0913  # one for each flag
    name: ExperimentName,
    *,
    arm: Annotated[str, typer.Option("--arm", help="The arm whose trials are gone on with.", metavar="ARM")],
    start: Annotated[
        str,
        typer.Option("--from", help="A step: its number, a state (first visit), or last:STATE.", metavar="STEP"),
    ],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="A part to change, an arm for each: memory=mask(3).", metavar="PART=VALUE"),
    ] = None,
    together: Annotated[bool, typer.Option("--together", help="One more arm, with all of them.")] = False,
    task: Annotated[
        list[str] | None, typer.Option("--task", help="Only trials of this task; repeatable.", metavar="TASK")
    ] = None,
    repeats: Annotated[int, typer.Option("--repeats", help="How often each trial is gone on with.", min=1)] = 1,
    same_luck: Annotated[
        bool, typer.Option("--same-luck", help="The simulated model draws as it did: unchanged has to end as it ended.")
    ] = False,
    folder: Annotated[
        str | None, typer.Option("--folder", help="Where it is kept; otherwise beside the experiment's folder.")
    ] = None,
    processes: Annotated[
        int, typer.Option("--processes", help="So many processes share the work; 0: this one does it.", min=0)
    ] = 0,
    as_json: AsJson = False,
    color: Color = ColorChoice.AUTO,
) -> None:
    """Go on with an arm's stored trials from a step, with a part changed, beside the same with nothing changed.

    What came before that step is taken over and not paid again. It is an experiment of its own, for lab report too.
    """
    check_extra()
    source = Folder.find(name)
    place = Folder(folder) if folder else find_folder(source, arm, start)

    async def prepare() -> Rerun:
        return await prepare_rerun(
            await read_source(source),
            source.path,
            arm=arm,
            start=start,
            changes=_read(changes or ()),
            together=together,
            tasks=task or (),
            repeats=repeats,
            same_luck=same_luck,
        )

    plan = asyncio.run(prepare())
    _tell_plan(plan, arm)
    view = make_view(color, as_json=as_json)
    try:
        progress = asyncio.run(_run(plan, place, processes, view))
    except KeyboardInterrupt:
        view.close()
        print_notice(f"\n{GO_ON}")
        raise typer.Exit(ExitCode.CANCELLED) from None
    finally:
        view.close()
    if not as_json:
        print_summary(open_console(sys.stdout, color), progress)
    _tell_end(progress, plan, place)
    raise typer.Exit(find_code(progress))


def _read(texts: list[str] | tuple[()]) -> dict[str, Parts]:
    changes: dict[str, Parts] = {}
    for text in texts:
        name, parts = read_change(text)
        if name in changes:
            raise SetupError(f"--set {text!r:.80} stands there twice, or begins as another one does")
        changes[name] = parts
    return changes


def _tell_plan(plan: Rerun, arm: str) -> None:
    """What is gone on with, and what is not."""
    steps = [task.origin.step for task in plan.experiment.tasks if task.origin is not None]
    where = f"step {steps[0]}" if len(set(steps)) == 1 else f"steps {min(steps)} to {max(steps)}"
    told = count(len(steps), "stored trial")
    print_notice(clean(f"{told} of {arm} from {plan.start} ({where}): {count(len(plan.experiment.arms), 'arm')}"))
    for why, times in Counter(plan.left_out.values()).items():
        some = [name for name, reason in plan.left_out.items() if reason == why]
        print_notice(clean(f"left out: {', '.join(some[:5])}{', ...' if times > 5 else ''}: {why}"))


async def _run(plan: Rerun, place: Folder, processes: int, view: ProgressView) -> Progress:
    stop_on_signal(place)
    return await run_rerun(plan, place.path, processes=processes, watch=view.show)


def _tell_end(progress: Progress, plan: Rerun, place: Folder) -> None:
    match progress.ending:
        case Ending.STOPPED:
            print_notice(GO_ON)
        case Ending.BROKEN:
            print_notice(f"{progress.note}; mend that, and run it again: what is done stays done")
        case Ending.BUDGET:
            print_notice(progress.note)
        case _:
            alike, trials = count_alike(plan, place, UNCHANGED)
            print_notice(f"unchanged, {alike} of {trials} ended as the stored trials had")
            print_notice(f"rows: {place.rows}; agent-brain lab report {place.path} tells what they show")
