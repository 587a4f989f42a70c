"""The plan of an experiment: its figures are those of earlier trials, and say what they rest on."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.evaluators.model import ModelEvaluator
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.plan import Plan
from agent_brain.lab.planning import ASSUMED, FROM_ALIKE, FROM_NOTHING, FROM_ROWS, make_plan
from agent_brain.lab.rows import read_rows
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.statistics.power import Variances, smallest_effect, tasks_needed
from lab.sums import make_experiment, make_model, run
from sse_server import Server
from sse_server import play as play_judge


def plan(experiment: Experiment, folder: Path, effect: float | None = None) -> Plan:
    schedule = Schedule(experiment, make_arms(experiment))
    return make_plan(schedule, read_rows(folder / "trials.jsonl"), effect)


def test_before_anything_was_run_a_plan_has_its_bounds_and_says_what_it_assumes(tmp_path: Path) -> None:
    found = plan(make_experiment(10, repeats=2), tmp_path)

    (contrast,) = found.contrasts
    assert (found.trials, found.left, found.calls_max) == (40, 40, 40 * 21)
    assert found.expect("calls") is None
    assert contrast.basis == FROM_NOTHING
    assert contrast.smallest_effect == smallest_effect(10, ASSUMED, 2)


async def test_after_a_pilot_it_expects_of_the_rest_what_the_pilot_took(tmp_path: Path) -> None:
    experiment = make_experiment(10, repeats=2)
    _, rows = await run(experiment, tmp_path, pilot=3)

    found = plan(experiment, tmp_path)

    tokens = {
        arm: [row.input_tokens + row.output_tokens for row in rows if row.arm == arm] for arm in ("plain", "brief")
    }
    assert (found.left, found.expect("calls")) == (28, 56.0)
    assert found.expect("tokens") == pytest.approx(sum(14 * sum(each) / len(each) for each in tokens.values()))
    assert found.contrasts[0].pilot_tasks == 3


async def test_the_smallest_effect_and_the_tasks_for_a_wanted_one_are_of_the_pilots_variances(tmp_path: Path) -> None:
    experiment = make_experiment(12, repeats=2)
    _, rows = await run(experiment, tmp_path)
    scores = {arm: [row.score for row in rows if row.arm == arm] for arm in ("brief", "plain")}
    of_tasks = {
        arm: [[one, other] for one, other in zip(each[::2], each[1::2], strict=True)] for arm, each in scores.items()
    }
    variances = Variances.of_pilot(of_tasks["brief"], of_tasks["plain"])

    (contrast,) = plan(experiment, tmp_path, 0.1).contrasts

    assert contrast.basis == FROM_ROWS
    assert contrast.smallest_effect == pytest.approx(smallest_effect(12, variances, 2))
    assert contrast.tasks_needed == -int(-tasks_needed(0.1, variances, 2) // 1)
    assert {choice.tasks * choice.repeats for choice in contrast.choices} <= set(range(20, 25))


async def test_what_nobody_knows_the_price_of_is_told(tmp_path: Path) -> None:
    experiment = make_experiment(2)
    await run(experiment, tmp_path)

    assert [arm.is_priced for arm in plan(experiment, tmp_path).arms] == [False, False]


def test_calls_of_a_model_that_judges_are_planned_apart_from_those_of_the_arms(tmp_path: Path) -> None:
    found = plan(make_experiment(10, repeats=2, evaluator='model("judge@http://127.0.0.1:9/v1")'), tmp_path)

    assert (found.calls_max, found.judge_calls_max) == (40 * 21, 40 * 2)


async def test_after_a_pilot_judging_is_expected_to_take_what_it_took_there(tmp_path: Path) -> None:
    judge = play_judge(lambda _: '{"passed": true}')
    async with Server(judge) as server:
        experiment = make_experiment(4, evaluator=f'model("judge@{server.base_url}")')
        _, rows = await run(experiment, tmp_path, pilot=1)
        found = plan(experiment, tmp_path)

    assert found.expect("judge_calls") == 6.0
    assert found.expect("judge_tokens") == pytest.approx(3 * sum(row.judge_tokens for row in rows))
    assert [arm.is_judge_priced for arm in found.arms] == [False, False]


def test_a_judge_that_a_net_asks_is_counted_among_the_calls_of_its_arm(tmp_path: Path) -> None:
    own = {"net": "retry(direct, tries=3)", "model": make_model()}
    asking = ModelEvaluator(make_model())
    arms = [Arm("told", {**own, "evaluator": "task"}), Arm("judged", {**own, "evaluator": asking})]

    told, judged = plan(make_experiment(1, arms=arms), tmp_path).arms

    assert judged.calls_max >= told.calls_max + 3 * asking.model_calls
    assert judged.judge_calls_max == 0


async def test_trials_of_an_arm_that_has_changed_count_no_more(tmp_path: Path) -> None:
    experiment = make_experiment(3)
    await run(experiment, tmp_path)
    changed = replace(experiment.arms[1], parts={**experiment.arms[1].parts, "memory": "mask"})

    found = plan(replace(experiment, arms=[experiment.arms[0], changed]), tmp_path)

    assert [(arm.left, arm.calls is None) for arm in found.arms] == [(0, False), (3, True)]


async def test_trials_whose_evaluator_has_changed_are_measured_and_only_judged_again(tmp_path: Path) -> None:
    judge = play_judge(lambda _: '{"passed": true}')
    async with Server(judge) as server:
        experiment = make_experiment(3)
        _, rows = await run(experiment, tmp_path, pilot=2)
        found = plan(replace(experiment, evaluator=f'model("judge@{server.base_url}")'), tmp_path)

    assert [(arm.left, arm.judged_again) for arm in found.arms] == [(1, 2), (1, 2)]
    assert found.expect("calls") == pytest.approx(sum(row.model_calls for row in rows) / 2)
    assert (found.expect("judge_calls"), found.contrasts[0].basis) == (None, FROM_NOTHING)


async def test_a_pilot_of_what_is_done_has_nothing_left(tmp_path: Path) -> None:
    experiment = make_experiment(3)
    await run(experiment, tmp_path)

    found = make_plan(Schedule(experiment, make_arms(experiment), 1), read_rows(tmp_path / "trials.jsonl"))

    assert (found.trials, found.left) == (2, 0)


async def test_judging_again_is_expected_to_take_what_verdicts_that_stand_took(tmp_path: Path) -> None:
    async with Server(play_judge(lambda _: '{"passed": true}')) as server:
        experiment = make_experiment(4, evaluator=f'model("judge@{server.base_url}")')
        await run(experiment, tmp_path)
        task = replace(experiment.tasks[0], answer="another")
        found = plan(replace(experiment, tasks=[task, *experiment.tasks[1:]]), tmp_path)

    assert (found.left, found.judged_again, found.expect("judge_calls")) == (0, 2, 2.0)


def test_an_effect_in_points_is_no_share(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"an effect of 5 was asked for; .*5 points are 0\.05"):
        plan(make_experiment(10), tmp_path, effect=5)


def test_an_effect_of_nothing_cannot_be_found(tmp_path: Path) -> None:
    with pytest.raises(SetupError):
        plan(make_experiment(3), tmp_path, 0.0)


async def test_trials_that_came_out_alike_do_not_promise_to_find_every_difference(tmp_path: Path) -> None:
    parts = {"net": "direct", "model": make_model(lambda messages: "0")}
    experiment = make_experiment(10, arms=[Arm("one", parts), Arm("other", parts)])
    await run(experiment, tmp_path, pilot=3)

    (contrast,) = plan(experiment, tmp_path).contrasts

    assert (contrast.basis, contrast.pilot_tasks) == (FROM_ALIKE, 3)
    assert contrast.smallest_effect == smallest_effect(10, ASSUMED)
