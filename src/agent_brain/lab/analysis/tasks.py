"""Each task by itself: what every arm made of it, and which of its runs to read."""

import numpy as np

from agent_brain.lab.analysis.analysis import TaskRow
from agent_brain.lab.analysis.arms import PASSED, measure
from agent_brain.lab.analysis.cube import Cube


def list_tasks(cube: Cube, metric: str) -> list[TaskRow]:
    """All tasks, those first on which arms differ most."""
    scores = cube.fill(measure(cube.columns, metric))
    passed = cube.fill((cube.columns.outcome == PASSED).astype(np.float64))
    runs = np.full(scores.shape, "", dtype=object)
    runs[cube.place] = cube.columns.trial_id
    rows = [_row(cube, place, scores[place], passed[place], runs[place]) for place in range(len(cube.tasks))]
    return sorted(rows, key=lambda row: -round(row.spread, 9))


def _row(cube: Cube, place: int, scores: np.ndarray, passed: np.ndarray, runs: np.ndarray) -> TaskRow:
    counts = cube.counts[place]
    done = [arm for arm in range(len(cube.arms)) if counts[arm]]
    means = {cube.arms[arm]: float(np.nanmean(scores[arm])) for arm in done}
    return TaskRow(
        task=cube.tasks[place],
        family=cube.families[place],
        scores={arm: means.get(arm) for arm in cube.arms},
        passed={cube.arms[arm]: int(np.nansum(passed[arm])) for arm in done},
        trials={cube.arms[arm]: int(counts[arm]) for arm in done},
        runs={cube.arms[arm]: str(runs[arm][int(np.nanargmin(scores[arm]))]) for arm in done},
        spread=max(means.values()) - min(means.values()) if means else 0.0,
    )
