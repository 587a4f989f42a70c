"""`agent-brain lab plan`: what an experiment would cost and could show, before anything is spent."""

import sys
from itertools import groupby
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from agent_brain.cli.json_lines import write_json
from agent_brain.cli.lab_progress import describe_seconds
from agent_brain.cli.lab_run import (
    File,
    FolderName,
    Pilot,
    find_folder,
    name_it,
    tell_changed,
    tell_refused,
    tell_solutions,
    tell_unnamed_models,
)
from agent_brain.cli.options import AsJson, Color
from agent_brain.cli.plain_text import clean
from agent_brain.cli.terminal import ColorChoice, open_console, print_notice
from agent_brain.core.counting import count
from agent_brain.core.usage import describe_dollars
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.experiment_file import read_experiment
from agent_brain.lab.extras import check_extra
from agent_brain.lab.judging import check_evaluators
from agent_brain.lab.plan import ArmPlan, ContrastPlan, Plan
from agent_brain.lab.rows import read_rows
from agent_brain.lab.schedule import Schedule

EXACT_SECONDS = 10
"""Mean times below it are told with a tenth: trials of 0.4 seconds do not take 0."""


def plan(
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
    tell_unnamed_models(experiment)
    tell_solutions(experiment)
    check_evaluators(experiment)
    place = find_folder(file, folder)
    tell_changed(experiment, place)
    schedule = Schedule(experiment, make_arms(experiment), pilot)
    found = make_plan(schedule, read_rows(place.rows), effect)
    if as_json:
        write_json(sys.stdout, found.data())
        return
    console = open_console(sys.stdout, color)
    for line in (*_describe(found), *_describe_budget(experiment), ""):
        console.print(Text(clean(line)), soft_wrap=True)
    console.print(_make_table(found))
    for line in _describe_contrasts(found):
        console.print(Text(clean(line)), soft_wrap=True)
    if found.expect("calls") is None:
        print_notice(
            f"nothing is measured of some arms: agent-brain lab run {name_it(file, folder)} --pilot 10 does the first "
            "ten tasks"
        )
    if not all(arm.is_priced for arm in found.arms):
        print_notice(
            "costs are unknown where a model had no price when its trials were done, and stay so; [prices] in the file "
            "counts for trials to come"
        )


def _describe(found: Plan) -> list[str]:
    left = f", of which {found.left:,} are to be done" if found.left < found.trials else ""
    left += f" and {found.judged_again:,} to be judged again, with no model of an arm" if found.judged_again else ""
    lines = [
        f"{found.experiment}: {count(found.tasks, 'task')} x {count(len(found.arms), 'arm')} x "
        f"{count(found.repeats, 'repeat')} = {count(found.trials, 'trial')}{left}",
        f"at most {found.calls_max:,} model calls",
        *_describe_expected(found, "", is_priced=all(arm.is_priced or not arm.left for arm in found.arms)),
    ]
    judging = all(arm.is_judge_priced for arm in found.arms)
    playing = all(arm.is_user_priced for arm in found.arms)
    return [
        *lines,
        *_describe_beside(found, "judge_", "for judging", found.judge_calls_max, is_priced=judging),
        *_describe_beside(found, "user_", "for the tasks' users", found.user_calls_max, is_priced=playing),
    ]


def _describe_beside(found: Plan, kind: str, what: str, calls_max: int, *, is_priced: bool) -> list[str]:
    """What no arm takes, and the experiment does; nothing where there is none of it."""
    if not calls_max:
        return []
    return [
        f"beside them, {what}: at most {calls_max:,} model calls, which a budget counts too",
        *(f"  {line}" for line in _describe_expected(found, kind, is_priced=is_priced)),
    ]


def _describe_expected(found: Plan, kind: str, *, is_priced: bool) -> list[str]:
    """What is still to come of the trials, or of what goes beside them; nothing where nobody has measured it."""
    calls, tokens, money = (found.expect(f"{kind}{name}") for name in ("calls", "tokens", "cost_usd"))
    if calls is None or tokens is None or money is None:
        return []
    known = [describe_dollars(money)] if is_priced or money else []
    cost = " and ".join([*known, *([] if is_priced else ["tokens of unknown price"])])
    return [f"still to come, as expected: {calls:,.0f} model calls, {tokens:,.0f} tokens, {cost}"]


def _describe_budget(experiment: Experiment) -> list[str]:
    """What ends it; the last trial may take it beyond."""
    tokens, money = experiment.budget_tokens, experiment.budget_usd
    told = [
        *([f"{tokens:,} tokens"] if tokens is not None else []),
        *([describe_dollars(money)] if money is not None else []),
    ]
    if not told:
        return []
    return [
        f"begins a trial only where {' and '.join(told)} have room for it beside those under way, as large as they are "
        "expected to be; the last one alone may go beyond"
    ]


def _make_table(found: Plan) -> Table:
    """The arms; what nobody has measured yet has no column."""
    is_measured = any(arm.calls is not None for arm in found.arms)
    means = ("calls\na trial", "tokens\na trial", "cost\na trial", "time\na trial") if is_measured else ()
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for title in ("arm", "trials", "to be\ndone", "calls\nat most", *means):
        is_name = title == "arm"
        table.add_column(title, no_wrap=not is_name, justify="left" if is_name else "right", overflow="fold")
    for arm in found.arms:
        counts = (f"{arm.trials:,}", f"{arm.left:,}", f"{arm.calls_max:,}")
        table.add_row(clean(arm.arm), *counts, *(_describe_means(arm) if is_measured else ()))
    return table


def _describe_means(arm: ArmPlan) -> tuple[str, str, str, str]:
    """What one of its trials takes."""
    if arm.calls is None or arm.tokens is None or arm.cost_usd is None or arm.seconds is None:
        return "", "", "", ""
    cost = describe_dollars(arm.cost_usd) if arm.is_priced else "unknown"
    time = f"{arm.seconds:.1f} s" if arm.seconds < EXACT_SECONDS else describe_seconds(arm.seconds)
    return f"{arm.calls:.1f}", f"{arm.tokens:,.0f}", cost, time


def _describe_contrasts(found: Plan) -> list[str]:
    lines: list[str] = []
    for basis, contrasts in groupby(found.contrasts, _describe_basis):
        lines += ["", f"differences that four of five such experiments find, with variances {basis}:"]
        for each in contrasts:
            finds = (
                f"{each.smallest_effect:.3f}" if each.smallest_effect < 1 else "none, there is too little to see one"
            )
            lines += [f"  {each.contrast}: {finds}", *_describe_effect(each, found.repeats)]
    return lines


def _describe_basis(each: ContrastPlan) -> str:
    return f"{each.basis}, of {each.pilot_tasks} tasks" if each.pilot_tasks > 1 else each.basis


def _describe_effect(each: ContrastPlan, repeats: int) -> list[str]:
    if each.effect is None or each.tasks_needed is None:
        return []
    needed = f"{count(each.tasks_needed, 'task')} with {count(repeats, 'repeat')}"
    return [
        f"    a difference of {each.effect:g} needs {needed}; the chance to find it (power) with as many trials:",
        *(
            f"      {count(choice.tasks, 'task')} x {count(choice.repeats, 'repeat')}: {choice.power:.2f}"
            for choice in each.choices
        ),
    ]
