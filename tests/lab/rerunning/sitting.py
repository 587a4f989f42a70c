"""A process that re-runs stored trials on a model at an address, for tests that kill it."""

import asyncio
import sys
from pathlib import Path

from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.rerunning.rerun import rerun
from lab.sums import make_experiment, make_tasks

TASKS = 6
CONCURRENCY = 2


def make(url: str) -> Experiment:
    """The experiment whose trials are gone on with."""
    parts = {"net": "react_brief", "model": f"played@{url}"}
    return make_experiment(make_tasks(TASKS), arms=[Arm("plain", parts)], concurrency=CONCURRENCY)


async def go_on(url: str, folder: Path, to: str) -> None:
    """Go on from the action, with other instructions beside the same."""
    changes = {"brief": {"instructions": "Be brief."}}
    await rerun(make(url), folder / "a", folder / to, arm="plain", start="action", changes=changes)


if __name__ == "__main__":
    asyncio.run(go_on(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
