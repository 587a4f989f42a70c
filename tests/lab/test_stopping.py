"""When an experiment ends before its time: budgets, and decisions by its first tasks alone."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Message
from agent_brain.engine.journal import read_env
from agent_brain.lab.analysis.kept import read_kept
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment, Stopping
from agent_brain.lab.folder import Folder
from agent_brain.lab.progress import Ending
from agent_brain.lab.task import Task
from agent_brain.models.prices import Price
from lab.sums import make_experiment, make_model, run, untime


def right(messages: Sequence[Message]) -> str:
    """Always right."""
    return "yes"


def make_contest(worse: float, rule: str, tasks: int = 60, concurrency: int = 8) -> Experiment:
    """One arm is always right; the other one on a share of the tasks."""

    def often_right(messages: Sequence[Message]) -> str:
        number = int(messages[-1]["content"].split()[1])
        return "yes" if number % 10 < 10 * worse else "no"

    arms = [
        Arm(name, {"net": "direct", "model": make_model(say)}) for name, say in (("good", right), ("bad", often_right))
    ]
    questions = [Task(f"t{i}", (f"Question {i} ?",), answer="yes") for i in range(tasks)]
    stopping = Stopping(rule, tasks_min=10)
    return make_experiment(questions, arms=arms, stopping=stopping, concurrency=concurrency)


@pytest.mark.parametrize(("worse", "rule", "is_early"), [
    (0.2, "sequential", True), (0.2, "fixed", False), (0.2, "futility", False), (0.9, "sequential", False),
])  # fmt: skip
async def test_a_clear_difference_ends_it_where_its_rule_says_so(
    tmp_path: Path, worse: float, rule: str, is_early: bool
) -> None:
    progress, rows = await run(make_contest(worse, rule), tmp_path)

    assert (progress.ending is Ending.DECIDED) == is_early
    assert (len(rows) < 120) == is_early
    assert len(rows) == 2 * (progress.tasks_decided or 60)


async def test_what_decides_does_not_depend_on_who_was_faster(tmp_path: Path) -> None:
    one, slow = await run(make_contest(0.2, "sequential", concurrency=1), tmp_path / "a")
    many, fast = await run(make_contest(0.2, "sequential", concurrency=16), tmp_path / "b")

    assert one.tasks_decided == many.tasks_decided
    assert untime(slow) == untime(fast)


async def test_a_decided_experiment_stays_decided(tmp_path: Path) -> None:
    before, rows = await run(make_contest(0.2, "sequential"), tmp_path)

    after, same = await run(make_contest(0.2, "sequential"), tmp_path)

    assert (after.ending, after.tasks_decided, same) == (Ending.DECIDED, before.tasks_decided, rows)


async def test_what_a_decision_has_left_out_is_told_apart_in_what_was_paid(tmp_path: Path) -> None:
    experiment = make_contest(0.2, "sequential", concurrency=16)
    progress, rows = await run(experiment, tmp_path)
    paid = {each.purpose: each for each in read_kept(tmp_path).analyse().paid}
    after, _ = await run(experiment, tmp_path)

    store = Folder(tmp_path).open_store()
    taken = [(await read_env(store, info.run_id))[0].usage for info in await store.list_runs()]
    await store.aclose()
    assert progress.dropped is not None
    assert progress.dropped.trials == len(taken) - len(rows) > 0
    assert progress.dropped == after.dropped
    assert list(paid) == ["arms", "dropped after the decision"]
    assert sum(each.tokens for each in paid.values()) == sum(usage.tokens for usage in taken)
    assert paid["arms"].tokens == sum(row.spent_tokens for row in rows)


async def test_one_that_nothing_was_left_out_of_says_so_of_no_other(tmp_path: Path) -> None:
    progress, _ = await run(make_contest(0.9, "sequential"), tmp_path)

    assert (progress.ending, progress.dropped) == (Ending.COMPLETE, None)
    assert [each.purpose for each in read_kept(tmp_path).analyse().paid] == ["arms"]


async def test_a_budget_of_money_is_refused_where_nobody_knows_what_a_model_costs(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="nobody knows what these cost"):
        await run(make_experiment(2, budget_usd=1.0), tmp_path)


async def test_a_budget_of_money_is_kept_by_the_prices_that_are_given(tmp_path: Path) -> None:
    parts = {"net": "direct", "model": make_model(right), "prices": {"scripted": Price(1_000.0, 1_000.0)}}
    questions = [Task(f"t{i}", (f"Question {i} ?",), answer="yes") for i in range(30)]

    experiment = make_experiment(questions, arms=[Arm("a", parts)], budget_usd=0.5, concurrency=1)
    progress, rows = await run(experiment, tmp_path)

    assert progress.ending is Ending.BUDGET
    assert 0.5 <= progress.cost_usd == sum(row.cost_usd for row in rows) < 0.7
    assert len(rows) < 30


async def test_trials_under_way_do_not_take_it_far_beyond_its_budget(tmp_path: Path) -> None:
    whole, _ = await run(make_experiment(20), tmp_path / "a")
    budget = whole.tokens // 2
    some, rows = await run(make_experiment(20, concurrency=16, budget_tokens=budget), tmp_path / "b")

    assert 0 <= some.tokens - budget < max(row.spent_tokens for row in rows)
    assert some.note == f"its budget is spent: {some.tokens:,} tokens of {budget:,} tokens"


async def test_no_trial_is_begun_once_the_budget_is_spent(tmp_path: Path) -> None:
    whole, _ = await run(make_experiment(20, concurrency=2), tmp_path / "a")

    some, _ = await run(make_experiment(20, concurrency=2, budget_tokens=whole.tokens // 2), tmp_path / "b")

    assert some.ending is Ending.BUDGET
    assert whole.tokens // 2 <= some.tokens <= whole.tokens // 2 + 3 * whole.tokens // 40
    assert json.loads((tmp_path / "b" / "progress.json").read_text())["ending"] == "budget"
