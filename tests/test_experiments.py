"""The experiments among the examples can be run, and the offline one finds what is true."""

import asyncio
import importlib.util
import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from math import copysign
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from calibration.agreement import FILE, compare_with_truth, find_truth, judge_truth

from agent_brain.core.errors import SetupError
from agent_brain.core.items import Message
from agent_brain.lab.analysis.analysis import ContrastResult
from agent_brain.lab.analysis.kept import read_kept
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.arms.arm_brains import make_arms
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.experiment_file import make_experiment, read_experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.planning import make_plan
from agent_brain.lab.progress import Ending
from agent_brain.lab.reporting import report_folder
from agent_brain.lab.running import run_experiment
from agent_brain.lab.schedule import Schedule
from agent_brain.lab.statistics.verdict import Ruling
from agent_brain.lab.trial import Outcome
from agent_brain.lab.worlds.truth import read_truth
from agent_brain.models.scripted import ScriptedModel

FILES = sorted(FILE.parent.glob("*.toml"))
QUESTION = '{"question": "How many are two and three?", "answer": "2 + 3 = 5\\n#### 5"}\n'
SMALL = {"memory": ["messages", "window"], "overlay": ["none"], "exclude": [{"net": "react", "memory": "window"}]}
GAIN, LOSS = "refact/messages - react/messages", "refact/window - refact/messages"


def load_game() -> ModuleType:
    spec = importlib.util.spec_from_file_location("game24", FILE.with_name("game24.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_experiment_can_be_planned(file: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(file.parent, tmp_path / "experiments", ignore=shutil.ignore_patterns("*.db"))
    (folder / "questions.jsonl").write_text(QUESTION * 3)

    experiment = read_experiment(folder / file.name)
    plan = make_plan(Schedule(experiment, make_arms(experiment)), ())

    assert plan.left == plan.trials == len(experiment.tasks) * len(experiment.arms) * experiment.repeats
    assert [str(each) for each in experiment.contrasts] == [each.contrast for each in plan.contrasts]
    assert experiment.contrasts
    assert not experiment.refused


def think(messages: Sequence[Message]) -> str:
    """What the state asks for: thoughts and answers of which some are right, and reviews in either direction."""
    told = "\n".join(message["content"] for message in messages)
    asked, luck = messages[-1]["content"], len(told) % 3
    right = "2 * 3 * 4 * 1" if "to make 24" in told else "It is 5"
    if "numbered list" in asked:
        return "\n".join(f"{place + 1}. {right if place == luck else place}" for place in range(5))
    if "Verdict: sure" in asked:
        return f"Verdict: {'sure' if right in told else 'impossible'}"
    if "Verdict: accept" in asked:
        return f"Verdict: {'accept' if luck else 'revise'}"
    return right if luck else "4"


@pytest.mark.parametrize("name", ["game24", "planning", "self_correction"])
def test_one_that_wants_a_model_runs_to_its_report(name: str, tmp_path: Path) -> None:
    (tmp_path / "questions.jsonl").write_text(QUESTION * 2)
    shutil.copy(FILE.with_name("game24.py"), tmp_path)
    data: dict[str, Any] = tomllib.loads(FILE.with_name(f"{name}.toml").read_text(encoding="utf-8"))
    data["tasks"]["count"] = 2
    data["base"] = {"model": ScriptedModel(think, chunk_size=1000), "limits": data["base"].get("limits", {})}

    progress = asyncio.run(run_experiment(make_experiment(data, str(tmp_path / f"{name}.toml")), tmp_path / name))
    told = report_folder(tmp_path / name)

    assert (progress.ending, progress.failures) == (Ending.COMPLETE, [])
    assert {outcome for arm in progress.arms for outcome in arm.outcomes} <= {Outcome.PASSED, Outcome.WRONG}
    assert [name for _, name, _ in told.verdicts] == data["contrasts"]
    assert all(file.is_file() for file in told.files)


@pytest.mark.parametrize(
    ("answer", "passed"),
    [
        ("So:\n(10 - 4) * (13 - 9) = 24", True),
        ("Answer: `(10 \u2212 4) * (13 - 9)`".replace("\u2212", "-"), True),
        ("(10 - 4) \u00d7 (13 - 9)", True),
        ("4 * 6", False),
        ("(10 - 4) * (13 - 9) + 1", False),
        ("10 ** 4 - 13 * 9", False),
        ("4 / (9 - 9) + 10 + 13", False),
        ("24", False),
        ("I do not know.", False),
        ("(" * 70, False),
        ("", False),
    ],
)
def test_a_game_of_24_is_won_with_each_number_once(answer: str, passed: bool) -> None:
    assert load_game().judge(answer, {"numbers": (4, 9, 10, 13)})[0] is passed


def test_games_of_24_have_solutions_and_differ() -> None:
    game = load_game()

    puzzles = game.make_tasks(20, seed=1)

    assert len({puzzle["id"] for puzzle in puzzles}) == 20
    assert puzzles == game.make_tasks(20, seed=1)
    assert game.make_tasks(20, seed=2) != puzzles
    assert game.has_solution((3, 3, 8, 8))
    assert not game.has_solution((1, 1, 1, 1))


def make_small() -> Experiment:
    """The offline experiment with three of its arms and few tasks."""
    data: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
    data["grid"] = {"net": data["grid"]["net"], **SMALL}
    data["tasks"]["count"] = 30
    return make_experiment({**data, "repeats": 1, "contrasts": [GAIN, LOSS]}, str(FILE))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Sequence[ContrastResult]:
    folder = Folder(tmp_path_factory.mktemp("small"))
    asyncio.run(run_experiment(make_small(), folder.path))
    return read_kept(folder).analyse().contrasts


def test_the_offline_experiment_finds_what_is_true(found: Sequence[ContrastResult]) -> None:
    gain, loss = compare_with_truth(make_small(), found)

    assert loss.is_good
    assert loss.ruling is Ruling.WORSE
    assert gain.ruling is Ruling.BETTER
    for each in (gain, loss):
        assert each.found.difference.value is not None
        assert copysign(1, each.found.difference.value) == copysign(1, each.truth)
        assert each.found.verdict in {each.ruling, Ruling.INCONCLUSIVE}


def test_a_verdict_that_is_not_true_is_told(found: Sequence[ContrastResult]) -> None:
    loss = found[1]

    [turned] = compare_with_truth(make_small(), [replace(loss, arm=loss.control, control=loss.arm)])

    assert not turned.is_good
    assert turned.show().endswith("worse, BUT IT IS better")


def test_an_arm_whose_truth_nobody_knows_is_refused() -> None:
    with pytest.raises(SetupError, match=r"arm 'far' is react\(steps_max=20\) with messages; known with steps_max=11"):
        find_truth(Arm("far", {"net": "react(steps_max=20)", "memory": "messages"}), read_truth())


@pytest.mark.parametrize(
    ("difference", "error", "ruling"),
    [
        (0.01, 0.01, Ruling.EQUIVALENT),
        (-0.03, 0.005, Ruling.EQUIVALENT),
        (0.01, 0.02, Ruling.INCONCLUSIVE),
        (0.04, 0.01, Ruling.BETTER),
        (-0.1, 0.01, Ruling.WORSE),
    ],
)
def test_what_is_true_is_known_as_far_as_its_error_lets_it_be(difference: float, error: float, ruling: Ruling) -> None:
    assert judge_truth(difference, error, margin=0.05) is ruling
