"""What breaks outside says nothing of an arm: it is tried again, and left out where that does not help."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.chat import Again, Delta
from agent_brain.core.errors import EvaluatorFailed, ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.records import Failed
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.progress import Ending, Progress
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.lab.trials.conducting import Conductor
from agent_brain.lab.trials.failures import BLAMES, Blame, find_blame
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.stores.memory import MemoryStore
from lab.sums import Slate, make_experiment, make_model, play, run

DOWN = ModelError(ModelErrorKind.CONNECTION, "the server is down")
PAGE = ModelError(ModelErrorKind.PROTOCOL, "the server sent a page, text/html")


def breaking(times: int, error: ModelError = DOWN) -> Callable[[Sequence[Message]], Line]:
    """A model that breaks so often, and then plays."""
    left = [times]

    def say(messages: Sequence[Message]) -> Line:
        left[0] -= 1
        return error if left[0] >= 0 else play(messages)

    return say


class Far(ScriptedModel):
    """A model on a server of its own, which may keep callers waiting."""

    def __init__(self, script: Callable[[Sequence[Message]], Line], server: str) -> None:
        super().__init__(script, chunk_size=1000, name=server)
        self.server = server
        self.is_free = asyncio.Event()
        self.is_free.set()

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta | Again, None]:
        await self.is_free.wait()
        async with aclosing(super().stream(messages)) as deltas:
            async for delta in deltas:
                yield delta


async def conduct(experiment: Experiment, attempts_max: int = 3) -> list[Trial]:
    """All trials one after the other, without waiting between attempts."""
    arms = make_arms(experiment)
    schedule = Schedule(experiment, arms)
    conductor = Conductor(arms, MemoryStore(), schedule.splits, attempts_max, (0.0,))
    return [await conductor.conduct(slot) for slot in schedule]


def one_arm(script: Callable[[Sequence[Message]], Line]) -> Experiment:
    return make_experiment(1, arms=[Arm("only", {"net": "react_brief", "model": make_model(script)})])


async def test_a_trial_goes_on_where_the_server_broke_and_pays_nothing_twice() -> None:
    experiment = one_arm(breaking(2))

    (row,) = await conduct(experiment)

    assert (row.outcome, row.attempts, row.model_calls) == (Outcome.PASSED, 3, 2)


async def test_a_server_that_stays_down_is_left_out_of_the_results() -> None:
    (row,) = await conduct(one_arm(breaking(99)))

    assert (row.outcome, row.attempts, row.error) == (Outcome.INFRASTRUCTURE, 3, "connection: the server is down")
    assert not row.is_counted


async def test_what_somebody_has_to_change_first_is_tried_once() -> None:
    (row,) = await conduct(one_arm(breaking(99, ModelError(ModelErrorKind.AUTHENTICATION, "a wrong key"))))

    assert (row.outcome, row.attempts) == (Outcome.INFRASTRUCTURE, 1)


async def test_an_error_that_the_arm_has_brought_about_counts() -> None:
    (row,) = await conduct(one_arm(breaking(99, ModelError(ModelErrorKind.CONTENT_FILTER, "refused"))))

    assert (row.outcome, row.attempts, row.score) == (Outcome.FAILED, 1, 0.0)


async def test_what_broke_in_a_run_inside_is_told_from_a_failure_too() -> None:
    parts = {"net": "retry(react, tries=2)", "evaluator": "task", "model": make_model(breaking(99))}

    (row,) = await conduct(make_experiment(1, arms=[Arm("only", parts)]))

    assert (row.outcome, row.error.partition(":")[0]) == (Outcome.INFRASTRUCTURE, "connection")


async def test_the_next_sitting_tries_what_was_left_out_once_more(tmp_path: Path) -> None:
    model = make_model(breaking(1))
    first, rows = await run(make_experiment(2, model, concurrency=1), tmp_path, attempts_max=1)
    again, after = await run(make_experiment(2, model, concurrency=1), tmp_path, attempts_max=1)

    assert [row.outcome for row in rows].count(Outcome.INFRASTRUCTURE) == 1
    assert (first.ending, again.ending, len(after)) == (Ending.COMPLETE, Ending.COMPLETE, 4)
    assert all(row.is_counted for row in after)
    assert len(model.calls) == 1 + 4 * 2


async def test_where_all_is_broken_the_experiment_ends_before_its_time(tmp_path: Path) -> None:
    progress, rows = await run(make_experiment(40, make_model(breaking(999))), tmp_path, attempts_max=1)

    assert progress.ending is Ending.BROKEN
    assert 20 <= len(rows) < 80
    assert "the server is down" in progress.note


@pytest.mark.parametrize("error", [DOWN, PAGE], ids=["refuses", "sends-pages"])
async def test_a_server_that_never_answered_is_given_up_and_the_rest_is_not_asked(
    tmp_path: Path, error: ModelError
) -> None:
    model = make_model(breaking(999, error))

    progress, rows = await run(make_experiment(8, model, concurrency=6), tmp_path)

    assert (progress.ending, progress.done) == (Ending.BROKEN, 16)
    assert len(model.calls) == 6  # of 16 trials, 3 attempts each
    assert [row.attempts for row in rows].count(0) == 10
    assert "not asked: its server has failed 6 attempts in a row, at last: the server" in progress.note


async def test_an_arm_whose_server_is_down_does_not_end_one_that_takes_its_time(tmp_path: Path) -> None:
    down, slow = Far(breaking(999), "http://down"), Far(play, "http://slow")
    slow.is_free.clear()
    arms = [Arm(model.server[7:], {"net": "react_brief", "model": model}) for model in (down, slow)]

    def watch(progress: Progress) -> None:
        if progress.done > 20:
            slow.is_free.set()

    experiment = make_experiment(24, arms=arms, concurrency=12)
    progress, rows = await run(experiment, tmp_path, watch=watch, attempts_max=1)

    assert (progress.ending, len(rows)) == (Ending.COMPLETE, 48)
    assert {(row.arm, row.is_counted) for row in rows} == {("down", False), ("slow", True)}


async def test_a_small_experiment_of_which_nothing_is_left_is_broken_too(tmp_path: Path) -> None:
    progress, _ = await run(make_experiment(2, make_model(breaking(999))), tmp_path, attempts_max=1)

    assert (progress.ending, progress.done) == (Ending.BROKEN, 4)
    assert [each.trials for each in progress.failures] == [4]


@pytest.mark.parametrize("kind", list(ModelErrorKind))
def test_each_kind_of_a_models_error_has_somebody_to_blame(kind: ModelErrorKind) -> None:
    blame, why = BLAMES[kind]

    assert find_blame(Failed("ModelError", "", kind)) is blame
    assert why


def test_a_judge_that_fails_speaks_of_no_arm() -> None:
    assert find_blame(Failed(EvaluatorFailed.__name__, "it said nothing")) is Blame.OUTSIDE
    assert find_blame(Failed("RunError", "a loop")) is Blame.ARM


async def test_an_evaluator_that_takes_too_long_says_nothing_of_the_arm_and_ends_no_experiment(tmp_path: Path) -> None:
    place = tmp_path / "mine.py"
    place.write_text("import threading\ndef judge(answer): return answer == '4' or threading.Event().wait(60)\n")
    arms = [Arm(said, {"net": "direct", "model": ScriptedModel([said] * 9)}) for said in ("4", "5")]
    evaluator = f'function("{place}:judge", seconds=0.05)'

    progress, rows = await run(make_experiment(1, arms=arms, evaluator=evaluator), tmp_path, attempts_max=1)

    assert progress.ending is Ending.COMPLETE
    assert {row.arm: row.outcome for row in rows} == {"4": Outcome.PASSED, "5": Outcome.INFRASTRUCTURE}
    assert "it has said nothing within 0.05 s" in progress.failures[0].error


class Unreadable(Slate):
    """A world that nobody can read."""

    async def read(self) -> Any:
        await asyncio.Event().wait()


async def test_whatever_judges_has_an_end() -> None:
    task = Task("t", ("Write x",), answer={"state": ["x"]}, evaluator="world", make_world=Unreadable)
    experiment = make_experiment([task], arms=[Arm("only", {"net": "direct", "model": make_model(lambda _: "done")})])
    arms, store = make_arms(experiment), MemoryStore()
    schedule = Schedule(experiment, arms)

    row = await Conductor(arms, store, schedule.splits, 1, judge_seconds=0.05).conduct(next(iter(schedule)))

    assert row.outcome is Outcome.INFRASTRUCTURE
    assert row.error == "EvaluatorFailed: world has said nothing within 0.05 s"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("raise KeyError(answer)", "KeyError: '4'"),
        ("return float('nan')", "an evaluator said nan; wanted true or false"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise StopIteration", "RuntimeError: StopIteration"),
    ],
    ids=["raises", "no-number", "exits", "stops"],
)
async def test_an_evaluator_that_breaks_says_nothing_of_what_it_was_to_judge(
    tmp_path: Path, body: str, why: str
) -> None:
    (tmp_path / "mine.py").write_text(f"def judge(answer):\n    {body}\n")
    arms = [Arm("only", {"net": "direct", "model": make_model(lambda _: "4")})]

    (row,) = await conduct(make_experiment(1, arms=arms, evaluator=f"{tmp_path}/mine.py:judge"), attempts_max=1)

    assert row.outcome is Outcome.INFRASTRUCTURE
    assert row.error.startswith(f"EvaluatorFailed: {why}")
