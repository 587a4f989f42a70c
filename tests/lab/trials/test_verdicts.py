"""A model that judges is asked once for each trial, and what it takes is told apart from what the arm takes."""

from pathlib import Path
from statistics import fmean

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.kept import read_kept
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.folder import Folder
from agent_brain.lab.progress import Ending
from agent_brain.lab.trial import Outcome, Trial
from lab.sums import make_experiment, make_model, run, untime
from sse_server import Request, Server, play

SAYS = '{"feedback": "", "value": 1, "passed": true}'


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


async def test_a_model_that_judges_is_a_run_of_its_own_and_is_asked_once(tmp_path: Path) -> None:
    async with Server(play(lambda _: SAYS)) as server:
        experiment = make_experiment(3, evaluator=f'model("judge@{server.base_url}", "it is a number")')
        _, rows = await run(experiment, tmp_path)
        asked = len(server.requests)
        (tmp_path / "trials.jsonl").unlink()
        _, again = await run(experiment, tmp_path)

    assert (asked, len(server.requests)) == (6, 6)
    assert [row.outcome for row in rows] == [Outcome.PASSED] * 6
    assert untime(again) == untime(rows)
    assert all(row.judge_tokens > 0 and row.model_calls == 2 for row in rows)


async def test_its_run_is_found_by_the_trial_that_it_judges(tmp_path: Path) -> None:
    async with Server(play(lambda _: SAYS)) as server:
        _, (row, *_) = await run(make_experiment(1, evaluator=f'model("judge@{server.base_url}")'), tmp_path)

    store = Folder(tmp_path).open_store()
    infos = [info for info in await store.list_runs() if info.labels.get("judges") == row.trial_id]
    await store.aclose()
    assert [info.net for info in infos] == ["verdict"]


async def test_a_judge_that_says_nothing_of_use_leaves_the_trial_out_and_is_asked_again_later(tmp_path: Path) -> None:
    is_lost = [True]

    def judge(request: Request) -> str:
        return "hm" if is_lost[0] else SAYS

    async with Server(play(judge)) as server:
        experiment = make_experiment(1, make_model(), evaluator=f'model("judge@{server.base_url}")')
        _, lost = await run(experiment, tmp_path, attempts_max=1)
        is_lost[0] = False
        _, found = await run(experiment, tmp_path)

    assert [row.outcome for row in lost] == [Outcome.INFRASTRUCTURE] * 2
    assert [row.outcome for row in found] == [Outcome.PASSED] * 2


async def test_what_a_judge_costs_is_told_apart_and_spends_the_experiments_budget(tmp_path: Path) -> None:
    async with Server(play(lambda _: SAYS)) as server:
        judged = {"evaluator": f'model("judge@{server.base_url}")', "prices": {"judge": {"input": 1e3, "output": 1e3}}}
        arms = [
            Arm("only", {"net": "direct", "model": make_model(), "prices": {"scripted": {"input": 0, "output": 0}}})
        ]
        progress, rows = await run(make_experiment(9, arms=arms, budget_usd=0.05, concurrency=1, **judged), tmp_path)

    assert progress.ending is Ending.BUDGET
    assert (progress.cost_usd, progress.arms[0].cost_usd) == (progress.judge_cost_usd, 0.0)
    assert progress.judge_cost_usd == pytest.approx(sum(row.judge_tokens for row in rows) / 1e3)
    assert all(row.judge_cost_usd > 0 == row.cost_usd == row.judge_unpriced_tokens for row in rows)


async def test_what_a_judge_took_that_said_nothing_of_use_is_told_too(tmp_path: Path) -> None:
    async with Server(play(lambda _: "hm")) as server:
        experiment = make_experiment(1, evaluator=f'model("judge@{server.base_url}")')
        progress, rows = await run(experiment, tmp_path, attempts_max=1)

    assert [(row.outcome, row.judge_calls) for row in rows] == [(Outcome.INFRASTRUCTURE, 2)] * 2
    assert progress.unpriced_tokens == progress.tokens > progress.judge_tokens > 0


async def test_a_report_tells_what_judging_cost_beside_what_an_arm_costs(tmp_path: Path) -> None:
    async with Server(play(lambda _: SAYS)) as server:
        judged = {"evaluator": f'model("judge@{server.base_url}")', "prices": {"judge": {"input": 1e3, "output": 1e3}}}
        _, rows = await run(make_experiment(3, **judged), tmp_path)

    found = read_kept(tmp_path).analyse().arms
    assert [arm.judge_cost_usd for arm in found] == [
        pytest.approx(fmean(row.judge_cost_usd for row in rows if row.arm == arm.name)) for arm in found
    ]
    assert [arm.priced_usd for arm in found] == [0.0, 0.0]


def test_a_row_of_before_judging_had_a_price_tells_that_nobody_knows_it() -> None:
    row = Trial("t", "sum 1", "plain", 0, 1.0, Outcome.PASSED, judge_tokens=90)
    old = {name: value for name, value in row.data().items() if name != "judge_unpriced_tokens"}

    assert Trial.load(old).judge_unpriced_tokens == 90


async def test_a_budget_in_dollars_is_refused_where_a_model_judges_whose_dollars_nobody_counts(tmp_path: Path) -> None:
    experiment = make_experiment(1, evaluator='model("judge@http://127.0.0.1:9/v1")', budget_usd=1.0)

    with pytest.raises(
        SetupError, match=r"budget\.usd cannot be kept: .* judges, .* wanted its price under .* budget\.tokens"
    ):
        await run(experiment, tmp_path)


async def test_a_judge_that_would_be_asked_elsewhere_than_its_name_is_served_is_refused(tmp_path: Path) -> None:
    arm = Arm("only", {"net": "direct", "model": make_model(), "models": {"judge": {"base_url": "http://here:1/v1"}}})
    told = r"'judge', which judges, would be asked at there:2, and \[models\] has it at here:1.*model\('judge@URL'\)"

    with pytest.raises(SetupError, match=told):
        await run(make_experiment(1, arms=[arm], evaluator='model("judge@http://there:2/v1")'), tmp_path)
