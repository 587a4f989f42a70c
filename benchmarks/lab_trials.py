"""`python -m benchmarks.lab_trials TRIALS PROCESSES FOLDER`: simulated trials, and what they took, as JSON.

Each is a run of one call of the simulated model, so that what the lab itself costs weighs most. With `bare` in place of
the number of processes the same runs are made without the lab: one brain each, in a journal like the lab's.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

import pyarrow.parquet

import agent_brain.lab.statistics.intervals
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.running import run_experiment
from agent_brain.lab.worlds.table import make_world_tasks

ARMS = ("direct", "react_brief")
BARE = "bare"
LOADED = (pyarrow.parquet, agent_brain.lab.statistics.intervals)
"""What is loaded once, however many trials there are."""


def make(trials: int) -> Experiment:
    """Two arms, and as many tasks as that takes."""
    tasks = make_world_tasks("votes", count=max(2, trials // len(ARMS)))
    return Experiment("bench", tasks, [Arm(net, {"net": net, "model": "simulated"}) for net in ARMS], concurrency=16)


async def run_bare(experiment: Experiment, folder: Folder) -> None:
    """The same runs, as many at once."""
    folder.path.mkdir(parents=True)
    store, gate = folder.open_store(), asyncio.Semaphore(experiment.concurrency)
    arms = make_arms(experiment)

    async def run(arm: str, place: int) -> None:
        async with gate:
            task = experiment.tasks[place]
            await arms[arm].make(task, 0, store).run(task.prompt)

    for start in range(0, len(experiment.tasks), 100):
        places = range(start, min(start + 100, len(experiment.tasks)))
        await asyncio.gather(*(run(arm, place) for place in places for arm in ARMS))
    await store.aclose()


def main(trials: int, way: str, folder: Path) -> None:
    experiment = make(trials)
    began, cpu = time.perf_counter(), time.process_time()
    if way == BARE:
        asyncio.run(run_bare(experiment, Folder(folder)))
    else:
        asyncio.run(run_experiment(experiment, folder, processes=int(way)))
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    done = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "rss_mb": rss}
    print(json.dumps({**done, "trials": len(experiment.tasks) * len(ARMS)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
