"""Rows of a re-run count what it did itself: what its prefix did, also in runs inside it, was counted before."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.items import Message
from agent_brain.core.records import Failed, Started, StateSet
from agent_brain.core.store import Commit
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.rerunning.rerun import prepare_rerun, rerun
from agent_brain.lab.rerunning.visits import Visit, list_visits
from agent_brain.lab.rows import read_rows
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.task import Task
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.lab.worlds.table import make_world_tasks
from agent_brain.models.scripted import Line
from agent_brain.tools.function_tool import tool
from lab.sums import make_experiment, make_model, play, run


@tool(read_only=True)
def crash() -> str:
    """Fail."""
    raise ValueError("it is broken")


def err(messages: Sequence[Message]) -> str:
    """A tool that nobody has, one that fails, then an answer."""
    said = repr(messages)
    wanted = "crash" if "krash" in said and "it is broken" not in said else "krash" if "krash" not in said else ""
    return json.dumps({"name": wanted, "args": {}}) if wanted else "done"


def make(script: object = err) -> Experiment:
    """One trial, in which everything goes wrong at first."""
    arm = Arm("plain", {"net": "react_brief", "model": make_model(script), "tools": [crash]})  # type: ignore[arg-type]
    return make_experiment([Task("t", ("Go.",), answer="done")], arms=[arm])


async def go_on(experiment: Experiment, folder: Path, start: str, arm: str = "plain") -> list[Trial]:
    await rerun(experiment, folder / "a", folder / "b", arm=arm, start=start, changes={})
    return list(read_rows(folder / "b" / "trials.jsonl"))


async def test_faults_and_failures_of_the_prefix_are_counted_there_alone(tmp_path: Path) -> None:
    _, (old,) = await run(make(), tmp_path / "a")

    (row,) = await go_on(make(), tmp_path, "last:reasoning")

    assert (dict(old.faults), old.tool_failures, old.tool_calls) == ({"unknown_tool": 1}, 1, 2)
    assert (dict(row.faults), row.tool_failures, row.tool_calls, row.answer) == ({}, 0, 0, "done")


async def test_what_runs_inside_have_done_before_is_not_counted_again(tmp_path: Path) -> None:
    arm = Arm("reflexion", {"net": "reflexion", "evaluator": "task", "model": "simulated"})
    experiment = Experiment("houses", make_world_tasks("keychain", count=3, doors=2), [arm])
    _, old = await run(experiment, tmp_path / "a")

    rows = await go_on(experiment, tmp_path, "last:answer", "reflexion")

    assert all(row.tool_calls for row in old)
    assert [(row.tool_calls, row.steps) for row in rows] == [(0, 1)] * 3


async def test_a_trial_that_breaks_has_not_paid_its_prefix_either(tmp_path: Path) -> None:
    def break_down(messages: Sequence[Message]) -> str:
        if "observation" in repr(messages):
            raise ZeroDivisionError("a bug")
        return play(messages)

    await run(make_experiment(1), tmp_path / "a")
    broken = make_experiment(1, make_model(break_down))

    rows = await go_on(broken, tmp_path, "action")

    assert [(row.outcome, row.input_tokens, row.steps_before) for row in rows] == [(Outcome.FAILED, 0, 1)]
    assert rows[0].tokens_before > 0


async def test_a_trial_that_something_outside_broke_says_nothing_and_is_left_out(tmp_path: Path) -> None:
    def refuse(messages: Sequence[Message]) -> Line:
        is_refused = "observation" in repr(messages) and "1 + 2" in repr(messages)
        return ModelError(ModelErrorKind.AUTHENTICATION, "no key") if is_refused else play(messages)

    experiment = make_experiment(2, make_model(refuse))
    await run(experiment, tmp_path / "a")

    plan = await prepare_rerun(experiment, tmp_path / "a", arm="plain", start="action", changes={})

    assert plan.left_out == {"sum 1#0": "something outside has broken it"}


async def test_another_step_makes_other_trials(tmp_path: Path) -> None:
    experiment = make_experiment(1)
    await run(experiment, tmp_path / "a")
    plans = [
        await prepare_rerun(experiment, tmp_path / "a", arm="plain", start=start, changes={}, same_luck=luck)
        for start, luck in (("action", False), ("answer", False), ("action", True))
    ]

    alike = [replace(plan.experiment, name="one") for plan in plans]

    assert len({slot.trial_id for each in alike for slot in Schedule(each, make_arms(each))}) == 3


def test_a_step_whose_move_did_not_count_is_none_to_go_on_from() -> None:
    commits = [
        Commit("r", 1, (Started("r", "n", "f", "reasoning", "go"),), 0.0, 1),
        Commit(
            "r", 2, (StateSet("nowhere"), StateSet("reasoning", "its move does not count"), Failed("E", "x")), 0.0, 1
        ),
        Commit("r", 5, (StateSet("answer"),), 0.0, 1),
    ]

    assert list_visits(commits) == [Visit(1, "reasoning", 1), Visit(4, "answer", 5)]
