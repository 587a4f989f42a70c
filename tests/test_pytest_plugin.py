"""The plugin of pytest: a stored run passes as long as a brain does what it did, and one that changed says what."""

import asyncio
import importlib.util
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.records import ActionFinished, Record
from agent_brain.engine.export import write_export
from agent_brain.stores.memory import MemoryStore

pytest_plugins = ["pytester"]

RUNS = 50
HOUSE = '''
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from agent_brain import ActionState, Brain, ReasoningState, ScriptedModel, SpeakingState, react, tool
from agent_brain.core.state import StateType

CAREFUL, NEXT = "Be careful.", "doubt"


@tool
async def look_up(number: int) -> int:
    """Look a number up."""
    return number * 2


@dataclass(frozen=True)
class Sorting(ActionState):
    async def _transition(self, env):
        env.set_state(NEXT if env.goal.endswith("117?") else self.then, "it is sorted")

    @property
    def targets(self):
        return frozenset({self.then, "doubt", "answer"})


def say(messages):
    last = messages[-1]["content"]
    if "Use no tool" in last:
        return "It is looked up."
    if "Be care" in last:
        return "I doubt it."
    if "<observation" in last or "I doubt it." in str(messages):
        return "I have it."
    number = messages[1]["content"].split()[-1].strip("?")
    return '{"name": "look_up", "args": {"number": ' + number + "}}"


def make_brain(silent=True):
    states = {"action": Sorting(), "doubt": SpeakingState(directive=CAREFUL)}
    moves = {"action": {"reasoning", "doubt", "answer"}, "doubt": {"reasoning"}}
    net = react.extend("sorting", states, moves)
    return Brain(net, model=ScriptedModel([] if silent else say), tools=[look_up])
'''
TESTS = """
from pathlib import Path
import pytest
import house

FILES = sorted(Path(__file__).parent.glob("runs/*.jsonl"))

@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_run(file, replay_run):
    replay_run.sync(file, house.make_brain())
"""
INI = """
[pytest]
filterwarnings = error
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""
Change = Callable[[Record], Record]


def load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("house", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def store_runs(folder: Path, brain: Brain, count: int) -> None:
    for number in range(count):
        await brain.run(f"What is {number + 100}?", run_id=f"run{number}")
        await write_file(folder / f"run{number}.jsonl", brain, f"run{number}")


async def write_file(file: Path, brain: Brain, run_id: str) -> None:
    file.write_text("".join([line async for line in write_export(brain.store, run_id)]))


async def rewrite(file: Path, brain: Brain, run_id: str, change: Change) -> None:
    """The file of a run, with changed records."""
    commits = [commit async for commit in brain.store.read(run_id)]
    changed = [replace(commit, records=tuple(map(change, commit.records))) for commit in commits]
    other = MemoryStore()
    await other.restore(await brain.store.get(run_id), changed, None)
    await write_file(file, Brain(brain.net, model="offline", store=other), run_id)


@pytest.fixture
def stored(pytester: pytest.Pytester) -> tuple[Path, Brain]:
    """A folder with runs, a brain and a test of them."""
    house = pytester.makepyfile(house=HOUSE)
    pytester.makepyfile(test_runs=TESTS)
    pytester.makeini(INI)
    folder = pytester.mkdir("runs")
    brain: Brain = load(house).make_brain(silent=False)
    asyncio.run(store_runs(folder, brain, RUNS))
    return folder, brain


def test_stored_runs_pass(pytester: pytest.Pytester, stored: tuple[Path, Brain]) -> None:
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=RUNS)


def change_result(record: Record) -> Record:
    if isinstance(record, ActionFinished):
        return replace(record, outcome=replace(record.outcome, text="seven"))
    return record


def test_one_changed_tool_result_fails_its_run_alone(pytester: pytest.Pytester, stored: tuple[Path, Brain]) -> None:
    folder, brain = stored
    asyncio.run(rewrite(folder / "run31.jsonl", brain, "run31", change_result))
    found = pytester.runpytest_subprocess("-q")

    found.assert_outcomes(passed=RUNS - 1, failed=1)
    found.stdout.fnmatch_lines(
        [
            "*ReplayDiffers: the replay of run run31 differs",
            "E*step 3 (reasoning), record *: prompt",
            "E*user: <observation*",
            "E*seven*",
            "FAILED test_runs.py::test_run[[]run31[]]*",
        ]
    )


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ('"Be careful."', '"Be careless."', ["E*step 3 (doubt)*: prompt", "E*-Be careful.", "E*+Be careless."]),
        (
            '"doubt"\n',
            '"answer"\n',
            ["E*step 2 (action)*: move", "E*- recorded: it moves to doubt*", "E*+ now: *it moves to answer*"],
        ),
    ],
    ids=["a word of a prompt", "a move"],
)
def test_one_change_of_the_code_fails_the_runs_alone_that_go_there(
    pytester: pytest.Pytester, stored: tuple[Path, Brain], old: str, new: str, lines: list[str]
) -> None:
    house = pytester.path / "house.py"
    house.write_text(HOUSE.replace(old, new))
    found = pytester.runpytest_subprocess("-q")

    found.assert_outcomes(passed=RUNS - 1, failed=1)
    found.stdout.fnmatch_lines(
        ["*the replay of run run17 differs", *lines, "FAILED test_runs.py::test_run[[]run17[]]*"]
    )


def test_a_coroutine_awaits_the_replay_of_a_run_in_a_store(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(house=HOUSE)
    pytester.makeini(INI)
    pytester.makepyfile(
        """
        import house
        import pytest
        from agent_brain import SetupError

        async def test_run(replay_run, tmp_path):
            brain = house.make_brain(silent=False)
            await brain.run("What is 117?", run_id="seven")
            assert (await replay_run("sev", brain)).steps == 5
            assert (await replay_run("seven", house.make_brain(), store=brain.store)).is_same
            with pytest.raises(SetupError, match="no exported run at"):
                await replay_run("seven.jsonl", brain)
        """
    )

    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


def test_pytest_finds_the_plugin_by_itself() -> None:
    found: Any = entry_points(group="pytest11")

    assert "agent_brain.pytest_plugin" in [point.value for point in found]
