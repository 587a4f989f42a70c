"""What a re-run says of a changed part where the truth is known: exactly nothing, and the sign of an effect."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agent_brain.lab.analysis.analyse import analyse
from agent_brain.lab.analysis.analysis import ContrastResult
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.rerunning.rerun import prepare_rerun, run_rerun
from agent_brain.lab.rows import read_rows
from agent_brain.lab.trial import Trial
from agent_brain.lab.worlds.table import make_world_tasks
from lab.sums import run, untime

TASKS = 10
REACT = {"model": "simulated", "net": "react(steps_max=11)"}
REFACT = {"model": "simulated", "net": "refact"}
NARROW = {**REACT, "memory": "window(3)"}
BLIND = {**REACT, "memory": "window(2)"}
"""It forgets the key before it can be used."""


async def begin(folder: Path, parts: Mapping[str, Any], **given: Any) -> tuple[Experiment, dict[str, Trial]]:
    """Houses of one arm, walked through; its rows, by their names as tasks."""
    tasks = make_world_tasks("keychain", count=TASKS, doors=4)
    experiment = Experiment("houses", tasks, [Arm("base", parts)], seed=6, **given)
    _, rows = await run(experiment, folder / "a")
    return experiment, {f"{row.task}#{row.repeat}": row for row in rows}


async def go_on(
    experiment: Experiment, folder: Path, start: str, changes: Mapping[str, Mapping[str, Any]], **given: Any
) -> tuple[Experiment, list[Trial]]:
    """Go on with all trials; the experiment that this makes, and its rows."""
    plan = await prepare_rerun(experiment, folder / "a", arm="base", start=start, changes=changes, **given)
    await run_rerun(plan, folder / "b")
    return plan.experiment, list(read_rows(folder / "b" / "trials.jsonl"))


def judge(experiment: Experiment, rows: list[Trial]) -> ContrastResult:
    """What the report says of the first change."""
    return analyse(experiment, rows).contrasts[0]


def tell_end(row: Trial) -> tuple[object, ...]:
    """All that a trial has come to, over its whole course."""
    tokens = row.tokens_before + row.input_tokens + row.output_tokens
    return row.answer, row.score, row.outcome, row.limit, row.steps_before + row.steps, tokens


@pytest.mark.parametrize("parts", [REACT, NARROW], ids=["react", "narrow"])
@pytest.mark.parametrize("start", ["1", "last:action"])
async def test_unchanged_with_the_same_luck_ends_exactly_as_stored(
    tmp_path: Path, parts: Mapping[str, Any], start: str
) -> None:
    experiment, stored = await begin(tmp_path, parts)

    _, rows = await go_on(experiment, tmp_path, start, {}, same_luck=True)

    assert len(rows) == TASKS
    assert [tell_end(row) for row in rows] == [tell_end(stored[row.task]) for row in rows]
    assert 0 < sum(row.score for row in rows) < TASKS


async def test_a_change_that_changes_nothing_differs_by_exactly_nothing(tmp_path: Path) -> None:
    experiment, _ = await begin(tmp_path, REFACT)

    made, rows = await go_on(experiment, tmp_path, "reflect", {"same": {"memory": "messages"}}, same_luck=True)

    by_arm = {name: [row for row in untime(rows) if row["arm"] == name] for name in ("unchanged", "same")}
    alike = [{**row, "arm": "", "trial_id": ""} for row in sorted(by_arm["same"], key=lambda row: row["task"])]
    assert alike == [
        {**row, "arm": "", "trial_id": ""} for row in sorted(by_arm["unchanged"], key=lambda row: row["task"])
    ]
    assert judge(made, rows).difference.value == 0.0


async def test_without_it_unchanged_has_luck_of_its_own(tmp_path: Path) -> None:
    experiment, stored = await begin(tmp_path, NARROW)

    _, rows = await go_on(experiment, tmp_path, "3", {}, repeats=2)

    ends = {repeat: [row.answer for row in rows if row.repeat == repeat] for repeat in (0, 1)}
    assert ends[0] != ends[1]
    assert ends[0] != [stored[row.task].answer for row in rows if row.repeat == 0]


@pytest.mark.parametrize(
    ("parts", "change", "sign"), [(REACT, {"memory": "window(2)"}, -1), (BLIND, {"memory": "messages"}, 1)],
    ids=["worse", "better"],
)  # fmt: skip
async def test_a_planted_effect_of_one_part_is_found_with_its_sign(
    tmp_path: Path, parts: Mapping[str, Any], change: Mapping[str, Any], sign: int
) -> None:
    experiment, _ = await begin(tmp_path, parts)

    made, rows = await go_on(experiment, tmp_path, "3", {"planted": change})

    found = judge(made, rows)
    assert found.verdict == ("better" if sign > 0 else "worse")
    assert sign * (found.difference.value or 0.0) > 0.2
