"""Tests of the code in an answer, in a child process."""

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.evaluators.code_tests import CodeTests, find_code
from evaluators.evaluator_contract import EvaluatorContract

ADD = "Here it is:\n```python\ndef add(a, b):\n    return a + b\n```\nIt adds."
TESTS = ["assert add(1, 2) == 3", "assert add('a', 'b') == 'ab'"]


class TestCodeTests(EvaluatorContract):
    """Tests of code keep the contract."""

    good = "def add(a, b): return a + b"
    bad = "def add(a, b): return a - b"

    def make(self) -> Evaluator:
        """The tests of this file."""
        return CodeTests(TESTS)


async def test_code_that_passes_all_tests_passes() -> None:
    score = await CodeTests(TESTS).judge("Add.", ADD)
    assert (score.passed, score.value, score.feedback) == (True, 1.0, "")


async def test_the_value_is_the_share_of_tests_that_pass_and_the_feedback_tells_the_others() -> None:
    score = await CodeTests([*TESTS, "assert add(2, 2) == 5, 'four'"]).judge("Add.", ADD)
    assert (score.passed, round(score.value, 2)) == (False, 0.67)
    assert "1 of 3 tests fail" in score.feedback
    assert "assert add(2, 2) == 5, 'four': AssertionError: four" in score.feedback


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("def add(a, b:", "the code cannot be run: "),
        ("raise SystemExit(0)", "SystemExit"),
        ("import os; os._exit(0)", "ended the process it was tested in (exit status 0)"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "(signal 9)"),
        ("x = [0] * 10**10", "MemoryError"),
        ("print('[]'); import sys; sys.stdout.flush(); import os; os._exit(0)", "ended the process"),
    ],
)
async def test_code_that_does_not_stay_to_be_tested_does_not_pass(code: str, why: str) -> None:
    score = await CodeTests(TESTS, memory_mb=512).judge("Add.", code)
    assert (score.passed, score.value) == (False, 0.0)
    assert why in score.feedback


async def test_code_that_never_ends_is_ended() -> None:
    score = await CodeTests(TESTS, seconds=0.5).judge("Add.", "while True: pass")
    assert score.feedback == "the code and its tests did not end within 0.5 s"


async def test_the_code_sees_no_variables_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hunter22")
    score = await CodeTests(["assert 'OPENAI_API_KEY' not in env"]).judge("?", "import os\nenv = dict(os.environ)")
    assert score.passed


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("x = 1", "x = 1"),
        ("```\nx = 1\n```", "x = 1\n"),
        ("```sh\nls\n```\n```py\nx = 1\n```\nand\n```python\ny = 2\n```", "x = 1\n\ny = 2\n"),
        ("```python\nx = 1", "x = 1"),
    ],
)
def test_the_code_is_found_in_the_answer(answer: str, code: str) -> None:
    assert find_code(answer) == code


@pytest.mark.parametrize("tests", [[], "assert True", ["assert ("]])
def test_tests_that_cannot_be_run_are_refused(tests: list[str]) -> None:
    with pytest.raises(SetupError):
        CodeTests(tests)
