"""What an experiment was made of, as its folder keeps it: all that tells it from another one."""

import platform
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from agent_brain.lab.digests import describe, digest
from agent_brain.lab.folder import FORMAT
from agent_brain.lab.schedule import Schedule

PACKAGES = ("agent-brain", "openai", "numpy", "scipy", "pyarrow")
"""Those that may have had a say in the results."""


def describe_experiment(schedule: Schedule, began_at: str = "") -> Mapping[str, Any]:
    """It as JSON, its tasks in their order; `began_at`: when it was first run, where it was."""
    it = schedule.experiment
    arms = [
        {
            "name": name,
            "digest": brains.digest,
            "factors": dict(brains.arm.factors),
            "parts": brains.config,
            "calls_max": brains.calls_max,
            "servers": describe(brains.servers),
        }
        for name, brains in schedule.arms.items()
    ]
    tasks = [
        {
            "task": task.task_id,
            "family": task.family,
            "split": schedule.splits[task.task_id],
            "digest": schedule.describe_task(task).asked,
            "right": schedule.describe_task(task).right,
            "turns": len(task.turns),
        }
        for task in schedule.tasks
    ]
    settings = {
        "name": it.name,
        "repeats": it.repeats,
        "evaluator": it.evaluator,
        "metric": it.metric,
        "margin": it.margin,
        "alpha": it.alpha,
        "stopping": {"rule": it.stopping.rule, "tasks_min": it.stopping.tasks_min},
        "contrasts": [{"arm": each.arm, "control": each.control, "name": each.name} for each in it.contrasts],
        "budget_usd": it.budget_usd,
        "budget_tokens": it.budget_tokens,
        "concurrency": it.concurrency,
        "confirm": it.confirm,
        "seed": it.seed,
        "arms": arms,
        "tasks": tasks,
    }
    return {
        "format": FORMAT,
        **settings,
        "digest": digest(settings),
        "refused": dict(it.refused),
        "versions": {**find_machine(), **find_versions(PACKAGES)},
        "path": it.path,
        "source": describe(it.source),
        "began_at": began_at or datetime.now(UTC).isoformat(timespec="seconds"),
    }


def find_machine() -> Mapping[str, str]:
    """What of the machine may have had a say in the results."""
    return {"python": platform.python_version(), "platform": f"{sys.platform} {platform.machine()}"}


def find_versions(packages: Sequence[str]) -> dict[str, str]:
    """Of these packages, those that are installed."""
    found = {}
    for name in packages:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found
