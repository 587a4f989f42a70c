"""What a careful reader asks before believing a figure: each question is a function, and its answer a sentence."""

from collections.abc import Callable, Iterator, Sequence

from agent_brain.lab.analysis.analysis import Analysis, Caution, ContrastResult, Split
from agent_brain.lab.experiment import FUTILITY, SEQUENTIAL

TASKS_FEW = 30
FAMILIES_FEW = 30
NOISE_SHARE_MAX = 0.02
"""Of trials that something outside broke."""
MODEL_EVALUATOR, NOISY_EVALUATOR = "model(", "noisy("
"""Wherever it stands in an evaluator's name: one may be inside of another."""
ACROSS_RUNS = ("playbook", "keyfacts", "episodic")
"""Memories that carry something from one run to the next, by their names."""
Check = Callable[[Analysis], Iterator[Caution]]


def find_cautions(analysis: Analysis) -> list[Caution]:
    """All that there is to say, the gravest first."""
    return [caution for check in CHECKS for caution in check(analysis)]


def _is_unfinished(found: Analysis) -> Iterator[Caution]:
    if found.done < found.planned:
        left = found.planned - found.done
        yield Caution(
            "unfinished",
            f"The experiment is not complete: {left:,} of its {found.planned:,} trials are missing. Tasks with "
            "missing trials are left out of each comparison; those that take long are missing first.",
        )


def _was_selected(found: Analysis) -> Iterator[Caution]:
    if found.split is Split.SELECTION:
        yield Caution(
            "selection only",
            "All of these tasks are tasks that arms are chosen on, and none was kept back: the best arm looks better "
            "here than it is. Confirm it on other tasks before believing its score.",
        )


def _goes_on(found: Analysis) -> Iterator[Caution]:
    made = found.design.source.get("rerun")
    if made is None:
        return
    left = len(made["left_out"])
    without = f"; {left:,} more could not be gone on with from there" if left else ""
    yield Caution(
        "re-run",
        f"Every trial goes on with a stored one of arm {made['arm']!r}, from {made['from']} on: {made['trials']:,} "
        f"that came so far{without}. What came before was taken over from their records, and paid then: calls, tokens, "
        "costs, faults and times here are of what came after, scores of the whole. A difference is what the change "
        "does from that step on, to runs in which nothing was changed before.",
    )


def _may_stop_early(found: Analysis) -> Iterator[Caution]:
    if found.design.stopping == SEQUENTIAL:
        yield Caution(
            "sequential",
            "The experiment may stop early, so its p-values are those of a test that may be looked at after every "
            "task; its intervals are those of a fixed number of tasks, and hold less often than they say. It may also "
            "stop where the interval lies within the margin: nothing bounds how often a difference as large as the "
            f"margin is called equivalent.{_tell_tested(found)}",
        )
    elif found.design.stopping == FUTILITY:
        yield Caution(
            "futility",
            "The experiment may stop early where the interval lies within the margin, and is looked at after every "
            "task: no more differences are found by that, but nothing bounds how often a difference as large as the "
            "margin is called equivalent.",
        )


def _tell_tested(found: Analysis) -> str:
    """Which contrasts are tested on fewer tasks than their intervals are of."""
    fewer = [each for each in found.contrasts if each.tested < each.tasks]
    told = ", ".join(f"{each.name}: {each.tested:,} of {each.tasks:,}" for each in fewer)
    return f" Its p-values are of the first tasks alone that are done without a gap ({told})." if fewer else ""


def _scores_nothing(found: Analysis) -> Iterator[Caution]:
    arms = [arm.name for arm in found.arms if arm.trials and arm.score.value == 0]
    if arms:
        yield Caution(
            "nothing scored",
            f"Every trial of some arms scored 0 ({', '.join(arms)}): read one of these runs first. Tools that an arm "
            "was not given, or an evaluator that wants the answer and nothing around it, look like an arm that fails.",
            tuple(arms),
        )


def _has_few_tasks(found: Analysis) -> Iterator[Caution]:
    for tasks, names in _group(found.contrasts, lambda each: each.tasks).items():
        if tasks < 6:
            yield Caution(
                "few tasks",
                f"{tasks} tasks cannot give a sign-flip p below {2.0 ** -(tasks - 1):.3f}, whatever the arms do.",
                names,
            )
        elif tasks < TASKS_FEW:
            yield Caution(
                "few tasks",
                f"{tasks} tasks are few: the interval leans on Student's distribution, and says little of tasks of "
                "another kind.",
                names,
            )


def _has_few_families(found: Analysis) -> Iterator[Caution]:
    names = {row.family for row in found.rows}
    if len(names) == 1 and names != {""}:
        yield Caution(
            "one family",
            f"All tasks are of one family ({next(iter(names))}): every figure holds for tasks of this kind, and says "
            "nothing of others.",
        )
    counts = [contrast.families for contrast in found.contrasts if contrast.families]
    if counts and min(counts) < FAMILIES_FEW:
        yield Caution(
            "few families",
            f"The tasks come from {min(counts)} families, which are the independent witnesses here; below "
            f"{FAMILIES_FEW} each counts as one number, its mean.",
        )


def _has_few_repeats(found: Analysis) -> Iterator[Caution]:
    most = max((arm.repeats[1] for arm in found.arms), default=0)
    if most == 1:
        yield Caution(
            "one try",
            "Each task was tried once: what is chance within a task and what differs between tasks cannot be told "
            "apart, and how reliable an arm is cannot be known.",
        )
    elif most > 1:
        yield Caution(
            "pass^k",
            f"With {most} tries a task, points of pass^k and pass@k beyond k = {most // 2} say little: they want 2k.",
        )


def _has_broken_trials(found: Analysis) -> Iterator[Caution]:
    broken = {arm.name: (arm.dropped, arm.dropped + arm.trials) for arm in found.arms if arm.dropped}
    if not broken:
        return
    told = ", ".join(f"{name}: {count} of {total}" for name, (count, total) in broken.items())
    shares = [broken.get(arm.name, (0, 1)) for arm in found.arms]
    rates = [count / total for count, total in shares]
    uneven = " They differ between arms, so look at what broke." if max(rates) - min(rates) > NOISE_SHARE_MAX else ""
    yield Caution(
        "infrastructure",
        f"Something outside broke some trials for good ({told}); their tasks are left out of every comparison with "
        f"such an arm, in both of its arms.{uneven}",
        tuple(broken),
    )


def _is_judged_by_model(found: Analysis) -> Iterator[Caution]:
    used = {name for arm in found.arms for name in arm.evaluators if MODEL_EVALUATOR in name}
    if used:
        yield Caution(
            "evaluator",
            f"A model judges these answers ({', '.join(sorted(used))}): it errs, and not alike for all arms. Check a "
            "sample by hand.",
        )


def _is_judged_by_chance(found: Analysis) -> Iterator[Caution]:
    used = {name for arm in found.arms for name in arm.evaluators if NOISY_EVALUATOR in name}
    if used:
        yield Caution(
            "noisy",
            f"Verdicts were changed by chance ({', '.join(sorted(used))}): neither scores nor "
            "differences are those of the answers.",
        )


def _has_oracle(found: Analysis) -> Iterator[Caution]:
    arms = [arm for arm in found.arms if arm.oracles]
    if arms:
        names = sorted({name for arm in arms for name in arm.oracles})
        yield Caution(
            "oracle",
            f"Inside some arms an evaluator had a say that knows the answer ({', '.join(names)}): an agent at work "
            "would not have it, and scores less. Compare such an arm with another that has it too, as retry has.",
            tuple(arm.name for arm in arms),
        )


def _is_uneven(found: Analysis) -> Iterator[Caution]:
    most = max((arm.trials + arm.dropped for arm in found.arms), default=0)
    uneven = [arm for arm in found.arms if arm.trials + arm.dropped != most]
    if uneven:
        yield Caution(
            "uneven",
            "Arms have tried other numbers of tasks, or tasks other numbers of times: means of single arms are not "
            "made of the same tasks. The comparisons are.",
            tuple(arm.name for arm in uneven),
        )


def _learns_across(found: Analysis) -> Iterator[Caution]:
    arms = [
        arm.name for arm in found.design.arms if any(name in str(arm.parts.get("memory", "")) for name in ACROSS_RUNS)
    ]
    if arms:
        yield Caution(
            "learning",
            "A memory of some arms carries something from run to run: unless its archive is frozen, trials are not "
            "independent, their order matters, and what it learnt should come from tasks of a split of its own.",
            tuple(arms),
        )


def _has_unknown_prices(found: Analysis) -> Iterator[Caution]:
    arms = [arm.name for arm in found.arms if arm.unpriced_share]
    if arms:
        yield Caution(
            "prices",
            "Nobody knows the price of some tokens, so costs are compared in tokens; a token of one model need not "
            "cost what another's does.",
            tuple(arms),
        )


def _is_timed_out(found: Analysis) -> Iterator[Caution]:
    arms = [arm for arm in found.arms if arm.timed_out]
    if arms:
        count = sum(arm.timed_out for arm in arms)
        yield Caution(
            "timed out",
            f"{count} trials were cut off by their limit on time: they count as they ended, "
            "and times are at least what is shown.",
            tuple(arm.name for arm in arms),
        )


def _cannot_judge(found: Analysis) -> Iterator[Caution]:
    judged = {(each.arm, each.control) for each in found.contrasts}
    left = [str(each) for each in found.design.contrasts if (each.arm, each.control) not in judged]
    if left:
        yield Caution(
            "not judged",
            "Asked for beforehand and not judged, because arm and control have no task, or no whole family, in common "
            f"that both have done: {'; '.join(left)}.",
            tuple(left),
        )


def _group(contrasts: Sequence[ContrastResult], key: Callable[[ContrastResult], int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for contrast in contrasts:
        found[key(contrast)] = (*found.get(key(contrast), ()), contrast.name)
    return found


CHECKS: Sequence[Check] = (
    _is_unfinished,
    _goes_on,
    _was_selected,
    _cannot_judge,
    _scores_nothing,
    _has_oracle,
    _is_judged_by_model,
    _is_judged_by_chance,
    _has_broken_trials,
    _has_few_tasks,
    _has_few_families,
    _may_stop_early,
    _learns_across,
    _is_uneven,
    _has_few_repeats,
    _has_unknown_prices,
    _is_timed_out,
)
"""A further caution is a function and a place here."""
