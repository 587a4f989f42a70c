"""Several processes that share an experiment: the same results as one, and clear words where that cannot be."""

import asyncio
from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError, StoreError
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment_file import read_experiment
from agent_brain.lab.progress import Ending
from lab.sums import make_experiment, run, untime

FILE = """
repeats = 2
evaluator = "contains"
[tasks]
file = "tasks.csv"
[base]
model = "offline"
tools = ["builtin"]
[grid]
net = ["react_brief", "direct"]
"""
BREAKING = """
from agent_brain.lab.task import Task
from lab.sums import Slate

class Untold(Exception):
    def __str__(self):
        raise RuntimeError("it cannot be told")

made = []

def make_world():
    made.append(Slate())
    if len(made) > 2:  # each process makes one for each arm, to see whether that can be, before there are trials
        raise Untold
    return made[-1]

def make_tasks():
    return [Task("t", ("What is 1 + 1?",), answer="2", make_world=make_world)]
"""


async def test_two_processes_have_the_rows_of_one(tmp_path: Path) -> None:
    lines = [f"t{i},What is {i} + {2 * i}?,{3 * i}" for i in range(5)]
    (tmp_path / "tasks.csv").write_text("\n".join(["id,prompt,answer", *lines]) + "\n")
    (tmp_path / "sums.toml").write_text(FILE)
    experiment = read_experiment(tmp_path / "sums.toml")

    one, rows = await run(experiment, tmp_path / "one")
    two, others = await run(experiment, tmp_path / "two", processes=2)

    assert (one.ending, two.ending, len(rows)) == (Ending.COMPLETE, Ending.COMPLETE, 20)
    assert untime(rows) == untime(others)
    assert 0 < sum(row.score for row in rows) < 20


async def test_parts_that_no_other_process_can_have_are_refused_before_any_trial(tmp_path: Path) -> None:
    def here(x: int) -> int:
        """Of this function alone."""
        return x

    arm = Arm("local", {"model": "offline", "tools": [here]})

    with pytest.raises(SetupError, match=r"cannot be handed to other processes: .*wanted parts by name"):
        await run(make_experiment(2, arms=[arm]), tmp_path, processes=2)


@pytest.mark.parametrize("given", [{"processes": -1}, {"pilot": 0}])
async def test_numbers_that_make_no_sense_are_refused(tmp_path: Path, given: dict[str, int]) -> None:
    with pytest.raises(SetupError, match="wanted a whole number of at least"):
        await run(make_experiment(1), tmp_path, **given)


async def test_a_bug_beside_a_trial_ends_the_experiment_that_waits_for_it(tmp_path: Path) -> None:
    (tmp_path / "parts.py").write_text(BREAKING)
    (tmp_path / "sums.toml").write_text(FILE.replace('file = "tasks.csv"', 'function = "parts.py:make_tasks"'))
    experiment = read_experiment(tmp_path / "sums.toml")

    with pytest.raises(StoreError, match="was torn by a bug: RuntimeError: it cannot be told"):
        await asyncio.wait_for(run(experiment, tmp_path / "sums", processes=1), 60)
