"""What a careful reader is told, and when."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.design import ArmDesign, Design
from agent_brain.lab.trial import Outcome, Trial
from lab.analysis.planting import make_trial, plan, plant

TASKS = 60


def _plant(**fields: Any) -> list[Trial]:
    """Two arms of which nothing is to be said; the second one's rows with these fields."""
    rows = plant({"a": lambda h: h, "b": lambda h: h}, TASKS, 4)
    return [replace(row, **fields) if row.arm == "b" else row for row in rows]


def _find(trials: Sequence[Trial], **settings: Any) -> dict[str, str]:
    known: dict[str, Any] = {"repeats": 4} | settings
    tasks = len({trial.task for trial in trials})
    found = analyse(plan(["a", "b"], tasks, **known), trials)
    return {caution.code: caution.text for caution in found.cautions}


def test_of_a_sound_experiment_only_the_ends_of_its_curves_are_told() -> None:
    assert list(_find(_plant())) == ["pass^k"]


@pytest.mark.parametrize(
    ("code", "fields", "words"),
    [
        ("oracle", {"oracles": ("tests",)}, "knows the answer (tests)"),
        ("oracle", {"oracles": ("exact (fp=0, fn=1)",)}, "knows the answer (exact (fp=0, fn=1))"),
        ("evaluator", {"evaluator": "model(gpt)"}, "A model judges these answers (model(gpt))"),
        ("evaluator", {"evaluator": "noisy(model(gpt))"}, "A model judges these answers (noisy(model(gpt)))"),
        ("noisy", {"evaluator": "noisy(exact, fp=0.1)"}, "Verdicts were changed by chance (noisy(exact, fp=0.1))"),
        ("prices", {"unpriced_tokens": 5}, "Nobody knows the price"),
        ("nothing scored", {"score": 0.0, "outcome": Outcome.WRONG}, "Every trial of some arms scored 0 (b)"),
        ("timed out", {"limit": "seconds", "outcome": Outcome.LIMITED}, "240 trials were cut off"),
        ("infrastructure", {"outcome": Outcome.INFRASTRUCTURE}, "broke some trials for good (b: 240 of 480)"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " not in value else "",
)
def test_what_the_rows_of_an_arm_show_is_told(code: str, fields: dict[str, Any], words: str) -> None:
    rows = _plant(**fields)
    if code == "infrastructure":
        rows += [replace(row, trial_id=f"x{row.trial_id}", task=f"x{row.task}", outcome=Outcome.WRONG) for row in rows]
    assert words in _find(rows)[code]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"stopping": "sequential"}, "sequential"),
        ({"stopping": "futility"}, "futility"),
        ({"repeats": 5}, "unfinished"),
    ],
    ids=["sequential", "futility", "unfinished"],
)
def test_what_the_design_brings_with_it_is_told(settings: dict[str, Any], code: str) -> None:
    assert code in _find(_plant(), **settings)


def test_few_tasks_say_which_p_they_cannot_go_below() -> None:
    rows = [make_trial(f"t{task}", arm, passed=arm == "b") for task in range(4) for arm in "ab"]
    found = _find(rows, repeats=1)
    assert "cannot give a sign-flip p below 0.125" in found["few tasks"]
    assert "one try" in found


def test_arms_with_other_numbers_of_tasks_are_named() -> None:
    rows = [row for row in _plant() if row.arm == "a" or int(row.task[1:]) < 50]
    assert "uneven" in _find(rows)


def test_a_contrast_that_nothing_was_done_for_is_named_and_not_passed_over() -> None:
    found = analyse(plan(["a", "b", "c"], TASKS, 4), _plant())
    assert [each.name for each in found.contrasts] == ["b - a"]
    assert [caution.arms for caution in found.cautions if caution.code == "not judged"] == [("c - a",)]


def test_a_memory_that_learns_from_run_to_run_is_named() -> None:
    design: Design = replace(
        plan(["a", "b"], TASKS, 4), arms=(ArmDesign("a"), ArmDesign("b", parts={"memory": "mask+playbook"}))
    )
    found = analyse(design, _plant())
    assert [caution.arms for caution in found.cautions if caution.code == "learning"] == [("b",)]


def test_tasks_kept_back_are_the_only_evidence_and_selection_is_told_apart() -> None:
    rows = [replace(row, split="selection" if int(row.task[1:]) < 40 else "confirmation") for row in _plant()]
    found = analyse(plan(["a", "b"], TASKS, 4, confirm=0.3), rows)
    assert (found.split, found.tasks, found.contrasts[0].tasks) == ("confirmation", 20, 20)
    assert found.selection is not None
    assert found.selection.tasks == 40
    assert found.selection.confirmed == ("a", "b")
    assert found.selection.bias is not None
    assert 0 < found.selection.bias < 0.05


def test_where_all_tasks_were_chosen_on_nothing_is_confirmed() -> None:
    assert "selection only" in _find([replace(row, split="selection") for row in _plant()])


def test_tasks_that_memories_were_trained_on_count_nowhere() -> None:
    rows = [replace(row, split="training" if int(row.task[1:]) < 40 else "") for row in _plant()]
    assert analyse(plan(["a", "b"], TASKS, 4), rows).tasks == 20


def test_under_a_sequential_rule_p_is_one_that_may_be_looked_at_at_any_time() -> None:
    rows = plant({"a": lambda h: 0.3, "b": lambda h: 0.55}, 100)
    fixed = analyse(plan(["a", "b"], 100), rows).contrasts[0]
    anytime = analyse(plan(["a", "b"], 100, stopping="sequential"), rows).contrasts[0]
    assert fixed.p is not None
    assert anytime.p is not None
    assert fixed.p < anytime.p < 0.05
    assert anytime.p_max_t is None
    assert "anytime-valid p" in anytime.sentence
