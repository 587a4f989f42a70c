"""JudgeState: verdicts on the board, moves by them, failures of the evaluator, replay."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from agent_brain import Brain, ScriptedModel, Status
from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.core.evaluating import Score
from agent_brain.core.judgements import find_judgements, find_oracles
from agent_brain.core.net import Net
from agent_brain.core.usage import Usage
from agent_brain.engine.limits import Limits
from agent_brain.evaluators.function import FunctionEvaluator
from agent_brain.nets.answering import QuotedAnswerState
from agent_brain.nets.judging import JudgeState
from agent_brain.nets.speaking import SpeakingState
from agent_brain.stores.memory import MemoryStore


def make_net(visits: int = 3) -> Net:
    """A net that says something, and says something else while that is not good."""
    states = {
        "attempt": SpeakingState(directive="Say something.", then="judge"),
        "judge": JudgeState(visits=visits),
        "answer": QuotedAnswerState(),
    }
    return Net("judged", states, start="attempt")


def is_four(question: str, answer: str) -> tuple[bool, str]:
    return "4" in answer, f"{answer} is not what {question!r} asks for"


async def test_an_answer_that_passes_is_given() -> None:
    brain = Brain(net=make_net(), model=ScriptedModel(["3", "4"]), evaluator=is_four)

    result = await brain.run("2 + 2?")

    assert result.answer == "4"
    assert [(found.by, found.oracle, found.score.passed) for found in find_judgements(result.env)] == [
        ("is_four", False, False),
        ("is_four", False, True),
    ]
    assert find_judgements(result.env)[0].score.feedback == "3 is not what '2 + 2?' asks for"


async def test_the_last_answer_is_given_when_the_tries_are_used_up() -> None:
    brain = Brain(net=make_net(visits=2), model=ScriptedModel(["3", "5"]), evaluator=is_four)
    assert (await brain.run("2 + 2?")).answer == "5"


async def test_an_oracle_is_written_down() -> None:
    judge = FunctionEvaluator(is_four, oracle=True)
    result = await Brain(net=make_net(), model=ScriptedModel(["4"]), evaluator=judge).run("2 + 2?")
    assert find_oracles(result.env) == ["is_four"]
    assert (
        find_judgements(result.env)[0].describe()
        == "is_four (an oracle): it passed (1): 4 is not what '2 + 2?' asks for"
    )


async def test_a_replay_does_not_ask_the_evaluator_again() -> None:
    asked: list[str] = []

    def judge(question: str, answer: str) -> Score:
        asked.append(answer)
        return Score(len(asked) == 2, 0.5, "so so", spent=[("judge", Usage(model_calls=1, input_tokens=7))])

    brain = Brain(net=make_net(), model=ScriptedModel(["3", "4"]), evaluator=judge)
    result = await brain.run("2 + 2?", run_id="r")
    (await brain.replay("r")).check()

    assert asked == ["3", "4"]
    assert (result.usage.model_calls, result.usage.input_tokens > 14) == (4, True)


async def test_a_replay_says_that_the_evaluator_is_another_one() -> None:
    store = MemoryStore()
    await Brain(net=make_net(), model=ScriptedModel(["4"]), evaluator=is_four, store=store).run("2 + 2?", run_id="r")
    other = Brain(net=make_net(), model=ScriptedModel([]), evaluator=lambda _, __: True, store=store)
    replay = await other.replay("r")
    assert replay.difference is not None
    assert "is_four" in replay.text()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("perhaps", "an evaluator said 'perhaps'; wanted true or false"),
        (1.5, "an evaluator said 1.5; wanted"),
        (Score(True, float("nan")), "wanted true or false"),
        (ZeroDivisionError("by zero"), "ZeroDivisionError: by zero"),
        (asyncio.CancelledError(), "it was cancelled from within"),
    ],
)
async def test_an_evaluator_that_fails_has_given_no_verdict(said: object, why: str) -> None:
    def judge(question: str, answer: str) -> object:
        if isinstance(said, BaseException):
            raise said
        return said

    store = MemoryStore()
    broken = Brain(net=make_net(), model=ScriptedModel(["4"]), evaluator=judge, store=store)
    failed = await broken.run("2 + 2?", run_id="r")

    assert isinstance(failed.error, EvaluatorFailed)
    assert why in str(failed.error)
    assert not find_judgements(failed.env)
    (await broken.replay("r")).check()
    mended = Brain(net=make_net(), model=ScriptedModel([]), evaluator=is_four, store=store)
    assert (await mended.go_on("r")).answer == "4"
    (await mended.replay("r")).check()


@dataclass
class Counting:
    """An evaluator that asks a model, as limits see it."""

    name: str = "counting"
    oracle: bool = False
    model_calls: int = 1
    asked: list[str] = field(default_factory=list)

    async def judge(self, question: str, answer: str) -> Score:
        """It takes a call."""
        self.asked.append(answer)
        return Score(False, spent=[("judge", Usage(model_calls=1))])


@pytest.mark.parametrize(("calls", "asked"), [(2, 0), (3, 1), (4, 1), (5, 2)])
async def test_what_an_evaluator_asks_of_models_is_kept_within_the_limit(calls: int, asked: int) -> None:
    counting = Counting()
    model = ScriptedModel([str(number) for number in range(9)])
    brain = Brain(net=make_net(), model=model, evaluator=counting, limits=Limits(model_calls=calls))

    result = await brain.run("2 + 2?")

    assert result.status is Status.LIMITED
    assert (result.usage.model_calls <= calls, len(counting.asked)) == (True, asked)


async def test_a_run_left_after_any_commit_comes_to_the_same_end() -> None:
    store = MemoryStore()
    model = ScriptedModel(lambda messages: str(len(messages)))
    brain = Brain(net=make_net(), model=model, evaluator=is_four, store=store)
    whole = await brain.run("2 + 2?", run_id="r")
    async with aclosing(store.read("r")) as commits:
        heads = [commit.last async for commit in commits]
    for head in heads[:-1]:
        result = await brain.go_on(await brain.fork("r", head))
        assert (result.answer, find_judgements(result.env)) == (whole.answer, find_judgements(whole.env)), head


def test_a_net_that_needs_an_evaluator_is_refused_without() -> None:
    with pytest.raises(SetupError, match=r"Brain\(evaluator=...\)"):
        Brain(net=make_net())
    with pytest.raises(SetupError, match="visits is 0"):
        JudgeState(visits=0)
