"""Two experiments beside each other."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.compare import compare
from agent_brain.lab.analysis.kept import Kept, read_kept
from lab.analysis.keeping import keep
from lab.analysis.planting import plant

ARMS = {"react": {"net": "react", "limits": {"steps": 9}}, "refact": {"net": "refact", "limits": {"steps": 9}}}


def _keep(folder: Path, low: float = 0.2, tasks: int = 60, **more: Any) -> Kept:
    chances = {"react": lambda h: low + h / 2, "refact": lambda h: low + h / 2}
    return read_kept(keep(folder, plant(chances, tasks), ARMS, **more))


def test_arms_of_one_name_are_compared_on_shared_tasks(tmp_path: Path) -> None:
    found = compare(_keep(tmp_path / "old", 0.1), _keep(tmp_path / "new", 0.5, tasks=80))
    assert [each.name for each in found.analysis.contrasts] == ["react: new - old", "refact: new - old"]
    assert found.shared == 60
    assert found.only == (0, 20)
    assert {each.verdict.value for each in found.analysis.contrasts} == {"better"}
    assert {each.tasks for each in found.analysis.contrasts} == {60}


def test_what_is_set_otherwise_is_told_setting_by_setting(tmp_path: Path) -> None:
    before = _keep(tmp_path / "old")
    after = _keep(tmp_path / "new", margin=0.1)
    arms = tuple(replace(arm, parts={**arm.parts, "limits": {"steps": 12}}) for arm in after.design.arms)
    found = compare(before, replace(after, design=replace(after.design, arms=arms)), [("react", "react")])
    told = [(each.where, each.name, each.before, each.after) for each in found.differences]
    assert told == [("experiment", "margin", "0.03", "0.1"), ("react", "limits.steps", "9", "12")]


def test_arms_of_other_names_are_compared_where_they_are_named(tmp_path: Path) -> None:
    found = compare(_keep(tmp_path / "old"), _keep(tmp_path / "new"), [("react", "refact")])
    assert [each.name for each in found.analysis.contrasts] == ["refact (new) - react (old)"]
    assert ("react, refact", "net") in {(each.where, each.name) for each in found.differences}


def test_tasks_of_one_name_that_ask_other_things_are_left_out(tmp_path: Path) -> None:
    before, after = _keep(tmp_path / "old"), _keep(tmp_path / "new")
    found = compare(before, replace(after, asked={**after.asked, "t0": "asks something else"}))
    assert found.changed == ("t0",)
    assert found.shared == 59


def test_folders_of_one_name_are_told_apart_by_which_came_first(tmp_path: Path) -> None:
    found = compare(_keep(tmp_path / "a" / "it"), _keep(tmp_path / "b" / "it"))
    assert found.analysis.contrasts[0].name == "react: second - first"


def test_where_no_task_is_shared_it_is_refused_and_says_what_there_is(tmp_path: Path) -> None:
    before, after = _keep(tmp_path / "old"), _keep(tmp_path / "new")
    others = {f"x{name}": digest for name, digest in after.asked.items()}
    with pytest.raises(SetupError, match=r"share no task: no name is on both sides; .*old has t0, .* and 50 more"):
        compare(before, replace(after, asked=others))
    with pytest.raises(SetupError, match="60 tasks have the same names and ask other things"):
        compare(before, replace(after, asked=dict.fromkeys(after.asked, "else")))


def test_where_no_arm_is_shared_it_is_refused_and_says_how_to_name_two(tmp_path: Path) -> None:
    before, after = _keep(tmp_path / "old"), _keep(tmp_path / "new")
    arms = tuple(replace(arm, name=f"{arm.name}2") for arm in after.design.arms)
    renamed = replace(after, design=replace(after.design, arms=arms))
    with pytest.raises(SetupError, match="no arm has the same name in both: react, refact, and react2, refact2; say"):
        compare(before, renamed)
    with pytest.raises(SetupError, match="'new' has no arm 'nobody'; it has react, refact"):
        compare(before, after, [("react", "nobody")])
