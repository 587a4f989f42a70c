"""Making the plan of an experiment, by what earlier trials tell or, where there are none, by what is usual."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import ceil, nan
from statistics import fmean

from agent_brain.core.errors import SetupError
from agent_brain.lab.experiment import Contrast
from agent_brain.lab.judging import count_judge_calls
from agent_brain.lab.plan import ArmPlan, Choice, ContrastPlan, Plan
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.statistics.power import Variances, smallest_effect, tasks_needed, tasks_or_repeats
from agent_brain.lab.trial import Trial

POWER = 0.8
ASSUMED = Variances(0.03, 0.17, 0.17)
"""Of two arms with one model, where nothing was measured: tasks differ little in the effect, repeats much in scores."""
FROM_ROWS, FROM_NOTHING = "measured in earlier trials", "assumed, as is usual where nothing was measured"
FROM_ALIKE = "assumed, because earlier trials all came out alike"


def make_plan(schedule: Schedule, rows: Iterable[Trial], effect: float | None = None) -> Plan:
    """The plan, by what earlier rows tell; `effect`: the difference that is to be found.

    Raises: SetupError for an effect that is none.
    """
    it = schedule.experiment
    if effect is not None and abs(effect) > 1:
        raise SetupError(f"an effect of {effect:g} was asked for; scores lie between 0 and 1: 5 points are 0.05")
    of_arm: dict[str, list[Trial]] = defaultdict(list)
    judged: dict[str, list[Trial]] = defaultdict(list)
    for row in rows:
        if row.is_counted and schedule.find_trial(row) is not None:
            of_arm[row.arm].append(row)
            if schedule.find_order(row) is not None:
                judged[row.arm].append(row)
    judge_calls = count_judge_calls(it.evaluator, schedule.tasks) * it.repeats
    arms = [_plan_arm(schedule, name, of_arm[name], judged[name], judge_calls) for name in schedule.arms]
    scores = {name: _list_scores(judged[name], it.metric, it.repeats) for name in schedule.arms}
    contrasts = [_plan_contrast(schedule, contrast, scores, effect) for contrast in it.asked]
    return Plan(it.name, len(schedule.tasks), it.repeats, arms, contrasts, it.refused)


def _plan_arm(
    schedule: Schedule, name: str, rows: Sequence[Trial], judged: Sequence[Trial], judge_calls: int
) -> ArmPlan:
    """`judged`: those of its rows whose verdicts stand; the others' evaluator or answer was changed since."""
    trials = len(schedule.tasks) * schedule.experiment.repeats
    turns = sum(task.turns_max for task in schedule.tasks) * schedule.experiment.repeats
    calls_max = turns * schedule.arms[name].calls_max
    said = sum(task.turns_max + 1 for task in schedule.tasks if task.user is not None) * schedule.experiment.repeats
    done, standing = (sum(schedule.places[row.task] < len(schedule.tasks) for row in some) for some in (rows, judged))
    plan = ArmPlan(
        name, trials, trials - done, calls_max, judge_calls_max=judge_calls, user_calls_max=said,
        judged_again=done - standing,
    )  # fmt: skip
    if not rows:
        return plan
    plan = replace(
        plan,
        calls=fmean(row.model_calls for row in rows),
        tokens=fmean(row.input_tokens + row.output_tokens for row in rows),
        cost_usd=fmean(row.cost_usd for row in rows),
        seconds=fmean(row.wall_seconds for row in rows),
        is_priced=not any(row.unpriced_tokens for row in rows),
        user_calls=fmean(row.user_calls for row in rows),
        user_tokens=fmean(row.user_tokens for row in rows),
        user_cost_usd=fmean(row.user_cost_usd for row in rows),
        is_user_priced=not any(row.user_unpriced_tokens for row in rows),
    )
    return _plan_judging(plan, judged) if judged else plan


def _plan_judging(plan: ArmPlan, judged: Sequence[Trial]) -> ArmPlan:
    """With what judging takes, by the verdicts that stand: another judge takes something else."""
    return replace(
        plan,
        judge_calls=fmean(row.judge_calls for row in judged),
        judge_tokens=fmean(row.judge_tokens for row in judged),
        judge_cost_usd=fmean(row.judge_cost_usd for row in judged),
        is_judge_priced=not any(row.judge_unpriced_tokens for row in judged),
    )


def _list_scores(rows: Sequence[Trial], metric: str, repeats: int) -> Mapping[str, list[float]]:
    """The scores of each task's repeats, NaN for those that are missing."""
    scores: dict[str, list[float]] = defaultdict(lambda: [nan] * repeats)
    for row in rows:
        scores[row.task][row.repeat] = row.measure(metric)
    return scores


def _plan_contrast(
    schedule: Schedule, contrast: Contrast, scores: Mapping[str, Mapping[str, list[float]]], effect: float | None
) -> ContrastPlan:
    it = schedule.experiment
    shared = sorted(scores[contrast.arm].keys() & scores[contrast.control].keys())
    variances, basis = ASSUMED, FROM_NOTHING
    if len(shared) > 1:
        ours, theirs = ([scores[name][task] for task in shared] for name in (contrast.arm, contrast.control))
        found = Variances.of_pilot(ours, theirs)
        is_varied = found.effect + found.noise_arm + found.noise_control > 0
        variances, basis = (found, FROM_ROWS) if is_varied else (ASSUMED, FROM_ALIKE)
    alpha = it.alpha / len(it.asked)
    plan = ContrastPlan(
        str(contrast),
        basis,
        len(shared),
        (variances.effect, variances.noise_arm, variances.noise_control),
        smallest_effect(len(schedule.tasks), variances, it.repeats, alpha=alpha, power=POWER),
    )
    if effect is None:
        return plan
    needed = ceil(tasks_needed(effect, variances, it.repeats, alpha=alpha, power=POWER))
    trials = len(schedule.tasks) * it.repeats
    designs = tasks_or_repeats(effect, trials, variances, alpha=alpha)
    choices = [Choice(design.tasks, design.repeats, design.power) for design in designs]
    return replace(plan, effect=effect, tasks_needed=needed, choices=choices)
