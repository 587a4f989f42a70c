"""A user's function as the evaluator of a task."""

import os
from pathlib import Path

import pytest

from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.core.evaluating import Evaluator, Score
from agent_brain.core.run_evaluating import judge_run
from agent_brain.evaluators.run_function import make_function
from evaluators.evaluator_contract import EvaluatorContract
from evaluators.run_evaluator_contract import Place, make_env

SOURCE = """
def same(answer, right): return answer == right
def long(question, answer, data): return len(answer) / data["length"]
def brief(env): return len(env.log) < 4, "too long"
async def there(answer, state): return state == answer
def odd(reply): return True
def blind(question): return True
def slow(env): import threading; threading.Event().wait(60)
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    place = tmp_path / "mine.py"
    place.write_text(SOURCE)
    return str(place)


class TestFunction(EvaluatorContract):
    """One of the answer and the right one keeps the contract."""

    @pytest.fixture(autouse=True)
    def place(self, file: str) -> None:
        self.file = file

    def make(self) -> Evaluator:
        """One that compares."""
        return make_function("4", {}, f"{self.file}:same")


async def test_one_that_hangs_over_a_run_does_not_hold_up_the_loop(file: str) -> None:
    slow = make_function(None, {}, f"{file}:slow", seconds=0.05)

    with pytest.raises(EvaluatorFailed, match=r"it has said nothing within 0\.05 s"):
        await judge_run(slow, "?", make_env())


async def test_it_is_given_what_it_asks_for_by_name(file: str) -> None:
    assert await make_function("4", {"length": 4}, f"{file}:long").judge("?", "12") == Score(False, 0.5)
    brief = make_function(None, {}, f"{file}:brief", oracle=False)
    assert (await judge_run(brief, "?", make_env())).passed
    assert await judge_run(brief, "?", make_env([("a", {})] * 3)) == Score(False, 0.0, "too long")
    assert brief.oracle is False
    there = make_function(None, {}, f"{file}:there")
    assert (await judge_run(there, "?", make_env(answer="here"), Place("here"))).passed


def test_a_file_is_run_once_for_all_tasks_until_it_is_written_anew(tmp_path: Path) -> None:
    file, traces = tmp_path / "traced.py", tmp_path / "traces"
    trace = f"with open({str(traces)!r}, 'a') as file: file.write('run ')"
    source = f"{trace}\ndef same(answer, right): return answer == right\n"
    file.write_text(source)
    for right in ("4", "5"):
        make_function(right, {}, f"{file}:same")
    assert traces.read_text() == "run "
    file.write_text(source)
    os.utime(file, (1, 1))
    make_function("4", {}, f"{file}:same")
    assert traces.read_text() == "run run "


@pytest.mark.parametrize(
    ("name", "told"),
    [("odd", "takes reply; wanted parameters out of question"), ("blind", "takes neither the answer nor the run"),
     ("none", "has no 'none'")],
)  # fmt: skip
def test_a_function_that_asks_for_something_else_is_refused(file: str, name: str, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        make_function("4", {}, f"{file}:{name}")
