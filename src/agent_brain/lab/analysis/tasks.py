"""Each task by itself: what every arm made of it, and which of its runs to read."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from agent_brain.lab.analysis.analysis import TaskRow
from agent_brain.lab.analysis.arms import PASSED, measure
from agent_brain.lab.analysis.cube import Cube


def list_tasks(cube: Cube, metric: str) -> list[TaskRow]:
    """All tasks, those first on which arms differ most."""
    cells = _Cells.of(cube, metric)
    rows = [_row(cube, place, cells) for place in range(len(cube.tasks))]
    return sorted(rows, key=lambda row: -round(row.spread, 9))


@dataclass(frozen=True, slots=True)
class _Cells:
    """Tasks x arms as lists, for all tasks at once; of a cell without a counted trial they say nothing."""

    counts: Any
    means: Any
    passed: Any
    runs: Any
    """The first run with the least score."""

    @classmethod
    def of(cls, cube: Cube, metric: str) -> "_Cells":
        scores = cube.fill(measure(cube.columns, metric))
        runs = np.full(scores.shape, "", dtype=object)
        runs[cube.place] = cube.columns.trial_id
        least = np.where(np.isnan(scores), np.inf, scores).argmin(axis=2)
        return cls(
            cube.counts.tolist(),
            (np.nansum(scores, axis=2) / np.maximum(cube.counts, 1)).tolist(),
            np.nansum(cube.fill(cube.columns.outcome == PASSED), axis=2).astype(np.int64).tolist(),
            np.take_along_axis(runs, least[:, :, None], axis=2)[:, :, 0].tolist(),
        )


def _row(cube: Cube, place: int, cells: _Cells) -> TaskRow:
    counts, means, passed, runs = (each[place] for each in (cells.counts, cells.means, cells.passed, cells.runs))
    done = [(name, arm) for arm, name in enumerate(cube.arms) if counts[arm]]
    seen = [means[arm] for _, arm in done]
    return TaskRow(
        task=cube.tasks[place],
        family=cube.families[place],
        scores={name: means[arm] if counts[arm] else None for arm, name in enumerate(cube.arms)},
        passed={name: passed[arm] for name, arm in done},
        trials={name: counts[arm] for name, arm in done},
        runs={name: runs[arm] for name, arm in done},
        spread=max(seen) - min(seen) if seen else 0.0,
    )
