"""Which tasks are evidence: arms may have been chosen on some, and only the others say how good the chosen ones are."""

import numpy as np

from agent_brain.lab.analysis.analysis import ArmResult, Selection, Split
from agent_brain.lab.analysis.arms import measure
from agent_brain.lab.analysis.columns import Columns, Floats
from agent_brain.lab.analysis.cube import lay_out
from agent_brain.lab.analysis.design import Design
from agent_brain.lab.evidence import TRAINING
from agent_brain.lab.statistics.paired import noise_within
from agent_brain.lab.statistics.selection import winners_curse


def choose_rows(columns: Columns) -> tuple[Columns, Split]:
    """The rows that figures are made of: those of tasks kept back, where there are any."""
    splits = np.array(columns.split.names, dtype=object)[columns.split.codes]
    found = set(splits)
    if Split.CONFIRMATION in found:
        return columns.pick(splits == Split.CONFIRMATION), Split.CONFIRMATION
    kept = columns.pick(splits != TRAINING)
    return kept, Split.SELECTION if found - {TRAINING} == {Split.SELECTION} else Split.ALL


def describe_selection(columns: Columns, design: Design, confirmed: list[ArmResult]) -> Selection | None:
    """What was seen on the tasks that arms were chosen on; None where none was."""
    splits = np.array(columns.split.names, dtype=object)[columns.split.codes]
    rows = columns.pick(splits == Split.SELECTION)
    names = [arm.name for arm in design.arms]
    cube = lay_out(rows, names)
    if not cube.tasks or not confirmed:
        return None
    scores = cube.fill(measure(cube.columns, design.metric))
    tried = cube.counts > 0
    means = {
        name: float(np.nanmean(scores[tried[:, place], place], axis=1).mean())
        for place, name in enumerate(names)
        if tried[:, place].any()
    }
    bias = winners_curse(len(means), len(cube.tasks), max(1, cube.repeats), noise=_find_noise(scores))
    return Selection(means, len(cube.tasks), tuple(arm.name for arm in confirmed), bias)


def _find_noise(scores: Floats) -> float:
    """The variance of one score within a task.

    Where no task was repeated, arms take the place of repeats: what is asked is how equal arms would differ.
    """
    noises = [noise for arm in np.swapaxes(scores, 0, 1) if (noise := noise_within(arm)) is not None]
    if noises:
        return float(np.mean(noises))
    alike = noise_within(scores.reshape(len(scores), -1))
    return 0.0 if alike is None else alike
