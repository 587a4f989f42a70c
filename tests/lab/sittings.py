"""A process that runs an experiment in child processes of its own, one after the other, for tests that kill them.

It says on a line of stdout which child it has begun, and on another how it ended; a line on stdin begins the next one,
in the folder that it names.
What children share is loaded once.
"""

import asyncio
import os
import sys
from pathlib import Path

import openai.resources.chat.completions
import pyarrow.parquet

import agent_brain.lab.statistics.intervals
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.running import run_experiment
from agent_brain.lab.task import Task
from agent_brain.lab.user import User, make_player
from lab.sums import BRIEF, make_experiment, make_tasks

LOADED = (openai.resources.chat.completions, pyarrow.parquet, agent_brain.lab.statistics.intervals)
"""What children would load each for itself."""
TASKS, TALKS = 12, 6
CONCURRENCY = 3


def make_sums(url: str) -> Experiment:
    """Sums, by the model at this address."""
    parts = {"net": "react_brief", "model": f"played@{url}"}
    arms = [Arm("plain", parts), Arm("brief", {**parts, "instructions": BRIEF})]
    return make_experiment(make_tasks(TASKS), arms=arms, concurrency=CONCURRENCY)


def make_talks(url: str) -> Experiment:
    """Customers who ask for two sums each, played by the same model as the agent."""
    player = make_player(f"customer@{url}")
    users = [User(f"You are customer {number}.", player) for number in range(TALKS)]
    tasks = [Task(f"talk {i}", (), answer=str(2 * i + 1), user=user) for i, user in enumerate(users)]
    arms = [Arm("only", {"net": "direct", "model": f"agent@{url}"})]
    return make_experiment(tasks, arms=arms, concurrency=CONCURRENCY)


KINDS = {"sums": make_sums, "talks": make_talks}


def main(url: str, kind: str) -> None:
    for folder in sys.stdin:
        child = os.fork()
        if not child:
            asyncio.run(run_experiment(KINDS[kind](url), Path(folder.strip())))
            os._exit(0)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
