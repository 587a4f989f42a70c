"""A model that judges is asked once for each trial, and what it takes is told apart from what the arm takes."""

from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.folder import Folder
from agent_brain.lab.trial import Outcome
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


async def test_a_budget_in_dollars_is_refused_where_a_model_judges_whose_dollars_nobody_counts(tmp_path: Path) -> None:
    experiment = make_experiment(1, evaluator='model("judge@http://127.0.0.1:9/v1")', budget_usd=1.0)

    with pytest.raises(SetupError, match=r"budget\.usd cannot be kept: .* wanted budget\.tokens"):
        await run(experiment, tmp_path)
