"""An experiment that is run: its trials are ordinary runs, and nothing is done twice."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Message
from agent_brain.engine.limits import Limits
from agent_brain.lab.analysis.kept import read_kept
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.folder import Folder
from agent_brain.lab.progress import Ending, Progress
from agent_brain.lab.rows import read_rows
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome
from agent_brain.tools.asking import ask_person
from lab.sums import Slate, add, make_experiment, make_model, make_tasks, play, run, untime

ARMS = (("plain", "Go."), ("brief", "Be brief."), ("brief", "Be briefer."))


async def test_each_trial_is_a_run_of_its_own_with_labels_and_a_row(tmp_path: Path) -> None:
    progress, rows = await run(make_experiment(3, repeats=2), tmp_path)

    store = Folder(tmp_path).open_store()
    infos = {row.trial_id: await store.get(row.trial_id) for row in rows}
    await store.aclose()
    assert (progress.ending, progress.done, len(rows)) == (Ending.COMPLETE, 12, 12)
    assert all(
        infos[row.trial_id].labels
        == {"experiment": "sums", "arm": row.arm, "task": row.task, "repeat": row.repeat, "turn": 0}
        for row in rows
    )
    assert {(row.model_calls, row.tool_calls, row.steps) for row in rows} == {(2, 1, 4)}


async def test_running_it_again_asks_no_model(tmp_path: Path) -> None:
    model = make_model()
    _, before = await run(make_experiment(3, model), tmp_path)
    calls = len(model.calls)

    progress, after = await run(make_experiment(3, model), tmp_path)

    assert (len(model.calls), progress.done, after) == (calls, 6, before)


async def test_more_tasks_repeats_and_arms_cost_only_what_is_new(tmp_path: Path) -> None:
    model = make_model()
    small = make_experiment(3, model)
    await run(small, tmp_path)
    calls = len(model.calls)

    wide = replace(
        small,
        tasks=make_tasks(4),
        repeats=2,
        arms=[*small.arms, Arm("more", {**small.arms[0].parts, "memory": "mask"})],
    )
    _, rows = await run(wide, tmp_path)

    assert len(rows) == 24
    assert len(model.calls) - calls == (24 - 6) * 2


async def test_another_part_of_an_arm_makes_its_trials_others(tmp_path: Path) -> None:
    before = make_experiment(2)
    _, old = await run(before, tmp_path)
    changed = Arm("brief", {**before.arms[1].parts, "instructions": "Be brief. Be kind."})

    _, new = await run(replace(before, arms=[before.arms[0], changed]), tmp_path)

    same = {row.trial_id for row in old} & {row.trial_id for row in new}
    assert {row.arm for row in new if row.trial_id in same} == {"plain"}
    assert len(new) == 4


async def test_two_arms_that_are_made_of_the_same_have_trials_of_their_own(tmp_path: Path) -> None:
    model = make_model()
    parts = {"net": "react_brief", "model": model}

    _, rows = await run(make_experiment(3, arms=[Arm("a", parts), Arm("b", parts)]), tmp_path)

    assert len({row.trial_id for row in rows}) == 6
    assert len(model.calls) == 12


async def test_rows_that_are_lost_are_told_from_the_journal(tmp_path: Path) -> None:
    model = make_model()
    _, before = await run(make_experiment(4, model), tmp_path)
    calls = len(model.calls)
    lines = (tmp_path / "trials.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "trials.jsonl").write_bytes(b"".join(lines[:3]) + lines[3][:40])

    _, after = await run(make_experiment(4, model), tmp_path)

    assert len(model.calls) == calls
    assert untime(after) == untime(before)


async def test_another_right_answer_is_judged_again_and_not_paid_again(tmp_path: Path) -> None:
    model, tasks = make_model(), make_tasks(3)
    _, before = await run(make_experiment(tasks, model), tmp_path)
    calls = len(model.calls)

    _, after = await run(make_experiment([replace(task, answer="-1") for task in tasks], model), tmp_path)

    assert len(model.calls) == calls
    assert [row.trial_id for row in after] == [row.trial_id for row in before]
    assert any(row.score for row in before)
    assert not any(row.score for row in after)


async def test_a_pilot_does_the_first_tasks_and_the_whole_the_rest(tmp_path: Path) -> None:
    model = make_model()
    pilot, first = await run(make_experiment(5, model), tmp_path, pilot=2)

    whole, rows = await run(make_experiment(5, model), tmp_path)

    assert (pilot.ending, pilot.done, whole.ending, whole.done) == (Ending.PILOT, 4, Ending.COMPLETE, 10)
    assert untime(rows[:4]) == untime(first)
    assert len(model.calls) == 20


def _stop_after(count: int, folder: Path) -> Any:
    def watch(progress: Progress) -> None:
        if progress.done >= count:
            Folder(folder).ask_to_stop()

    return watch


async def test_a_stop_leaves_what_is_under_way_and_the_next_run_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    _, undisturbed = await run(make_experiment(40, repeats=3), tmp_path / "a")

    stopped, some = await run(make_experiment(40, repeats=3), tmp_path / "b", watch=_stop_after(0, tmp_path / "b"))
    progress, rows = await run(make_experiment(40, repeats=3), tmp_path / "b")

    assert stopped.ending is Ending.STOPPED
    assert len(some) < len(rows) == 240
    assert progress.ending is Ending.COMPLETE
    assert untime(rows) == untime(undisturbed)


@pytest.mark.parametrize("concurrency", [1, 16])
async def test_how_many_run_at_once_changes_no_result(tmp_path: Path, concurrency: int) -> None:
    _, wanted = await run(make_experiment(8), tmp_path / "a")

    _, rows = await run(make_experiment(list(reversed(make_tasks(8))), concurrency=concurrency), tmp_path / "b")

    assert untime(rows) == untime(wanted)


async def test_what_one_experiment_is_run_by_no_other_process_may_run(tmp_path: Path) -> None:
    with Folder(tmp_path).held(), pytest.raises(SetupError, match=r"runs the experiment in .* already"):
        await run(make_experiment(1), tmp_path)


async def test_turns_go_on_from_each_other_and_count_together(tmp_path: Path) -> None:
    task = Task("talk", ("What is 1 + 2?", "What is 3 + 4?"), answer="7", tools=())
    model = make_model(lambda messages: str(len(messages)))

    _, (row, *_) = await run(make_experiment([task], model), tmp_path)

    assert (row.turns, row.model_calls, row.answer) == (2, 2, "4")


async def test_a_limit_that_is_met_is_the_arms_own(tmp_path: Path) -> None:
    arm = Arm("short", {"net": "react", "model": make_model(), "limits": {"model_calls": 2, "tool_calls": 1}})
    stubborn = Arm("stubborn", {"net": "react", "model": make_model(_call_again), "limits": Limits(tool_calls=1)})

    _, rows = await run(make_experiment(1, arms=[arm, stubborn]), tmp_path)

    found = {row.arm: (row.outcome, row.limit) for row in rows}
    assert found["short"][0] in (Outcome.PASSED, Outcome.WRONG)
    assert found["stubborn"] == (Outcome.LIMITED, "tool_calls")


def _call_again(messages: Sequence[Message]) -> str:
    return play(messages[:2])


async def test_a_bug_in_one_trial_is_its_row_and_the_others_go_on(tmp_path: Path) -> None:
    def break_down(messages: Sequence[Message]) -> str:
        if "What is 1 + 2?" in messages[1]["content"]:
            raise ZeroDivisionError("a bug")
        return play(messages)

    progress, rows = await run(make_experiment(3, make_model(break_down)), tmp_path)

    failed = [row for row in rows if row.task == "sum 1"]
    assert progress.ending is Ending.COMPLETE
    assert {(row.outcome, row.error) for row in failed} == {(Outcome.FAILED, "ZeroDivisionError: a bug")}
    assert all(row.outcome is not Outcome.FAILED for row in rows if row.task != "sum 1")


async def test_a_task_whose_tools_fit_no_brain_is_its_own_row_and_the_others_go_on(tmp_path: Path) -> None:
    (odd, *others) = make_tasks(3)

    progress, rows = await run(make_experiment([replace(odd, tools=(add, add)), *others]), tmp_path)

    failed = [row for row in rows if row.outcome is Outcome.FAILED]
    assert (progress.ending, len(rows)) == (Ending.COMPLETE, 6)
    assert {(row.task, row.error.partition(":")[0]) for row in failed} == {(odd.task_id, "SetupError")}


async def test_a_task_whose_answer_does_not_fit_its_evaluator_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    model = make_model()
    tasks = [*make_tasks(2), Task("odd", ("Go.",), answer="not a number", evaluator="numeric(0.01)")]

    with pytest.raises(SetupError, match=r"task 'odd'.*number"):
        await run(make_experiment(tasks, model), tmp_path)

    assert not model.calls


async def test_trials_that_failed_are_tried_once_more_where_that_is_wanted(tmp_path: Path) -> None:
    is_broken = [True]

    def break_down(messages: Sequence[Message]) -> str:
        if is_broken[0]:
            raise ZeroDivisionError("a bug")
        return play(messages)

    model = make_model(break_down)
    await run(make_experiment(2, model), tmp_path)
    is_broken[0] = False
    _, same = await run(make_experiment(2, model), tmp_path)
    _, mended = await run(make_experiment(2, model), tmp_path, again=True)

    assert {row.outcome for row in same} == {Outcome.FAILED}
    assert Outcome.FAILED not in {row.outcome for row in mended}


async def test_a_trial_that_waits_for_a_person_has_failed(tmp_path: Path) -> None:
    ask = make_model(lambda _: '{"name": "ask_person", "args": {"question": "Which one?"}}')
    arm = Arm("asks", {"model": ask, "tools": [ask_person]})

    _, (row,) = await run(make_experiment([Task("t", ("Go.",), answer="x")], arms=[arm]), tmp_path)

    assert row.outcome is Outcome.FAILED
    assert "nobody is there" in row.error


async def test_a_world_is_new_for_each_trial_and_its_end_is_judged(tmp_path: Path) -> None:
    def write_one(messages: Sequence[Message]) -> str:
        return "done" if "1 lines" in messages[-1]["content"] else '{"name": "write", "args": {"line": "x"}}'

    tasks = [
        Task(f"t{i}", ("Write x.",), answer={"state": ["x"]}, evaluator="world", make_world=Slate) for i in range(2)
    ]

    _, rows = await run(make_experiment(tasks, make_model(write_one), repeats=2), tmp_path)

    assert [(row.outcome, row.error) for row in rows] == [(Outcome.PASSED, "")] * 8


async def test_halves_of_characters_are_in_no_name_and_end_no_experiment(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"'\\ud800' holds half of a character"):
        make_experiment([Task("\ud800", ("Go.",), answer="1")])
    (tmp_path / "mine.py").write_text("def judge(answer):\n    return False, 'no \\ud800'\n")
    arms = [Arm("only", {"net": "direct", "model": make_model(lambda _: "1"), "instructions": "\ud800"})]
    experiment = make_experiment(2, arms=arms, evaluator=f"{tmp_path}/mine.py:judge")

    _, rows = await run(experiment, tmp_path / "sums")
    read_kept(Folder(tmp_path / "sums")).analyse()

    assert [row.feedback for row in rows] == ["no ?", "no ?"]


async def test_rows_of_an_arm_that_was_changed_are_gone_before_its_first_trial(tmp_path: Path) -> None:
    parts = {"net": "direct", "model": make_model(lambda _: "1")}
    plain, brief, briefer = (Arm(name, {**parts, "instructions": text}) for name, text in ARMS)
    await run(make_experiment(2, arms=[plain, brief]), tmp_path)

    with pytest.raises(SetupError, match="cannot be handed to other processes"):
        await run(make_experiment(2, arms=[plain, briefer]), tmp_path, processes=1)

    assert {row.arm for row in read_rows(tmp_path / "trials.jsonl")} == {"plain"}


async def test_who_may_only_read_a_folder_may_ask_who_runs_it(tmp_path: Path) -> None:
    place = Folder(tmp_path)
    with place.held():
        (tmp_path / "lock").chmod(0o444)
        assert place.find_runner() == os.getpid()
    assert place.find_runner() is None
