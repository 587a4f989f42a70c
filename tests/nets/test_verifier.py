"""Best of N: moves, calls, choice, failures of the evaluator, limits, kills."""

from typing import Any

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, SetupError, Status
from agent_brain.core.evaluating import Score
from agent_brain.core.judgements import find_judgements
from agent_brain.core.usage import Usage
from nets.sampled import Dice
from nets.walking import check_resumes, find_path


def by_number(question: str, answer: str) -> float:
    return float(answer) / 10


def make_brain(*replies: str, net: str = "verifier(samples=4)", **parts: Any) -> Brain:
    return Brain(net=net, **{"model": ScriptedModel(Dice(*replies)), "evaluator": by_number, **parts})


@pytest.mark.parametrize(
    ("replies", "answer"),
    [(["1", "3", "2", "0"], "3"), (["2", "3.0", "3", "1"], "3.0"), (["0", "0.0", "0", "0"], "0")],
)
async def test_the_best_one_is_given_and_of_several_the_first(replies: list[str], answer: str) -> None:
    brain = make_brain(*replies)
    result = await brain.run("?", run_id="r")
    assert (result.answer, result.usage.model_calls) == (answer, 4)
    assert await find_path(brain.store) == ["judge", "select", "answer"]
    assert [found.score.value for found in find_judgements(result.env)] == [float(reply) / 10 for reply in replies]
    (await brain.replay("r")).check()


async def test_one_that_passed_is_better_than_one_of_more_value_that_did_not() -> None:
    judge = lambda _, answer: Score(answer == "2", 0.1 if answer == "2" else 0.9)  # noqa: E731
    assert (await make_brain("1", "2", "3", "4", evaluator=judge).run("?")).answer == "2"


class Paid:
    """An evaluator that asks a model, and can fail at one answer."""

    name, oracle, model_calls = "paid", False, 1

    def __init__(self, fails_at: str = "") -> None:
        self.fails_at = fails_at
        self.asked: list[str] = []

    async def judge(self, question: str, answer: str) -> Score:
        """It takes a call."""
        self.asked.append(answer)
        if answer == self.fails_at:
            raise ValueError("what is this?")
        return Score(False, float(answer) / 10, spent=[("judge", Usage(model_calls=1))])


async def test_what_judging_takes_is_counted_with_what_the_answers_take() -> None:
    result = await make_brain("1", "3", "2", "0", evaluator=Paid()).run("?")
    assert result.usage.model_calls == 4 + 4


async def test_where_one_judgement_fails_those_before_it_are_kept() -> None:
    store = MemoryStore()
    failed = await make_brain("1", "3", "2", "0", evaluator=Paid(fails_at="2"), store=store).run("?", run_id="r")
    (await make_brain(evaluator=Paid(), store=store).replay("r")).check()
    mended = make_brain(evaluator=(paid := Paid()), store=store)
    result = await mended.go_on("r")
    assert "what is this?" in str(failed.error)
    assert (result.answer, paid.asked, result.usage.model_calls) == ("3", ["2", "0"], 4 + 3 + 2)
    (await mended.replay("r")).check()


@pytest.mark.parametrize("calls", range(1, 11))
async def test_the_limit_on_calls_is_kept_with_what_judging_takes(calls: int) -> None:
    model = ScriptedModel(lambda messages: str(len(messages)))
    brain = make_brain(model=model, evaluator=Paid(), limits=Limits(model_calls=calls))
    result = await brain.run("?", run_id="r")
    assert result.usage.model_calls <= calls
    assert result.status is (Status.LIMITED if calls < 9 else Status.ANSWERED)
    (await brain.replay("r")).check()


async def test_a_run_killed_after_any_commit_comes_to_the_same_end() -> None:
    store = MemoryStore()

    def make() -> Brain:
        return make_brain(model=ScriptedModel(lambda messages: str(len(messages))), store=store)

    await check_resumes(make, await make().run("?", run_id="r"))


def test_a_verifier_without_chance_or_evaluator_is_refused() -> None:
    with pytest.raises(SetupError, match="temperature is 0"):
        make_brain(net="verifier(temperature=0)")
    with pytest.raises(SetupError, match="evaluator"):
        Brain("verifier")
