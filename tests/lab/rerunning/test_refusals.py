"""What cannot be gone on with is refused before anything is asked, with what would have worked."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.engine.retention import compact
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.rerunning.rerun import prepare_rerun, rerun
from agent_brain.lab.rerunning.variants import read_change, vary_arm
from agent_brain.models.scripted import ScriptedModel
from lab.sums import make_experiment, make_model, run


async def begin(folder: Path) -> tuple[Experiment, ScriptedModel]:
    """An experiment that was run, and its model."""
    model = make_model()
    experiment = make_experiment(2, model)
    await run(experiment, folder / "a")
    model.calls.clear()
    return experiment, model


@pytest.mark.parametrize(("given", "told"), [
    ({"arm": "plane"}, "no arm called 'plane'; did you mean 'plain'"),
    ({"tasks": ["sum 9"]}, "no task called 'sum 9'.*known: sum 0, sum 1"),
    ({"start": "reflect"}, "no state called 'reflect'.*known: action, answer, reasoning"),
    ({"start": 9}, "none of 2 stored trials has step 9; the first, .*: it has 4 steps: reasoning, action, reasoning"),
    ({"start": "0"}, "steps are counted from 1"),
    ({"changes": {"x": {"net": "direct"}}}, "does not have the state 'action'.* it has answer; both .* answer"),
    ({"changes": {"x": {"memori": "mask"}}}, "the change 'x': unknown key 'memori'; did you mean 'memory'"),
    ({"changes": {"x": {"memory": "masque"}}}, "masque"),
    ({"changes": {"unchanged": {"memory": "mask"}}}, "'unchanged' is the name of an arm"),
    ({"same_luck": True, "repeats": 2}, "wanted repeats=1"),
    ({"changes": {"x": {"memory": "mask"}, "y": {"memory": "budget"}}, "together": True}, "changes set 'memory'"),
])  # fmt: skip
async def test_what_makes_no_sense_is_told_before_anything_is_asked(
    tmp_path: Path, given: dict[str, Any], told: str
) -> None:
    experiment, model = await begin(tmp_path)
    given = {"arm": "plain", "start": "action", "changes": {}, **given}

    with pytest.raises(SetupError, match=told):
        await rerun(experiment, tmp_path / "a", tmp_path / "b", **given)

    assert not model.calls
    assert not (tmp_path / "b").exists()


async def test_an_arm_that_was_made_of_other_parts_is_not_gone_on_with(tmp_path: Path) -> None:
    experiment, _ = await begin(tmp_path)
    other = Arm("plain", {**experiment.arms[0].parts, "memory": "mask"})

    with pytest.raises(SetupError, match=r"'plain' in .* were made of other parts"):
        await prepare_rerun(replace(experiment, arms=[other]), tmp_path / "a", arm="plain", start="action", changes={})


async def test_the_folder_of_the_stored_trials_takes_no_others(tmp_path: Path) -> None:
    experiment, _ = await begin(tmp_path)

    with pytest.raises(SetupError, match="the folder of the stored trials; wanted one of its own"):
        await rerun(experiment, tmp_path / "a", tmp_path / "a", arm="plain", start="action", changes={})


async def test_a_folder_that_holds_something_else_is_left_as_it_is(tmp_path: Path) -> None:
    experiment, _ = await begin(tmp_path)
    await run(experiment, tmp_path / "other")
    await rerun(experiment, tmp_path / "a", tmp_path / "b", arm="plain", start="action", changes={})

    for folder, told in (("other", "an experiment of its own"), ("b", "a re-run of 'plain' from the first visit of a")):
        with pytest.raises(SetupError, match=f"holds {told}"):
            await rerun(experiment, tmp_path / "a", tmp_path / folder, arm="plain", start="answer", changes={})


BRIEF: dict[str, Any] = {"brief": {"instructions": "Be brief."}}
NARROW: dict[str, Any] = {"narrow": {"memory": "window(4)"}}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            {"changes": NARROW},
            "a re-run with 'brief', and this one is with 'narrow': rows would be lost, those of 'brief',",
        ),
        ({"changes": {"brief": NARROW["narrow"]}}, "those of 'brief' as it was, all changes together;"),
        ({"changes": {}}, "this one is with no change"),
        ({"together": False}, "those of all changes together; wanted another folder for it (--folder)"),
        ({"changes": BRIEF | NARROW}, "those of all changes together;"),
        ({"repeats": 1}, "those of 1 repeat of each;"),
        ({"tasks": ["sum 0"]}, "those of other tasks than 'sum 0';"),
    ],
    ids=["other", "of-its-name", "none", "apart", "more-together", "fewer-repeats", "fewer-tasks"],
)
async def test_a_folder_keeps_the_rows_of_a_rerun_that_another_one_would_not_have(
    tmp_path: Path, asked: dict[str, Any], told: str
) -> None:
    experiment, model = await begin(tmp_path)
    given: dict[str, Any] = {"arm": "plain", "start": "action", "changes": BRIEF, "together": True, "repeats": 2}
    await rerun(experiment, tmp_path / "a", tmp_path / "b", **given)
    rows, calls = (tmp_path / "b" / "trials.jsonl").read_bytes(), len(model.calls)

    with pytest.raises(SetupError, match=re.escape(told)):
        await rerun(experiment, tmp_path / "a", tmp_path / "b", **(given | asked))

    assert ((tmp_path / "b" / "trials.jsonl").read_bytes(), len(model.calls)) == (rows, calls)


async def test_more_changes_trials_and_tries_go_on_in_the_folder_and_cost_what_is_new(tmp_path: Path) -> None:
    experiment, model = await begin(tmp_path)
    given: dict[str, Any] = {"arm": "plain", "start": "action"}
    await rerun(experiment, tmp_path / "a", tmp_path / "b", changes=BRIEF, tasks=["sum 0"], **given)
    before = len(model.calls)
    progress = await rerun(experiment, tmp_path / "a", tmp_path / "b", changes=BRIEF | NARROW, repeats=2, **given)

    whole = len(model.calls)
    await rerun(experiment, tmp_path / "a", tmp_path / "c", changes=BRIEF | NARROW, repeats=2, **given)
    assert progress.done == progress.total
    assert whole - before < len(model.calls) - whole


async def test_trials_without_a_journal_are_refused(tmp_path: Path) -> None:
    experiment, _ = await begin(tmp_path)
    Folder(tmp_path / "a").journal.unlink()

    with pytest.raises(SetupError, match="without their journal"):
        await prepare_rerun(experiment, tmp_path / "a", arm="plain", start="action", changes={})


async def test_a_compacted_run_is_left_out_with_the_reason(tmp_path: Path) -> None:
    experiment, _ = await begin(tmp_path)
    store = Folder(tmp_path / "a").open_store()
    first = next(info for info in await store.list_runs() if info.labels == {**info.labels, "arm": "plain"})
    await compact(store, first.run_id)
    await store.aclose()

    plan = await prepare_rerun(experiment, tmp_path / "a", arm="plain", start="action", changes={})

    assert plan.left_out == {f"{first.labels['task']}#0": "its run was compacted"}
    assert len(plan.experiment.tasks) == 1


async def test_a_memory_that_has_learnt_since_cannot_be_brought_back(tmp_path: Path) -> None:
    experiment, _ = await begin(tmp_path)

    with pytest.raises(SetupError, match=r"memory of 'x' keeps across runs .* wanted frozen=True"):
        await prepare_rerun(
            experiment, tmp_path / "a", arm="plain", start="action",
            changes={"x": {"memory": f"episodic(file='{tmp_path}/learnt.db')"}},
        )  # fmt: skip


@pytest.mark.parametrize(("text", "name", "parts"), [
    ("memory=mask(3)", "memory mask(3)", {"memory": "mask(3)"}),
    ("limits.model_calls = 10", "limits.model_calls 10", {"limits": {"model_calls": 10}}),
    ("model=['a', 'b']", "model ['a', 'b']", {"model": ["a", "b"]}),
    ("instructions=Be brief, a=b", "instructions Be brief, a=b", {"instructions": "Be brief, a=b"}),
])  # fmt: skip
def test_a_change_is_read_as_toml_or_as_text(text: str, name: str, parts: dict[str, Any]) -> None:
    assert read_change(text) == (name, parts)


@pytest.mark.parametrize("text", ["memory", "=mask", "me mory=mask", ""])
def test_what_sets_nothing_is_no_change(text: str) -> None:
    with pytest.raises(SetupError, match="wanted PART=VALUE"):
        read_change(text)


def test_a_table_keeps_what_is_not_set_and_all_changes_make_an_arm_together() -> None:
    arm = Arm("a", {"net": "react", "limits": {"model_calls": 9, "steps": 7}})

    arms = vary_arm(arm, {"x": {"limits": {"steps": 3}}, "y": {"limits": {"model_calls": 1}}}, together=True)

    assert [(each.name, each.parts["limits"]) for each in arms] == [
        ("unchanged", {"model_calls": 9, "steps": 7}), ("x", {"model_calls": 9, "steps": 3}),
        ("y", {"model_calls": 1, "steps": 7}), ("all changes", {"model_calls": 1, "steps": 3}),
    ]  # fmt: skip
