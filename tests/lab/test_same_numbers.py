"""A running experiment and the report of its rows look at the same numbers, wherever it is left."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.analysis import ContrastResult
from agent_brain.lab.analysis.kept import read_kept
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment, Stopping
from agent_brain.lab.rows import encode
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.stopping import Decisions
from agent_brain.lab.tally import Tally
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome, Trial
from lab.sums import make_experiment, make_model, run

TASKS, FAMILIES, REPEATS = 48, 16, 2


@dataclass(frozen=True)
class Left:
    """An experiment that was left after some tasks."""

    experiment: Experiment
    rows: Sequence[Trial]
    tally: Tally
    decisions: Decisions

    def report(self) -> ContrastResult:
        return analyse(self.experiment, self.rows).contrasts[0]


def leave(rule: str, tasks: int, *, seed: int = 0, better: float = 0.9) -> Left:
    """Families of three tasks, each tried twice; something outside breaks one trial of ten."""
    rng = random.Random(seed)
    arms = [Arm(name, {"model": make_model(), "instructions": name}) for name in ("control", "arm")]
    asked = [Task(f"t{i}", ("?",), family=f"f{i % FAMILIES}") for i in range(TASKS)]
    stopping = Stopping(rule, tasks_min=2)
    experiment = Experiment("left", asked, arms, repeats=REPEATS, stopping=stopping, margin=0.2, seed=seed)
    schedule = Schedule(experiment, make_arms(experiment))
    tally, decisions, rows = Tally(schedule, "score"), Decisions(schedule), []
    for place in range(tasks):
        for slot in schedule.list_trials(place):
            score = float(rng.random() < (better if slot.arm == "arm" else 0.1))
            outcome = Outcome.INFRASTRUCTURE if rng.random() < 0.1 else Outcome.PASSED if score else Outcome.WRONG
            row = Trial("", slot.task.task_id, slot.arm, slot.repeat, score, outcome, slot.task.family)
            rows.append(row)
            tally.add(row)
    return Left(experiment, rows, tally, decisions)


@pytest.mark.parametrize("tasks", [20, 31, TASKS])
@pytest.mark.parametrize("rule", ["fixed", "sequential", "futility"])
def test_what_is_told_on_the_way_is_what_the_report_says(rule: str, tasks: int) -> None:
    left = leave(rule, tasks)

    [told], found = left.decisions.estimate(left.tally), left.report()

    assert found.dropped > 0
    assert told.tasks == found.tasks
    assert told.difference == pytest.approx(found.difference.value)
    assert (told.low, told.high) == pytest.approx((found.difference.low, found.difference.high))


def test_inside_a_family_an_experiment_that_may_stop_waits_for_the_rest_and_one_that_may_not_does_not() -> None:
    fixed, sequential = (leave(rule, 31).report() for rule in ("fixed", "sequential"))

    assert sequential.tasks < fixed.tasks
    assert sequential.tasks + sequential.unfinished == fixed.tasks + fixed.unfinished == 31 - fixed.dropped


def test_the_rule_stops_where_the_report_finds_a_difference_and_nowhere_else() -> None:
    said = []
    for better, tasks in product((0.3, 0.8, 1.0), range(24, TASKS + 1, 8)):
        left = leave("sequential", tasks, better=better)
        p = left.report().p
        said.append((left.decisions.is_over(left.tally), p is not None and p <= left.experiment.alpha))

    assert {stopped for stopped, _ in said} == {True, False}
    assert all(stopped == found for stopped, found in said)


@pytest.mark.parametrize("arms", [("arm",), ("arm", "control")], ids=["one arm is late", "it was not begun"])
def test_evidence_is_of_the_tasks_in_the_order_drawn_up_to_the_first_gap(arms: Sequence[str]) -> None:
    left, gap = leave("sequential", 40), 24
    names = list(dict.fromkeys(row.task for row in left.rows))
    early = [row for row in left.rows if row.task in names[:gap]]
    quick = [row for row in left.rows if row.task != names[gap] or row.arm not in arms]

    before, found, whole = (analyse(left.experiment, rows).contrasts[0] for rows in (early, quick, left.rows))

    assert found.tasks > found.tested == before.tested == before.tasks
    assert whole.p is not None
    assert before.p is not None
    assert found.p == before.p > whole.p


def test_a_report_says_on_how_many_tasks_such_evidence_stands() -> None:
    left = leave("sequential", 40)
    late = next(iter(row.task for row in left.rows))

    found = analyse(left.experiment, [row for row in left.rows if row.task != late])
    (caution,) = [each.text for each in found.cautions if each.code == "sequential"]

    assert (found.contrasts[0].p, found.contrasts[0].tested) == (1.0, 0)
    assert caution.endswith(f"(arm - control: 0 of {found.contrasts[0].tasks}).")


async def test_a_kept_experiment_knows_its_order_with_tasks_that_have_no_row(tmp_path: Path) -> None:
    _, rows = await run(make_experiment(10, stopping=Stopping("sequential", 10)), tmp_path)
    late = rows[0].task
    (tmp_path / "trials.jsonl").write_bytes(b"".join(encode(row) for row in rows if row.task != late))

    (found,) = read_kept(tmp_path).analyse().contrasts

    assert (found.tasks, found.tested) == (9, 0)
