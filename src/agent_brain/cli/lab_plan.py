"""`agent-brain lab plan`: what an experiment would cost and could show, before anything is spent."""

import sys
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from agent_brain.cli.json_lines import write_json
from agent_brain.cli.lab_progress import describe_seconds
from agent_brain.cli.lab_run import File, FolderName, Pilot, find_folder, tell_refused
from agent_brain.cli.options import AsJson, Color
from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import ColorChoice, open_console, print_notice
from agent_brain.core.usage import describe_dollars
from agent_brain.lab.arm_brains import make_arms
from agent_brain.lab.experiment_file import read_experiment
from agent_brain.lab.extras import check_extra
from agent_brain.lab.plan import Plan
from agent_brain.lab.rows import read_rows
from agent_brain.lab.schedule import Schedule

TABLE_WIDTH_MIN = 100


def plan(  # one for each flag
    file: File,
    *,
    effect: Annotated[
        float | None,
        typer.Option("--effect", help="A difference that is to be found, such as 0.05: what that would take."),
    ] = None,
    folder: FolderName = None,
    pilot: Pilot = None,
    as_json: AsJson = False,
    color: Color = ColorChoice.AUTO,
) -> None:
    """Say how many runs an experiment has, what they cost, and which differences it can find.

    Costs and variances are those of trials that were done already, as `lab run --pilot 10` does them.
    """
    check_extra()
    from agent_brain.lab.planning import make_plan  # on first use: it needs an extra

    experiment = read_experiment(file)
    tell_refused(experiment)
    schedule = Schedule(experiment, make_arms(experiment), pilot)
    found = make_plan(schedule, read_rows(find_folder(file, folder).rows), effect)
    if as_json:
        write_json(sys.stdout, found.data())
        return
    console = open_console(sys.stdout, color)
    console.width = max(console.width, TABLE_WIDTH_MIN)
    for line in _describe(found):
        console.print(Text(clean(line)), soft_wrap=True)
    console.print(_make_table(found))
    for line in _describe_contrasts(found):
        console.print(Text(clean(line)), soft_wrap=True)
    if found.expect("calls") is None:
        print_notice(
            f"nothing is measured of some arms: agent-brain lab run {file} --pilot 10 does the first ten tasks"
        )


def _describe(found: Plan) -> list[str]:
    left = f", of which {found.left:,} are to be done" if found.left < found.trials else ""
    lines = [
        f"{found.experiment}: {found.tasks} tasks x {len(found.arms)} arms x {found.repeats} repeats = "
        f"{found.trials:,} trials{left}",
        f"at most {found.calls_max:,} model calls",
    ]
    calls, tokens, money = (found.expect(name) for name in ("calls", "tokens", "cost_usd"))
    if calls is not None and tokens is not None and money is not None:
        is_priced = all(arm.is_priced for arm in found.arms)
        cost = describe_dollars(money) if is_priced else f"{describe_dollars(money)} and tokens of unknown price"
        lines.append(f"still to come, as expected: {calls:,.0f} model calls, {tokens:,.0f} tokens, {cost}")
    return [*lines, ""]


def _make_table(found: Plan) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("arm", "trials", "to be done", "calls at most", "calls", "tokens", "cost", "time"):
        table.add_column(title, no_wrap=True, justify="left" if title == "arm" else "right")
    for arm in found.arms:
        cost = "unknown" if not arm.is_priced else "" if arm.cost_usd is None else describe_dollars(arm.cost_usd)
        means = ("" if arm.calls is None else f"{arm.calls:.1f}", "" if arm.tokens is None else f"{arm.tokens:,.0f}")
        seconds = "" if arm.seconds is None else describe_seconds(arm.seconds)
        counts = (f"{arm.trials:,}", f"{arm.left:,}", f"{arm.calls_max:,}")
        table.add_row(clean(arm.arm), *counts, *means, cost, seconds)
    return table


def _describe_contrasts(found: Plan) -> list[str]:
    lines = [""]
    for each in found.contrasts:
        lines.append(
            f"{each.contrast}: finds a difference of {each.smallest_effect:.3f} in four of five such experiments "
            f"(variances {each.basis}{f', {each.pilot_tasks} tasks' if each.pilot_tasks > 1 else ''})"
        )
        if each.effect is not None and each.tasks_needed is not None:
            lines.append(
                f"  a difference of {each.effect:g} needs {each.tasks_needed:,} tasks with {found.repeats} repeats"
            )
            lines += [
                f"  {choice.tasks} tasks x {choice.repeats} repeats: power {choice.power:.2f}"
                for choice in each.choices
            ]
    return lines
