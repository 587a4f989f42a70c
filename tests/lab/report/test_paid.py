"""What was paid beside the arms, in all three forms of a report: users, judges, attempts that were set aside."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.kept import read_kept
from agent_brain.lab.folder import PROGRESS
from agent_brain.lab.progress import Dropped
from agent_brain.lab.report.writing import Report, write_report
from agent_brain.lab.trial import Trial
from lab.analysis.keeping import keep
from lab.analysis.planting import break_some, make_trial, plan
from lab.report.reading_pages import Page

ARMS = ("a", "b")
BESIDE = {"user_calls": 3, "user_tokens": 300, "user_cost_usd": 0.5}
ASIDE = {"aside_calls": 2, "aside_tokens": 50, "aside_cost_usd": 0.25}


def write(trials: Sequence[Trial]) -> Report:
    return write_report(analyse(plan(ARMS, 4), trials))


def read(report: Report) -> str:
    """Its Markdown without what keeps data from being markup."""
    return report.markdown().replace("\\", "")


def make(**fields: Any) -> list[Trial]:
    return [make_trial(f"t{task}", arm, passed=task > 1, **fields) for arm in ARMS for task in range(4)]


def test_what_a_user_took_stands_beside_the_arms_and_not_in_their_cost() -> None:
    report = write(make(**BESIDE))
    arm, page, text = json.loads(report.json())["arms"][0], Page(report.html()), read(report)

    assert arm["user"] == {"calls": 3.0, "tokens": 300.0, "cost_usd": 0.5}
    assert arm["cost_usd"] == pytest.approx(0.01)
    assert "| a | $0.5000 | 3.0 | 300.0 |" in text
    assert "what playing the task's user takes" in page.text("caption")
    assert page.faults == []


def test_a_user_of_unknown_price_has_no_cost() -> None:
    report = write(make(user_calls=3, user_tokens=300, user_unpriced_tokens=300))
    assert json.loads(report.json())["arms"][0]["user"]["cost_usd"] is None
    assert "| a | unknown | 3.0 | 300.0 |" in read(report)


def test_where_nobody_plays_a_user_nothing_is_said_of_one() -> None:
    report = write(make())
    assert json.loads(report.json())["arms"][0]["user"] is None
    assert "user" not in Page(report.html()).text("caption")


def test_all_that_was_paid_is_told_by_what_it_was_for_and_in_all() -> None:
    trials = break_some(make(**BESIDE, **ASIDE), lambda trial: trial.task == "t0")
    report = write(trials)
    text = read(report)

    assert "What 8 trials took in all, those too that count nowhere" in text
    assert "| the arms | $0.0800 | 16 | 880 | 0 |" in text
    assert "| playing users | $4.0000 | 24 | 2,400 | 0 |" in text
    assert "| attempts set aside | $2.0000 | 16 | 400 | 0 |" in text
    assert "| in all | $6.0800 | 56 | 3,680 | 0 |" in text
    assert sum(paid["cost_usd"] for paid in json.loads(report.json())["paid"]) == pytest.approx(
        sum(trial.spent_usd for trial in trials)
    )


def test_what_a_decision_left_out_has_a_line_of_its_own_and_counts_in_all(tmp_path: Path) -> None:
    folder = keep(tmp_path / "kept", make(), {arm: {} for arm in ARMS})
    dropped = Dropped(trials=2, calls=5, tokens=70, cost_usd=0.5, unpriced_tokens=0)
    folder.write(PROGRESS, {"dropped": asdict(dropped)})

    text = read(write_report(read_kept(folder).analyse()))

    assert "| dropped after the decision | $0.5000 | 5 | 70 | 0 |" in text
    assert "| in all | $0.5800 | 21 | 950 | 0 |" in text


@pytest.mark.parametrize("wrong", [{"dropped": 3}, {"dropped": {"calls": "many"}}])
def test_what_is_no_such_thing_is_refused_with_its_file(tmp_path: Path, wrong: dict[str, Any]) -> None:
    folder = keep(tmp_path / "kept", make(), {arm: {} for arm in ARMS})
    folder.write(PROGRESS, wrong)

    with pytest.raises(SetupError, match=r"progress.json, dropped"):
        read_kept(folder)


def test_a_total_of_which_a_part_is_unknown_is_a_lower_bound() -> None:
    text = read(write(make(user_calls=3, user_tokens=300, user_unpriced_tokens=300)))
    assert "| playing users | unknown | 24 | 2,400 | 2,400 |" in text
    assert "| in all | at least $0.0800 | 40 | 3,280 | 2,400 |" in text
