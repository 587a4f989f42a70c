"""Folders of experiments as if they had been run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent_brain.lab.digests import name_trial
from agent_brain.lab.folder import Folder
from agent_brain.lab.trial import Trial


def keep(
    folder: Path, trials: Sequence[Trial], arms: Mapping[str, Mapping[str, Any]], repeats: int = 1, **more: Any
) -> Folder:
    """A folder with these rows, and arms with these parts."""
    tasks = dict.fromkeys(trial.task for trial in trials)
    known = [{"name": name, "digest": f"d-{name}", "factors": {}, "parts": dict(each)} for name, each in arms.items()]
    data: dict[str, Any] = {
        "format": 1, "name": folder.name, "repeats": repeats, "evaluator": "exact", "metric": "score", "margin": 0.03,
        "alpha": 0.05, "stopping": {"rule": "fixed", "tasks_min": 20}, "contrasts": [], "confirm": 0.0, "seed": 0,
        "arms": known,
        "tasks": [{"task": task, "family": "", "split": "", "digest": f"asks {task}", "right": "r"} for task in tasks],
        "digest": "d", "refused": {}, "versions": {"agent-brain": "0.1.0"}, "source": {}, "began_at": "2026-01-02",
    } | more  # fmt: skip
    asks, seed = {task["task"]: task["digest"] for task in data["tasks"]}, data["seed"]
    rows = [
        replace(row, trial_id=name_trial(folder.name, f"d-{row.arm}", asks[row.task], row.repeat, seed))
        for row in trials
    ]
    folder.mkdir(parents=True)
    (folder / "experiment.json").write_text(json.dumps(data), encoding="utf-8")
    (folder / "trials.jsonl").write_text("".join(json.dumps(row.data()) + "\n" for row in rows), encoding="utf-8")
    return Folder(folder)
