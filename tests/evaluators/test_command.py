"""A command as an evaluator."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.evaluators.command import CommandEvaluator
from evaluators.evaluator_contract import EvaluatorContract

CHECK = """
import os, sys
answer = sys.stdin.read()
print(os.environ["AGENT_BRAIN_QUESTION"], "->", answer)
sys.exit(answer != "4")
"""


class TestCommandEvaluator(EvaluatorContract):
    """A command keeps the contract."""

    def make(self) -> Evaluator:
        """One that wants a four, and reads it as bytes."""
        return CommandEvaluator([sys.executable, "-c", "import sys; sys.exit(sys.stdin.buffer.read() != b'4')"])


async def test_a_command_that_ends_with_zero_lets_it_pass() -> None:
    evaluator = CommandEvaluator([sys.executable, "-c", CHECK], name="check")
    right, wrong = await evaluator.judge("2 + 2?", "4"), await evaluator.judge("2 + 2?", "5")
    assert (right.passed, right.value, right.feedback) == (True, 1.0, "2 + 2? -> 4")
    assert (wrong.passed, wrong.feedback) == (False, "2 + 2? -> 5")


async def test_a_command_that_reads_nothing_is_not_waited_for() -> None:
    score = await CommandEvaluator([sys.executable, "-c", "raise SystemExit(3)"]).judge("?", "x" * 1_000_000)
    assert score.feedback == "it ended with 3"


async def test_a_command_that_says_very_much_is_read_in_part() -> None:
    score = await CommandEvaluator([sys.executable, "-c", "print('x' * 1_000_000)"]).judge("?", "")
    assert len(score.feedback) == 2_000


async def test_a_command_and_what_it_started_are_ended_when_their_time_is_over() -> None:
    forks = "import os, time\nos.fork()\nwhile True: time.sleep(1)"
    score = await CommandEvaluator([sys.executable, "-c", forks], seconds=0.5).judge("?", "")
    assert score.feedback == "it did not end within 0.5 s"


async def test_a_command_is_ended_when_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    code = "import os, sys, time\nopen(sys.argv[1], 'w').write(f'{os.getpid()}.')\ntime.sleep(60)"
    judging = asyncio.create_task(CommandEvaluator([sys.executable, "-c", code, str(file)]).judge("?", ""))
    while not (file.exists() and file.read_text().endswith(".")):  # noqa: ASYNC110  # another process writes it
        await asyncio.sleep(0.01)
    judging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await judging
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text().rstrip(".")), 0)


async def test_a_command_that_cannot_be_run_has_given_no_verdict() -> None:
    with pytest.raises(SetupError, match="cannot be started"):
        await CommandEvaluator(["no-such-command-here"]).judge("?", "")
    with pytest.raises(EvaluatorFailed, match="it ended with 127"):
        await CommandEvaluator(["sh", "-c", "no-such-command-here"]).judge("?", "")


def test_a_command_is_a_list_of_words() -> None:
    with pytest.raises(SetupError, match="words in a list"):
        CommandEvaluator("python check.py")
