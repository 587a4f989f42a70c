"""What every evaluator promises; the tests of one inherit this class."""

import asyncio

import pytest

from agent_brain.core.evaluating import Evaluator, Score
from agent_brain.wiring.needs import make_evaluator

ODD = ["", " ", "\0", "\ud800", "null", "```", "{" * 1_000, "x" * 300_000, "\u202e\U0001f600"]


class EvaluatorContract:
    """`make` gives one that lets `good` pass as an answer to `question`, and `bad` not."""

    question = "?"
    good = "4"
    bad = "5"

    def make(self) -> Evaluator:
        """A fresh one."""
        raise NotImplementedError

    def test_it_is_an_evaluator_with_a_name(self) -> None:
        evaluator = self.make()
        assert make_evaluator(evaluator) is evaluator
        assert isinstance(evaluator.name, str)
        assert evaluator.name
        assert isinstance(evaluator.oracle, bool)

    async def test_it_tells_good_from_bad(self) -> None:
        evaluator = self.make()
        good, bad = [await evaluator.judge(self.question, answer) for answer in (self.good, self.bad)]
        assert (good.passed, bad.passed) == (True, False)
        assert bad.value < good.value

    async def test_it_judges_several_at_the_same_time(self) -> None:
        evaluator = self.make()
        answers = [self.good, self.bad] * 4
        scores = await asyncio.gather(*(evaluator.judge(self.question, answer) for answer in answers))
        assert [score.passed for score in scores] == [True, False] * 4

    @pytest.mark.parametrize("answer", ODD, ids=range(len(ODD)))
    async def test_an_odd_answer_does_not_pass_and_is_no_failure(self, answer: str) -> None:
        score = await self.make().judge(self.question, answer)
        assert isinstance(score, Score)
        assert not score.passed, f"it lets {answer!r:.40} pass; where that is right, this test is overridden"
        assert 0 <= score.value < 1

    @pytest.mark.parametrize("question", ODD, ids=range(len(ODD)))
    async def test_an_odd_question_is_no_failure(self, question: str) -> None:
        assert isinstance(await self.make().judge(question, self.bad), Score)
