"""A process that runs an experiment in child processes of its own, one after the other, for tests that kill them.

It says on a line of stdout which child it has begun, and on another how it ended; a line on stdin begins the next one.
What children share is loaded once.
"""

import asyncio
import os
import sys
from pathlib import Path

import openai.resources.chat.completions
import pyarrow.parquet

import agent_brain.lab.statistics.intervals
from agent_brain.lab.arm import Arm
from agent_brain.lab.running import run_experiment
from lab.sums import BRIEF, make_experiment, make_tasks

LOADED = (openai.resources.chat.completions, pyarrow.parquet, agent_brain.lab.statistics.intervals)
"""What children would load each for itself."""
TASKS = 12
CONCURRENCY = 3


def sit(folder: Path, url: str) -> None:
    """Run the experiment on the model at this address, or go on with it."""
    parts = {"net": "react_brief", "model": f"played@{url}"}
    arms = [Arm("plain", parts), Arm("brief", {**parts, "instructions": BRIEF})]
    experiment = make_experiment(make_tasks(TASKS), arms=arms, concurrency=CONCURRENCY)
    asyncio.run(run_experiment(experiment, folder))


def main(folder: str, url: str) -> None:
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            sit(Path(folder), url)
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
