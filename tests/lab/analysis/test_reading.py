"""Rows as a folder keeps them, whatever a killed process left."""

import json
from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.columns import Columns, sort_naturally, to_columns
from agent_brain.lab.analysis.reading import read_rows
from agent_brain.lab.trial import Trial
from lab.analysis.planting import make_trial


def _write(folder: Path, trials: list[Trial], *more: str) -> Path:
    lines = [json.dumps(trial.data()) for trial in trials]
    (folder / "trials.jsonl").write_text("\n".join([*lines, *more]), encoding="utf-8")
    return folder


def _read(folder: Path) -> Columns:
    return to_columns(read_rows(folder))


def test_rows_come_back_in_the_order_of_task_arm_and_repeat(tmp_path: Path) -> None:
    rows = [make_trial("t10", "b"), make_trial("t2", "a", 1), make_trial("t2", "a", passed=True)]
    found = _read(_write(tmp_path, rows, ""))
    assert found.task.rows == ["t10", "t2", "t2"]
    assert list(found.numbers["score"]) == [0.0, 1.0, 0.0]
    assert found.task.names == ("t2", "t10")


def test_a_last_line_that_was_torn_is_passed_over(tmp_path: Path) -> None:
    found = _read(_write(tmp_path, [make_trial("t", "a")], '{"trial_id": "x", "ta'))
    assert list(found.trial_id) == ["a.t.0"]


def test_a_torn_line_with_others_behind_it_is_passed_over(tmp_path: Path) -> None:
    whole = json.dumps(make_trial("u", "a").data())
    found = _read(_write(tmp_path, [make_trial("t", "a")], '{"trial_id": "x", "ta', whole, ""))
    assert list(found.trial_id) == ["a.t.0", "a.u.0"]


def test_of_a_trial_written_twice_the_last_row_counts(tmp_path: Path) -> None:
    found = _read(_write(tmp_path, [make_trial("t", "a"), make_trial("t", "a", passed=True)], ""))
    assert list(found.numbers["score"]) == [1.0]


def test_fields_of_a_later_version_are_passed_over(tmp_path: Path) -> None:
    row = {**make_trial("t", "a").data(), "mood": {"good": [1, 2]}}
    found = _read(_write(tmp_path, [], json.dumps(row), ""))
    assert len(found) == 1


def test_drafts_faults_and_oracles_are_read(tmp_path: Path) -> None:
    rows = [
        make_trial("t", "a", drafts=(False, False, True), faults={"cut_short": 3}, oracles=("tests", "exact")),
        make_trial("u", "a"),
    ]
    found = _read(_write(tmp_path, rows, ""))
    assert (list(found.drafts), list(found.first_right), list(found.last_right)) == ([3, 0], [False] * 2, [True, False])
    assert list(found.faults["cut_short"]) == [3, 0]
    assert found.oracle.count() == {"exact\ntests": 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "no trials.jsonl in"),
        ("", "holds no trial"),
        ("\n".join("no row" for _ in range(9)) + "\n", "9 of 9 lines are no rows"),
    ],
    ids=["no file", "empty", "another file"],
)
def test_a_folder_without_rows_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "trials.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(SetupError, match=said):
        _read(tmp_path)


def test_names_stand_in_the_order_that_people_expect() -> None:
    assert sort_naturally(["t10", "t2", "a", "", "t", "10", "9", "²"]) == ["", "9", "10", "a", "t", "t2", "t10", "²"]
    assert sort_naturally(["9" * 5_000, "b", "1"]) == ["1", "9" * 5_000, "b"]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ({"score": None}, r"1 rows have no score from 0 to 1, the first one that of task 't' in arm 'a': None"),
        ({"score": float("nan")}, "1 rows have no score from 0 to 1"),
        ({"score": 7.0}, "1 rows have no score from 0 to 1"),
        ({"score": "much"}, "holds what is no row of a trial"),
        ({"outcome": "great"}, "a row has the outcome 'great'; known: passed, wrong"),
    ],
    ids=["none", "no-number", "too-much", "a-text", "outcome"],
)
def test_what_is_no_score_is_never_taken_for_one(tmp_path: Path, field: dict[str, object], said: str) -> None:
    row = json.dumps(make_trial("t", "a").data() | field)
    with pytest.raises(SetupError, match=said):
        _read(_write(tmp_path, [], row, ""))
