"""What may be looked at after every task is weighed as declared, by who runs an experiment and who reports on it."""

from math import nan

import pytest

from agent_brain.lab.analysis.design import Design
from agent_brain.lab.analysis.design_file import load_design
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.description import describe_experiment
from agent_brain.lab.evidence import Evidence, is_evidence, plan_evidence
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.task import Task
from lab.sums import make_model


def plan(families: list[str], repeats: int = 1, metric: str = "passed") -> Evidence:
    return Evidence.plan(families, repeats=repeats, metric=metric, alpha=0.05, contrasts=2)


@pytest.mark.parametrize(
    ("families", "repeats", "metric", "expected"),
    [
        (["", "", ""], 1, "passed", Evidence(3, True, 0.025)),
        (["", "", ""], 1, "score", Evidence(3, False, 0.025)),
        (["", "", ""], 2, "passed", Evidence(3, False, 0.025)),
        (["a", "a", "b", ""], 1, "passed", Evidence(3, False, 0.025, {"a": 2, "b": 1})),
        (["a", "a", "a"], 1, "passed", Evidence(3, True, 0.025)),
    ],
    ids=["passed once", "scores", "repeats", "families", "one family"],
)
def test_how_it_is_weighed_hangs_on_what_was_declared_and_on_no_value(
    families: list[str], repeats: int, metric: str, expected: Evidence
) -> None:
    assert plan(families, repeats, metric) == expected


def test_a_family_is_a_witness_once_all_of_its_tasks_were_taken_up() -> None:
    families, values = ["a", "b", "", "b", "a", "c"], [1.0, 0.0, -1.0, 1.0, 0.5, 1.0]
    evidence = plan([*families, "c"])

    assert evidence.gather(values, families) == [-1.0, 0.5, 0.75]
    assert evidence.choose(families, [True] * 6) == [True] * 5 + [False]
    assert evidence.choose(families, [True, False, True, True, True, True]) == [True, False, True, False, True, False]


@pytest.mark.parametrize("done", range(8))
def test_more_tasks_only_add_to_what_was_looked_at(done: int) -> None:
    families, values = ["a", "b", "", "b", "a", "c", "a", "c"], [1.0, 0.0, nan, nan, 0.5, -1.0, nan, 1.0]
    evidence = plan(families)

    before, after = (evidence.gather(values[:size], families[:size]) for size in (done, 8))

    assert after[: len(before)] == before
    assert after == [0.0, 0.75, 0.0]


def test_where_tasks_are_kept_back_they_alone_are_evidence() -> None:
    splits = {"selection", "confirmation"}
    assert [split for split in splits if is_evidence(split, splits)] == ["confirmation"]
    assert is_evidence("", {"", "training"})
    assert not is_evidence("training", {"", "training"})


def test_a_report_weighs_evidence_as_the_running_experiment_did() -> None:
    tasks = [Task(f"t{i}", ("?",), family=f"f{i % 7}") for i in range(40)]
    arms = [Arm(name, {"model": make_model(), "instructions": name}) for name in "abc"]
    experiment = Experiment("kept", tasks, arms, confirm=0.5, metric="passed", repeats=2)
    kept = describe_experiment(Schedule(experiment, make_arms(experiment)))

    assert load_design(kept).weigh() == Design.of(experiment).weigh() == plan_evidence(experiment)
    assert plan_evidence(experiment).planned < 7
