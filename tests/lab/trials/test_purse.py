"""A budget lets as many trials begin as it has room for."""

import asyncio

from agent_brain.lab.trial import Outcome, Trial
from agent_brain.lab.trials.purse import Purse
from lab.sums import make_experiment


async def count_begun(purse: Purse, many: int) -> int:
    """How many of so many trials of one arm begin before any of them has ended."""
    waiting = [asyncio.create_task(purse.take("plain", lambda: False)) for _ in range(many)]
    await asyncio.wait(waiting, timeout=0)
    begun = sum(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    return begun


async def test_trials_are_expected_to_take_what_the_last_ones_took_without_what_was_set_aside() -> None:
    purse = Purse(make_experiment(budget_tokens=1_250))
    purse.learn(
        Trial("t", "sum 1", "plain", 0, 1.0, Outcome.PASSED, input_tokens=60, judge_tokens=40, aside_tokens=900)
    )
    assert await count_begun(purse, 4) == 2  # 1,000 of 1,250 are spent, and each takes 100


async def test_one_trial_begins_alone_where_nobody_knows_what_one_takes() -> None:
    assert await count_begun(Purse(make_experiment(budget_tokens=1_250)), 4) == 1
