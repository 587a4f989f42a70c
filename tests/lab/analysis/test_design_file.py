"""What a folder keeps of a design, edited by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.design_file import load_design
from agent_brain.lab.analysis.kept import read_kept
from agent_brain.lab.running import run_experiment
from lab.analysis.keeping import keep
from lab.analysis.planting import make_trial
from lab.sums import make_experiment

ARM: dict[str, Any] = {"name": "a"}


@pytest.mark.parametrize(
    ("edited", "said"),
    [
        ({"repeats": "3"}, "experiment.json: repeats is '3'; wanted a whole number"),
        ({"repeats": 0}, "experiment.json: repeats is 0; wanted a whole number of at least 1"),
        ({"alpha": "small"}, "experiment.json: alpha is 'small'; wanted a number"),
        ({"alpha": 2}, "experiment.json: alpha is 2.0; wanted more than 0 and less than 0.5"),
        ({"margin": None}, "experiment.json: margin is None; wanted a number"),
        ({"metric": "speed"}, "experiment.json: metric is 'speed'; wanted one of score, passed"),
        ({"stopping": "sequential"}, "experiment.json: stopping is 'sequential'; wanted a table"),
        ({"stopping": {"rule": "soon"}}, "experiment.json, stopping: rule is 'soon'; wanted one of fixed, sequential"),
        ({"arms": {"a": {}}}, "experiment.json: arms is {'a': {}}; wanted a list"),
        ({"arms": []}, "experiment.json: there is no arm; wanted a list"),
        ({"arms": ["a"]}, r"experiment.json, arms\[0\] is 'a'; wanted a table"),
        ({"arms": [ARM, {"parts": {}}]}, r"experiment.json, arms\[1\]: there is no name; wanted a text"),
        ({"arms": [ARM | {"factors": {"net": 3}}]}, r"experiment.json, arms\[0\]: factors.net is 3; wanted a text"),
        ({"contrasts": [{"arm": "a"}]}, r"experiment.json, contrasts\[0\]: there is no control; wanted a text"),
        ({"tasks": [{"task": 7}]}, r"experiment.json, tasks\[0\]: task is 7; wanted a text"),
        ({"tasks": 7}, "experiment.json: tasks is 7; wanted a list"),
        ({"name": ["x"]}, r"experiment.json: name is \['x'\]; wanted a text"),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_field_of_another_kind_is_told_with_what_was_wanted(edited: dict[str, Any], said: str) -> None:
    with pytest.raises(SetupError, match=said):
        load_design({"name": "x", "arms": [ARM], **edited})


def test_the_folder_is_named_where_its_file_is_wrong(tmp_path: Path) -> None:
    folder = keep(tmp_path / "x", [make_trial("t", "a")], {"a": {}}, seed=0, confirm="half")

    with pytest.raises(SetupError, match=r"x/experiment\.json: confirm is 'half'; wanted a number"):
        read_kept(folder)


def test_fields_that_nobody_knows_are_passed_over() -> None:
    assert load_design({"name": "x", "arms": [ARM], "mood": "good"}).name == "x"


@pytest.mark.parametrize("found", [2, 99, "new"])
async def test_what_a_later_version_wrote_is_neither_read_nor_run_over(tmp_path: Path, found: object) -> None:
    experiment = make_experiment(2)
    folder = keep(tmp_path / experiment.name, [make_trial("t", "a")], {"a": {}}, format=found)
    said = rf"sums/experiment\.json: its format is {found!r}; this version knows formats up to 1"

    with pytest.raises(SetupError, match=said):
        read_kept(folder)
    with pytest.raises(SetupError, match=said):
        await run_experiment(experiment, folder.path)

    assert json.loads((folder.path / "experiment.json").read_text())["format"] == found


async def test_an_experiment_whose_arms_were_edited_is_not_run_over_either(tmp_path: Path) -> None:
    experiment = make_experiment(2)
    folder = keep(tmp_path / experiment.name, [make_trial("t", "a")], {"a": {}})
    folder.write("experiment.json", {**folder.read(), "arms": ["a"]})

    with pytest.raises(SetupError, match=r"sums/experiment\.json, arms\[0\] is 'a'; wanted a table"):
        await run_experiment(experiment, folder.path)
