"""What may not change a finding, and what may change it in one way alone."""

import random
from collections.abc import Sequence
from dataclasses import asdict, replace

import pytest

from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.analysis import Analysis, ContrastResult
from agent_brain.lab.analysis.design import against_first
from agent_brain.lab.trial import Trial
from lab.analysis.planting import make_trial, plan, plant

TASKS, REPEATS = 40, 2


@pytest.fixture(scope="module")
def trials() -> list[Trial]:
    return plant({"a": lambda h: 0.2 + 0.6 * h, "b": lambda h: 0.4 + 0.5 * h}, TASKS, REPEATS, seed=11)


def _find(trials: Sequence[Trial], arms: str = "ab", repeats: int = REPEATS) -> Analysis:
    return analyse(plan(list(arms), TASKS, repeats), trials)


def _contrast(trials: Sequence[Trial], arms: str = "ab", repeats: int = REPEATS) -> ContrastResult:
    return _find(trials, arms, repeats).contrasts[0]


def test_the_order_of_rows_changes_nothing(trials: list[Trial]) -> None:
    shuffled = random.Random(1).sample(trials, len(trials))
    assert _find(shuffled).data() == _find(trials).data()


def test_a_row_that_was_written_twice_counts_once(trials: list[Trial]) -> None:
    assert _find([*trials, *trials[:7]]).data() == _find(trials).data()


def test_other_names_of_tasks_change_no_interval_and_no_verdict(trials: list[Trial]) -> None:
    renamed = [replace(trial, task=f"{10_000 - int(trial.task[1:])}-x") for trial in trials]
    before, after = _contrast(trials), _contrast(renamed)
    assert asdict(after.difference) == pytest.approx(asdict(before.difference))
    assert (after.verdict, after.discordance) == (before.verdict, before.discordance)
    assert after.p == pytest.approx(before.p, abs=0.01)


def test_arm_and_control_in_each_others_place_turn_the_sign_and_nothing_else(trials: list[Trial]) -> None:
    before, after = _contrast(trials), _contrast(trials, "ba")
    assert after.difference.value == pytest.approx(-(before.difference.value or 0))
    assert (after.difference.low, after.difference.high) == pytest.approx(
        (-(before.difference.high or 0), -(before.difference.low or 0))
    )
    assert after.error == pytest.approx(before.error)
    assert after.p == before.p
    assert {before.verdict.value, after.verdict.value} in ({"better", "worse"}, {"inconclusive"})


def test_every_try_made_twice_leaves_the_difference_and_its_error(trials: list[Trial]) -> None:
    twice = [replace(trial, repeat=trial.repeat + REPEATS) for trial in trials]
    before, after = _contrast(trials), _contrast([*trials, *twice], repeats=2 * REPEATS)
    assert after.difference == before.difference
    assert after.error == before.error


def test_tasks_on_which_all_score_alike_shrink_the_difference_by_their_share(trials: list[Trial]) -> None:
    same = [
        make_trial(f"same{task}", arm, repeat, passed=True) for task in range(10) for arm in "ab" for repeat in (0, 1)
    ]
    before, after = _contrast(trials), _contrast([*trials, *same])
    assert after.difference.value == pytest.approx((before.difference.value or 0) * TASKS / (TASKS + 10))
    assert after.discordance.ties == before.discordance.ties + 10


def test_a_third_arm_that_nobody_asks_about_changes_no_verdict(trials: list[Trial]) -> None:
    third = [replace(trial, trial_id=f"c{trial.trial_id}", arm="c") for trial in trials if trial.arm == "a"]
    design = replace(plan(["a", "b", "c"], TASKS, REPEATS), contrasts=against_first(["a", "b"]))
    found = analyse(design, [*trials, *third])
    assert found.contrasts == _find(trials).contrasts
    assert [each.name for each in found.explored] == ["c - a", "c - b"]


def test_the_same_family_on_every_task_changes_no_figure(trials: list[Trial]) -> None:
    alike = [replace(trial, family="kitchen") for trial in trials]
    assert _find(alike).contrasts == _find(trials).contrasts
    assert "one family" in {caution.code for caution in _find(alike).cautions}


def test_tasks_of_few_families_make_the_interval_wider(trials: list[Trial]) -> None:
    grouped = [replace(trial, family=f"f{int(trial.task[1:]) % 8}") for trial in trials]
    found = _contrast(grouped)
    assert found.families == 8
    assert found.difference.method == "t, family means"
