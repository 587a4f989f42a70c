"""What an arm's digest is of: whatever may change one of its trials, and nothing else."""

from pathlib import Path
from typing import Any

import pytest

from agent_brain.engine.limits import Limits
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import ArmBrains
from agent_brain.models.prices import Price
from lab.sums import make_experiment, make_model, run


def digest(**parts: Any) -> str:
    arm = Arm("a", {"net": "direct", "model": make_model(), **parts})
    return ArmBrains(arm, make_experiment(1, arms=[arm])).digest


def price(amount: float) -> dict[str, Price]:
    return {"scripted": Price(amount, amount)}


def test_prices_leave_trials_as_they_are() -> None:
    assert digest(prices=price(1.0)) == digest(prices=price(2.0)) == digest()


def test_prices_make_other_trials_where_a_limit_of_money_goes_by_them() -> None:
    limits = Limits(usd=1.0)

    assert digest(prices=price(1.0), limits=limits) != digest(prices=price(2.0), limits=limits)


@pytest.mark.parametrize("part", ["before_answer", "after_tool"])
def test_prices_make_other_trials_where_code_of_the_users_own_sees_what_a_run_has_cost(part: str) -> None:
    guard = {part: lambda *_: None}

    assert digest(prices=price(1.0), **guard) != digest(prices=price(2.0), **guard)


async def test_a_price_that_is_added_later_has_no_trial_done_again(tmp_path: Path) -> None:
    model = make_model()
    before = make_experiment(2, arms=[Arm("a", {"net": "direct", "model": model})])
    _, rows = await run(before, tmp_path)
    calls = len(model.calls)
    after = make_experiment(2, arms=[Arm("a", {"net": "direct", "model": model, "prices": price(1.0)})])

    _, again = await run(after, tmp_path)

    assert (len(model.calls), again) == (calls, rows)
