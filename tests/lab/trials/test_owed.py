"""Whatever was paid counts in the budget, and in what was spent in all: set aside, killed, or broken outside."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.records import Failed
from agent_brain.core.usage import Usage
from agent_brain.engine.export import import_run, write_export
from agent_brain.engine.journal import read_env
from agent_brain.lab.analysis.kept import read_kept
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.progress import Ending, Progress
from agent_brain.lab.running import run_experiment
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.lab.trials.conducting import Conductor
from agent_brain.lab.trials.servers import FAILURES_MAX, Servers
from agent_brain.lab.trials.setting_aside import find_aside, set_aside
from agent_brain.lab.user import Player, User
from agent_brain.models.prices import Price
from agent_brain.models.scripted import Line, ScriptedModel
from lab.sums import make_experiment, make_model, play, run, untime

DOWN = ModelError(ModelErrorKind.CONNECTION, "the server is down")
TASK = Task("sum", ("What is 2 + 2?",), answer="4")
PRICES = {"scripted": Price(input=1.0, output=1.0)}


def sampling(*lines: Line, task: Task = TASK, **given: Any) -> Experiment:
    """Votes on three answers, the first of which are these, and the others right."""
    model = ScriptedModel([*lines, *["4"] * 60])
    arms = [Arm("votes", {"net": "self_consistency", "model": model, "prices": PRICES})]
    return make_experiment([task], arms=arms, prices=PRICES, **given)


async def try_twice(experiment: Experiment, folder: Path) -> tuple[Progress, Trial]:
    """Its only trial, set aside in one sitting and done in the next one."""
    await run(experiment, folder, attempts_max=1)
    progress, (row,) = await run(experiment, folder, attempts_max=1)
    return progress, row


async def add_up(folder: Path) -> tuple[int, float]:
    """What all runs in the journal have taken: tokens and dollars."""
    store = Folder(folder).open_store()
    found = [(await read_env(store, info.run_id))[0].usage for info in await store.list_runs()]
    await store.aclose()
    return sum(usage.tokens for usage in found), sum(usage.cost_usd for usage in found)


async def test_what_was_set_aside_is_told_beside_the_arms_cost_and_spent_with_it(tmp_path: Path) -> None:
    experiment = sampling(DOWN)
    progress, row = await try_twice(experiment, tmp_path)
    (tmp_path / "trials.jsonl").unlink()
    _, again = await run(experiment, tmp_path)
    tokens, dollars = await add_up(tmp_path)

    assert (row.outcome, row.model_calls, row.aside_calls) == (Outcome.PASSED, 5, 4)
    assert row.input_tokens + row.output_tokens + row.aside_tokens == row.spent_tokens == tokens == progress.tokens
    assert progress.cost_usd == row.spent_usd
    assert 0 < row.cost_usd < row.spent_usd == pytest.approx(dollars)
    assert [each.aside_cost_usd for each in again] == [row.aside_cost_usd]
    assert untime(again) == untime([row])


async def test_a_report_tells_it_among_all_that_was_spent(tmp_path: Path) -> None:
    _, row = await try_twice(sampling(DOWN), tmp_path)

    found = read_kept(tmp_path).analyse()

    assert {paid.purpose: paid.tokens for paid in found.paid} == {
        "arms": row.input_tokens + row.output_tokens,
        "attempts set aside": row.aside_tokens,
    }
    assert found.arms[0].cost_usd == row.cost_usd


async def test_a_trial_that_was_set_aside_and_has_no_row_spends_the_budget(tmp_path: Path) -> None:
    experiment = sampling(DOWN)
    _, (lost,) = await run(experiment, tmp_path, attempts_max=1)

    progress, rows = await run(replace(experiment, budget_tokens=lost.spent_tokens), tmp_path)

    assert (lost.outcome, lost.aside_tokens) == (Outcome.INFRASTRUCTURE, 0)
    assert (progress.ending, rows) == (Ending.BUDGET, [])
    assert progress.note == f"its budget is spent: {lost.spent_tokens} tokens of {lost.spent_tokens} tokens"


async def test_what_is_owed_is_counted_once_when_its_trial_is_done(tmp_path: Path) -> None:
    experiment = sampling(DOWN)
    _, (lost,) = await run(experiment, tmp_path, attempts_max=1)

    enough = replace(experiment, budget_tokens=3 * lost.spent_tokens)
    progress, (row,) = await run(enough, tmp_path)

    assert (progress.ending, row.outcome) == (Ending.COMPLETE, Outcome.PASSED)
    assert lost.spent_tokens == row.aside_tokens
    assert row.spent_tokens == (await add_up(tmp_path))[0] < 3 * lost.spent_tokens


async def test_a_budget_holds_after_a_process_was_killed_in_the_middle_of_trials(tmp_path: Path) -> None:
    calls = 0

    def say(messages: Sequence[Message]) -> str:
        nonlocal calls
        calls += 1
        if calls == 4:
            sitting.cancel()
        return play(messages)

    experiment = make_experiment(6, make_model(say), concurrency=1)
    sitting = asyncio.create_task(run_experiment(experiment, tmp_path))
    with suppress(asyncio.CancelledError):
        await sitting
    tokens, _ = await add_up(tmp_path)
    (tmp_path / "trials.jsonl").unlink()

    progress, _ = await run(replace(experiment, budget_tokens=tokens), tmp_path)

    assert (progress.ending, progress.done, calls) == (Ending.BUDGET, 0, 4)
    assert progress.note.startswith(f"its budget is spent: {tokens:,} tokens")


async def test_a_long_conversation_is_set_aside_whole_with_what_its_user_took(tmp_path: Path) -> None:
    wishes = [f"Wish {number}." for number in range(6)]

    def customer(messages: Sequence[Message]) -> str:
        return [*wishes, "###STOP###"][sum(message["role"] == "assistant" for message in messages)]

    user = User("You are Ann.", Player(ScriptedModel(customer)))
    task = Task("ann", (), answer="4", user=user)
    _, row = await try_twice(sampling(*["4"] * 27, DOWN, task=task), tmp_path)

    assert (row.outcome, row.turns, row.user_calls) == (Outcome.PASSED, 6, 7)
    assert row.aside_calls == row.model_calls - 1 + row.user_calls
    assert row.spent_tokens == (await add_up(tmp_path))[0]


async def test_what_a_killed_process_had_copied_is_not_copied_again(tmp_path: Path) -> None:
    _, (row,) = await run(sampling(), tmp_path)
    store, took = Folder(tmp_path).open_store(), Usage(1, input_tokens=5)
    lines = [line async for line in write_export(store, row.trial_id)]
    await set_aside(store, row.trial_id, [row.trial_id], took)
    await import_run(store, lines)  # it was killed before the run had gone

    await set_aside(store, row.trial_id, [row.trial_id], took)

    found = await find_aside(store, row.trial_id)
    await store.aclose()
    assert found == [took]


async def test_a_trial_that_is_left_out_unasked_tells_what_it_took_before(tmp_path: Path) -> None:
    said: list[Line] = [play([{"role": "user", "content": "What is 0 + 1?"}]), DOWN]
    experiment = make_experiment(1, arms=[Arm("plain", {"net": "react_brief", "model": ScriptedModel(said)})])
    _, (lost,) = await run(experiment, tmp_path, attempts_max=1)
    brains, servers, store = make_arms(experiment), Servers(), Folder(tmp_path).open_store()
    for _ in range(FAILURES_MAX):
        servers.note(brains["plain"].servers, Failed("ModelError", "refused", "connection"), is_last=True)

    row = await Conductor(brains, store, {}, servers=servers).conduct(next(iter(Schedule(experiment, brains))))

    await store.aclose()
    assert (row.outcome, row.attempts) == (Outcome.INFRASTRUCTURE, 0)
    assert row.spent_tokens == lost.spent_tokens > 0
