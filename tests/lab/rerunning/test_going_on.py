"""Stored trials gone on with from a step: what came before is taken over, and not asked, done or counted again."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.items import Action, Message
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.progress import Ending, Progress
from agent_brain.lab.rerunning.rerun import prepare_rerun, rerun
from agent_brain.lab.rows import read_rows
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.models.scripted import ScriptedModel
from lab.sums import BRIEF, Slate, make_experiment, make_model, play, run, untime

CHANGE = {"brief": {"instructions": BRIEF}}


async def go_on(experiment: Experiment, folder: Path, to: str = "b", **given: Any) -> tuple[Progress, list[Trial]]:
    """Re-run the trials kept in `folder / "a"`; what comes of it."""
    given = {"arm": "plain", "start": "action", "changes": CHANGE, **given}
    progress = await rerun(experiment, folder / "a", folder / to, **given)
    return progress, list(read_rows(folder / to / "trials.jsonl"))


async def begin(folder: Path, **given: Any) -> tuple[Experiment, ScriptedModel, dict[str, Trial]]:
    """An experiment that was run, its model, and the rows of its first arm by their names as tasks."""
    model = make_model()
    experiment = make_experiment(3, model, **given)
    _, rows = await run(experiment, folder / "a")
    return experiment, model, {f"{row.task}#{row.repeat}": row for row in rows if row.arm == "plain"}


async def test_each_stored_trial_is_a_task_and_each_change_an_arm_beside_the_same_unchanged(tmp_path: Path) -> None:
    experiment, _, stored = await begin(tmp_path, repeats=2)

    progress, rows = await go_on(experiment, tmp_path)

    assert (progress.ending, len(rows)) == (Ending.COMPLETE, 12)
    assert {(row.task, row.arm) for row in rows} == {(name, arm) for name in stored for arm in ("unchanged", "brief")}
    assert {row.family for row in rows} == {task.task_id for task in experiment.tasks}


async def test_nothing_of_the_prefix_is_asked_again(tmp_path: Path) -> None:
    experiment, model, stored = await begin(tmp_path)
    before = [repr(messages) for messages in model.calls]

    _, rows = await go_on(experiment, tmp_path, changes={"kind": {"instructions": "Be kind."}})

    asked = [repr(messages) for messages in model.calls[len(before) :]]
    assert len(asked) == len(rows) == 2 * len(stored)  # of two calls a trial, the second
    assert all("<observation" in messages for messages in asked)
    assert sum(messages in before for messages in asked) == len(stored)  # those of `unchanged`


async def test_a_row_counts_what_came_after_and_tells_what_was_taken_over(tmp_path: Path) -> None:
    experiment, _, stored = await begin(tmp_path)

    _, rows = await go_on(experiment, tmp_path)

    for row in rows:
        old = stored[row.task]
        assert (row.model_calls, row.tool_calls, row.steps, row.steps_before) == (1, 1, old.steps - 1, 1)
        assert 0 < row.tokens_before < old.input_tokens + old.output_tokens
    same = [row for row in rows if row.arm == "unchanged"]
    assert [(row.answer, row.tokens_before + row.input_tokens + row.output_tokens) for row in same] == [
        (old.answer, old.input_tokens + old.output_tokens) for old in (stored[row.task] for row in same)
    ]


async def test_what_the_prefix_cost_is_no_part_of_what_was_spent(tmp_path: Path) -> None:
    experiment, _, _ = await begin(tmp_path)

    progress, rows = await go_on(experiment, tmp_path)

    assert progress.tokens == sum(row.input_tokens + row.output_tokens for row in rows)


async def test_its_runs_are_forks_of_the_stored_ones_which_lie_beside_them(tmp_path: Path) -> None:
    experiment, _, stored = await begin(tmp_path)
    _, rows = await go_on(experiment, tmp_path)

    store = Folder(tmp_path / "b").open_store()
    infos = {row.trial_id: await store.get(row.trial_id) for row in rows}
    parents = {row.trial_id: await store.get(stored[row.task].trial_id) for row in rows}
    await store.aclose()

    for row in rows:
        parent, info = infos[row.trial_id].parent, infos[row.trial_id]
        assert parent is not None
        assert parent.run_id == stored[row.task].trial_id
        assert 0 < parent.head < parents[row.trial_id].head
        assert (info.labels["arm"], info.labels["task"]) == (row.arm, row.task)


async def test_given_twice_it_costs_nothing_and_a_further_change_only_its_own(tmp_path: Path) -> None:
    experiment, model, stored = await begin(tmp_path)
    _, first = await go_on(experiment, tmp_path)
    calls = len(model.calls)

    _, again = await go_on(experiment, tmp_path)
    assert (again, len(model.calls)) == (first, calls)
    _, more = await go_on(experiment, tmp_path, changes={**CHANGE, "kind": {"instructions": "Be kind."}})

    assert len(model.calls) - calls == len(stored)
    assert [row for row in untime(more) if row["arm"] != "kind"] == untime(first)


async def test_repeats_go_on_anew_from_the_same_prefix(tmp_path: Path) -> None:
    experiment, model, stored = await begin(tmp_path)
    calls = len(model.calls)

    _, rows = await go_on(experiment, tmp_path, changes={}, repeats=3)

    assert len(model.calls) - calls == len(rows) == 3 * len(stored)


async def test_some_tasks_alone_are_gone_on_with(tmp_path: Path) -> None:
    experiment, _, _ = await begin(tmp_path, repeats=2)

    _, rows = await go_on(experiment, tmp_path, tasks=["sum 1"])

    assert {row.task for row in rows} == {"sum 1#0", "sum 1#1"}


async def test_a_state_may_be_the_last_visit_and_a_step_a_number(tmp_path: Path) -> None:
    experiment, _, _ = await begin(tmp_path)
    found = {}

    for start in ("reasoning", "last:reasoning", "3", 4):
        plan = await prepare_rerun(experiment, tmp_path / "a", arm="plain", start=start, changes={})
        found[start] = {(task.origin.step, task.origin.state) for task in plan.experiment.tasks if task.origin}

    assert found == {
        "reasoning": {(1, "reasoning")}, "last:reasoning": {(3, "reasoning")}, "3": {(3, "reasoning")},
        4: {(4, "answer")},
    }  # fmt: skip


async def test_runs_that_are_too_short_are_left_out_and_told(tmp_path: Path) -> None:
    model = make_model(lambda messages: "1" if "What is 0 + 1?" in repr(messages) else play(messages))
    experiment = make_experiment(2, model)
    await run(experiment, tmp_path / "a")

    plan = await prepare_rerun(experiment, tmp_path / "a", arm="plain", start="action", changes={})

    assert [task.task_id for task in plan.experiment.tasks] == ["sum 1#0"]
    assert plan.left_out == {"sum 0#0": "it has 2 steps: reasoning, answer"}


async def test_a_change_of_the_net_goes_on_with_the_other_net(tmp_path: Path) -> None:
    experiment, _, _ = await begin(tmp_path)

    _, rows = await go_on(experiment, tmp_path, changes={"refact": {"net": "refact"}})

    calls = {row.arm: row.model_calls for row in rows}
    assert calls["refact"] > calls["unchanged"] == 1
    store = Folder(tmp_path / "b").open_store()
    infos = [await store.get(row.trial_id) for row in rows if row.arm == "refact"]
    await store.aclose()
    assert {info.net for info in infos} == {"refact"}


repeated: list[list[str]] = []


class Watched(Slate):
    """A slate that keeps what it was told to repeat."""

    async def repeat(self, actions: Sequence[Action]) -> None:
        repeated.append([action.args["line"] for action in actions])
        await super().repeat(actions)


def write_each(messages: Sequence[Message]) -> str:
    """Write down what is asked for, once."""
    asked = next(each["content"] for each in reversed(messages) if each["content"].startswith("Write "))
    is_written = "lines" in messages[-1]["content"]
    return "done" if is_written else f'{{"name": "write", "args": {{"line": "{asked.split()[1]}"}}}}'


@pytest.mark.parametrize(("start", "before"), [("action", ["x"]), ("last:reasoning", ["x", "y"])])
async def test_a_world_is_brought_to_where_the_step_began_and_turns_before_are_taken_over(
    tmp_path: Path, start: str, before: list[str]
) -> None:
    task = Task("t", ("Write x", "Write y"), answer={"state": ["x", "y"]}, evaluator="world", make_world=Watched)
    experiment = make_experiment([task], arms=[Arm("plain", {"net": "react_brief", "model": make_model(write_each)})])
    _, (old,) = await run(experiment, tmp_path / "a")
    repeated.clear()

    _, (row,) = await go_on(experiment, tmp_path, start=start, changes={})

    assert (old.outcome, row.outcome, repeated) == (Outcome.PASSED, Outcome.PASSED, [before])


async def test_a_limit_binds_what_was_taken_over_too(tmp_path: Path) -> None:
    experiment, _, _ = await begin(tmp_path)

    _, rows = await go_on(experiment, tmp_path, start="last:reasoning", changes={"short": {"limits": {"steps": 2}}})

    assert {(row.arm, row.limit) for row in rows} == {("unchanged", ""), ("short", "steps")}
