"""Rows of another experiment, copied in by hand, are told with file and line."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.kept import read_kept
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.folder import Folder
from agent_brain.lab.trial import Trial
from lab.analysis.keeping import keep
from lab.analysis.planting import plant
from lab.sums import make_experiment, run

ARMS: dict[str, dict[str, Any]] = {"a": {}, "b": {}}


def _plant(seed: int = 0) -> list[Trial]:
    return [replace(row, right="r") for row in plant({"a": lambda _: 0.5, "b": lambda _: 0.5}, 4, seed=seed)]


def _read_lines(folder: Folder) -> list[dict[str, Any]]:
    return [json.loads(line) for line in folder.rows.read_text(encoding="utf-8").splitlines()]


def _write_lines(folder: Folder, rows: list[dict[str, Any]]) -> None:
    folder.rows.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def test_rows_copied_from_another_experiment_on_the_same_tasks_are_refused_with_their_line(tmp_path: Path) -> None:
    ours, theirs = keep(tmp_path / "ours", _plant(), ARMS), keep(tmp_path / "theirs", _plant(1), ARMS)
    _write_lines(ours, [*_read_lines(ours), _read_lines(theirs)[2]])

    with pytest.raises(SetupError, match=r"ours/trials\.jsonl, line 9: trial '\w+' is none of this experiment, whose "):
        read_kept(ours)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"arm": "c"}, "a row of arm 'c', which the experiment has not; its arms are 'a', 'b'"),
        ({"task": "t9"}, "a row of task 't9', which the experiment has not; its tasks are 't0', 't1', 't2', 't3'"),
        ({"repeat": 1}, "a row of repeat 1, counted from 0, of an experiment with 1"),
        ({"right": "other"}, "task 't1' was judged by another answer or evaluator in this row"),
        ({"trial_id": "x"}, "trial 'x' is none of this experiment, whose repeat 0 of task 't1' in arm 'a'"),
    ],
    ids=["arm", "task", "repeat", "right", "digest"],
)
def test_a_row_that_was_changed_by_hand_is_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    folder = keep(tmp_path / "ours", _plant(), ARMS)
    rows = _read_lines(folder)
    rows[1] |= changed
    _write_lines(folder, rows)

    with pytest.raises(SetupError, match=f"line 2: {said}"):
        read_kept(folder)


def test_rows_of_the_first_versions_do_not_tell_by_what_they_were_judged(tmp_path: Path) -> None:
    folder = keep(tmp_path / "ours", _plant(), ARMS)
    _write_lines(
        folder, [{name: value for name, value in row.items() if name != "right"} for row in _read_lines(folder)]
    )

    assert read_kept(folder).rows.num_rows == 8


@pytest.mark.parametrize("evaluator", [None, "task", "contains"])
async def test_what_was_run_is_let_pass(tmp_path: Path, evaluator: str | None) -> None:
    experiment = make_experiment(2, repeats=2)
    told = {} if evaluator is None else {"evaluator": evaluator}
    arms = [Arm(arm.name, {**arm.parts, **told}) for arm in experiment.arms]

    _, rows = await run(replace(experiment, arms=arms), tmp_path)

    assert read_kept(Folder(tmp_path)).rows.num_rows == len(rows) == 8
