"""Real runs of the simulated model, as experiments: what the cases that need them share."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from agent_brain.core.items import Item
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.rows import read_rows
from agent_brain.lab.running import run_experiment
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Trial

STEPS = 11
"""Of a net that walks through a house of six doors."""


def make_experiment(
    name: str, tasks: Sequence[Task], arms: Mapping[str, Mapping[str, Any]], **settings: Any
) -> Experiment:
    """Its arms are parts of brains with the simulated model."""
    made = [Arm(arm, {"model": "simulated", **parts}) for arm, parts in arms.items()]
    return Experiment(name, tasks, made, **settings)


@contextmanager
def new_folder():  # type: ignore[no-untyped-def]
    """A folder for one experiment, gone afterwards."""
    with TemporaryDirectory(prefix="calibration-") as folder:
        yield Path(folder)


def run(experiment: Experiment, folder: Path, processes: int = 0) -> list[Trial]:
    """All its rows, in the order of its schedule."""
    asyncio.run(run_experiment(experiment, folder, processes=processes))
    return list(read_rows(Folder(folder).rows))


def read_logs(experiment: Experiment, folder: Path, rows: Sequence[Trial]) -> dict[tuple[str, str, int], list[Any]]:
    """What was said and done in each trial, by arm, task and repeat."""
    return asyncio.run(_read_logs(experiment, folder, rows))


async def _read_logs(
    experiment: Experiment, folder: Path, rows: Sequence[Trial]
) -> dict[tuple[str, str, int], list[Any]]:
    store, arms = Folder(folder).open_store(), make_arms(experiment)
    tasks = {task.task_id: task for task in experiment.tasks}
    found = {}
    try:
        for row in rows:
            brain = arms[row.arm].make(tasks[row.task], row.repeat, store)
            env = await brain.load(row.trial_id)
            found[row.arm, row.task, row.repeat] = [_tell(item) for item in env.log]
    finally:
        await store.aclose()
    return found


def _tell(item: Item) -> tuple[Any, ...]:
    return item.kind, item.text, item.action, item.outcome
