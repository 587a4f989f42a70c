"""Rows that somebody has edited are no rows: their trials' journals give them once more."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.sums import make_experiment, run


@pytest.mark.parametrize(
    ("name", "value"),
    [("score", "1"), ("score", None), ("score", 5), ("score", float("nan")), ("cost_usd", "x"), ("task", 7),
     ("answer", {}), ("faults", 3), ("outcome", "splendid"), ("steps", 1.5), ("repeat", True)],
    ids=str,
)  # fmt: skip
async def test_a_row_with_what_no_trial_writes_is_written_again(tmp_path: Path, name: str, value: Any) -> None:
    experiment = make_experiment(1)
    _, before = await run(experiment, tmp_path)
    first, *others = (tmp_path / "trials.jsonl").read_text().splitlines()
    edited = json.dumps({**json.loads(first), name: value})
    (tmp_path / "trials.jsonl").write_text("\n".join([edited, *others]) + "\n")

    _, after = await run(experiment, tmp_path)

    assert [(row.trial_id, row.score, row.answer) for row in after] == [
        (row.trial_id, row.score, row.answer) for row in before
    ]
