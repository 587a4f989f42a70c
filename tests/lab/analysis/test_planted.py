"""Rows with a planted truth, and what the analysis says of them."""

from dataclasses import replace

import numpy as np
import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.trial import Outcome
from lab.analysis.planting import break_some, lay, make_trial, plan, plant


def _score_of(hardness: float) -> float:
    return 0.2 + 0.5 * hardness


def test_a_planted_difference_is_found_within_its_error_and_called_better() -> None:
    trials = plant({"a": _score_of, "b": lambda hardness: _score_of(hardness) + 0.2}, tasks=400)
    found = analyse(plan(["a", "b"], 400), trials).contrasts[0]
    assert found.difference.value is not None
    assert found.error is not None
    assert abs(found.difference.value - 0.2) < 3 * found.error
    assert found.verdict == "better"
    assert found.sentence.startswith("It scores")


def test_the_same_arm_twice_is_never_called_different() -> None:
    trials = plant({"a": _score_of, "b": _score_of}, tasks=300, repeats=2)
    found = analyse(plan(["a", "b"], 300, 2), trials).contrasts[0]
    assert found.verdict == "inconclusive"
    assert found.p is not None
    assert found.p > 0.05


def test_arms_that_differ_by_less_than_the_margin_are_equivalent_given_enough_tasks() -> None:
    trials = plant({"a": _score_of, "b": _score_of}, tasks=800)
    found = analyse(plan(["a", "b"], 800, margin=0.12), trials).contrasts[0]
    assert found.verdict == "equivalent"
    assert "lies within it" in found.sentence


def test_the_golden_example_of_five_tasks_comes_out_to_the_last_digit() -> None:
    arms = {"a": ["1101", "0010", "1111", "0100", "1011"], "b": ["1111", "0110", "1111", "1101", "1110"]}
    rows = {arm: [[float(bit) for bit in tries] for tries in tasks] for arm, tasks in arms.items()}
    analysis = analyse(plan(["a", "b"], 5, 4), lay(rows))
    found, first = analysis.contrasts[0], analysis.arms[0]
    assert first.score.value == pytest.approx(0.6)
    assert found.difference.value == pytest.approx(0.2)
    assert found.error == pytest.approx(0.0935414, abs=5e-8)
    assert found.p == 0.25
    assert found.mcnemar is None


def test_a_task_tried_once_has_mcnemars_exact_p() -> None:
    b = [[1.0]] * 26 + [[0.0]] * 14 + [[1.0]] * 360
    a = [[0.0]] * 26 + [[1.0]] * 14 + [[1.0]] * 360
    found = analyse(plan(["a", "b"], 400), lay({"a": a, "b": b})).contrasts[0]
    assert found.mcnemar == pytest.approx(0.0806905, abs=5e-8)
    assert (found.discordance.arm_higher, found.discordance.control_higher) == (26, 14)


def test_no_discordant_task_gives_no_p_value_but_a_bound() -> None:
    same = [[1.0], [0.0]] * 10
    found = analyse(plan(["a", "b"], 20), lay({"a": same, "b": same})).contrasts[0]
    assert found.p is None
    assert found.p_adjusted is None
    assert "No discordant task" in found.sentence


def test_several_contrasts_are_adjusted_for_each_other() -> None:
    arms = ["a", "b", "c", "d"]
    trials = plant({arm: lambda h, i=i: _score_of(h) + 0.06 * i for i, arm in enumerate(arms)}, tasks=150)  # type: ignore[misc]
    found = analyse(plan(arms, 150), trials).contrasts
    alone = [each.p or 1.0 for each in found]
    assert all((each.p_adjusted or 1.0) >= p for each, p in zip(found, alone, strict=True))
    assert all((each.p_max_t or 1.0) >= p * 0.9 for each, p in zip(found, alone, strict=True))
    assert all(
        each.simultaneous.high - each.simultaneous.low >= each.difference.high - each.difference.low  # type: ignore[operator]
        for each in found
    )


def test_curves_costs_times_and_ends_of_one_arm_are_those_that_were_planted() -> None:
    rows = [
        make_trial("t0", "a", 0, passed=True, cost_usd=0.02, cached_tokens=40, drafts=(False, True)),
        make_trial("t0", "a", 1, passed=True, wall_seconds=3.0, drafts=(True, True)),
        make_trial("t1", "a", 0, outcome=Outcome.LIMITED, limit="repeats", faults={"unreadable": 2}),
        make_trial("t1", "a", 1, passed=True, limit="model_calls", drafts=(True, False)),
    ]
    arm = analyse(plan(["a"], 2, 2), rows).arms[0]
    assert [round(point.estimate.value or 0, 6) for point in arm.pass_hat] == [0.75, 0.5]
    assert [round(point.estimate.value or 0, 6) for point in arm.pass_at] == [0.75, 1.0]
    assert [point.is_supported for point in arm.pass_hat] == [True, False]
    assert arm.cost_usd == pytest.approx(0.0125)
    assert arm.cost_of_pass.value == pytest.approx(0.0125 / 0.75)
    assert arm.cached_tokens == 10
    assert arm.latency_median.value == 1.0
    assert (arm.exhausted_share, arm.loop_share, arm.malformed_share) == (0.5, 0.25, 0.25)
    assert arm.malformed_per_call == 0.25
    assert arm.outcomes == {"passed": 3, "wrong": 0, "limited": 1, "failed": 0, "infrastructure": 0}
    assert arm.revisions is not None
    assert (arm.revisions.trials, arm.revisions.wrong_to_right, arm.revisions.right_to_wrong) == (3, 1, 1)


def test_an_arm_that_costs_half_has_a_ratio_of_one_half() -> None:
    rows = [
        make_trial(f"t{task}", arm, passed=True, cost_usd=cost * (1 + task))
        for task in range(10)
        for arm, cost in (("a", 0.02), ("b", 0.01))
    ]
    found = analyse(plan(["a", "b"], 10), rows).contrasts[0]
    assert found.cost_unit == "usd"
    assert found.cost_ratio.value == pytest.approx(0.5)


def test_unknown_prices_are_unknown_and_tokens_are_compared() -> None:
    rows = [make_trial(f"t{task}", arm, passed=True, unpriced_tokens=110 * (arm == "b"), cost_usd=0.01 * (arm == "a"))
            for task in range(4) for arm in "ab"]  # fmt: skip
    found = analyse(plan(["a", "b"], 4), rows)
    assert found.contrasts[0].cost_unit == "tokens"
    assert [arm.cost_usd for arm in found.arms] == [0.01, None]
    assert found.arms[1].unpriced_share == 1.0


def test_a_task_that_broke_in_one_arm_is_left_out_in_both_and_told() -> None:
    rng = np.random.default_rng(7)
    trials = plant({"a": lambda h: 0.9 - 0.7 * h, "b": lambda h: 0.9 - 0.7 * h}, tasks=500)
    hard = {trial.task for trial in trials if trial.arm == "a" and not trial.score}
    broken = {task for task in hard if rng.random() < 0.4}
    analysis = analyse(plan(["a", "b"], 500), break_some(trials, lambda t: t.arm == "b" and t.task in broken))
    found, naive = analysis.contrasts[0], analysis.arms[1].score.value - analysis.arms[0].score.value  # type: ignore[operator]
    whole = analyse(plan(["a", "b"], 500), [t for t in trials if t.task not in broken]).contrasts[0]
    assert found.difference == whole.difference
    assert found.dropped == len(broken)
    assert abs(naive) > 0.02
    assert "infrastructure" in {caution.code for caution in analysis.cautions}


def test_breaking_that_depends_on_arm_and_task_leaves_the_difference_where_it_was_planted() -> None:
    rng = np.random.default_rng(3)
    trials = plant({"a": lambda h: 0.85 - 0.8 * h, "b": lambda h: 0.95 - 0.8 * h}, tasks=1_200, seed=5)
    hardness = np.random.default_rng(5).random(1_200)
    broken = {f"t{task}" for task in range(1_200) if rng.random() < 0.9 * hardness[task]}
    analysis = analyse(plan(["a", "b"], 1_200), break_some(trials, lambda t: t.arm == "b" and t.task in broken))
    found = analysis.contrasts[0]
    assert found.difference.value == pytest.approx(0.1, abs=3 * (found.error or 0))
    assert analysis.arms[1].score.value - analysis.arms[0].score.value > 0.1 + 3 * (found.error or 0)  # type: ignore[operator]


def test_tasks_with_missing_trials_are_left_out_of_a_comparison() -> None:
    trials = [t for t in plant({"a": _score_of, "b": _score_of}, tasks=30, repeats=2) if (t.task, t.arm) != ("t3", "b")]
    found = analyse(plan(["a", "b"], 30, 2), trials)
    assert (found.contrasts[0].tasks, found.contrasts[0].unfinished) == (29, 1)
    assert found.cautions[0].code == "unfinished"


def test_rows_of_another_experiment_are_refused_by_name() -> None:
    with pytest.raises(SetupError, match="no row is of an arm of 'planted': rows have x; the arms are a, b"):
        analyse(plan(["a", "b"], 1), [make_trial("t", "x")])


def test_where_everything_broke_nothing_is_said() -> None:
    rows = break_some(plant({"a": _score_of}, tasks=3), lambda _: True)
    with pytest.raises(SetupError, match="no trial of 'planted' counts: something outside has broken all 3"):
        analyse(plan(["a"], 3), rows)


def test_families_of_an_experiment_that_declared_none_are_those_of_its_rows() -> None:
    trials = plant({"a": lambda _: 0.1, "b": lambda _: 0.9}, tasks=96)
    rows = [replace(trial, family=f"f{int(trial.task[1:]) % 24}") for trial in trials]
    sequential = plan(["a", "b"], 96, stopping="sequential", metric="passed")

    found, alone = (analyse(sequential, each).contrasts[0] for each in (rows, trials))

    assert (found.families, alone.families) == (24, 0)
    assert (found.verdict, alone.verdict) == ("better", "better")
    assert found.p is not None
    assert alone.p is not None
    assert alone.p < found.p < 0.05
