"""What a trial holds open is closed when it is over; what cannot be is told beside its row, and harms no other."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.progress import Ending
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.tally import Failures
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome
from agent_brain.lab.trials.conducting import Conductor
from agent_brain.stores.memory import MemoryStore
from lab.sums import Slate, make_experiment, make_model, run

STUCK = "Stuck could not be closed: RuntimeError: its process is gone"


class Stuck(Slate):
    """A world that cannot be closed."""

    async def aclose(self) -> None:
        raise RuntimeError("its process is gone")


class Cancelled(Slate):
    """One that ends as if somebody had cancelled the trial, and nobody has."""

    async def aclose(self) -> None:
        raise asyncio.CancelledError


class Endless(Slate):
    """One that takes for ever to close."""

    async def aclose(self) -> None:
        await asyncio.Event().wait()


def writing(*worlds: Callable[[], Any], says: str = "done") -> Experiment:
    """A task in each of these worlds, to leave it as it is."""
    tasks = [
        Task(f"t{i}", ("Write nothing",), answer={"state": []}, evaluator="world", make_world=world)
        for i, world in enumerate(worlds)
    ]
    arms = [Arm("only", {"net": "direct", "model": make_model(lambda _: says)})]
    return make_experiment(tasks, arms=arms)


async def test_a_world_that_cannot_be_closed_leaves_its_verdict_and_all_other_trials_as_they_are(
    tmp_path: Path,
) -> None:
    progress, rows = await run(writing(Stuck, Slate, Stuck), tmp_path)

    assert progress.ending is Ending.COMPLETE
    assert [(row.task, row.outcome, row.attempts) for row in sorted(rows, key=lambda row: row.task)] == [
        (f"t{number}", Outcome.PASSED, 1) for number in range(3)
    ]
    assert {row.task: row.unclosed for row in rows} == {"t0": STUCK, "t1": "", "t2": STUCK}
    assert (list(progress.unclosed), list(progress.failures)) == ([Failures(2, STUCK)], [])


async def test_a_trial_that_has_failed_tells_why_and_beside_it_what_it_left_open(tmp_path: Path) -> None:
    arms = [Arm("only", {"net": "direct", "model": "offline", "limits": {"faults": 1}})]
    task = Task("t0", ("Write",), answer={"state": []}, evaluator="world", make_world=Stuck, tools=("nowhere.py",))

    _, (row,) = await run(make_experiment([task], arms=arms), tmp_path)

    assert (row.outcome, row.error.partition(":")[0], row.unclosed) == (Outcome.FAILED, "SetupError", STUCK)


@pytest.mark.parametrize(
    ("world", "why"), [(Endless, "not within 0.05 s"), (Cancelled, "it was cancelled from within")]
)
async def test_closing_has_an_end(world: type[Slate], why: str) -> None:
    experiment = writing(world)
    arms = make_arms(experiment)
    schedule = Schedule(experiment, arms)

    row = await Conductor(arms, MemoryStore(), schedule.splits, close_seconds=0.05).conduct(next(iter(schedule)))

    assert (row.outcome, row.unclosed) == (Outcome.PASSED, f"{world.__name__} could not be closed: {why}")
