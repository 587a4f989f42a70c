"""`Result.passed`: an answer that no evaluator let pass is told from one that passed, in results and in stories."""

from typing import Any

import pytest

from agent_brain import Brain, MemoryStore, Result, ScriptedModel, Story
from agent_brain.core.judgements import has_passed
from agent_brain.engine.retention import compact

TRYING = ["retry(tries=2)", "warming(tries=2)", "escalation(tries=2)", "verifier(samples=2)",
          "reflexion(direct, trials=2)", "lats(trajectories=2, branches=1)", "ask(retry(tries=2))"]  # fmt: skip


def is_right(question: str, answer: str) -> bool:
    return answer == "right"


async def ask(net: str, *replies: str, **parts: Any) -> tuple[Result, Story]:
    models = [ScriptedModel(list(replies) or (lambda _: "wrong"), name=name) for name in ("small", "large")]
    brain = Brain(net, model=models if "escalation" in net else models[0], evaluator=is_right, **parts)
    result = await brain.run("?", run_id="r")
    return result, await brain.story("r")


@pytest.mark.parametrize("net", TRYING)
async def test_an_answer_of_which_no_try_has_passed_is_told_from_one_that_has(net: str) -> None:
    result, story = await ask(net)
    assert (result.status, result.answer, result.passed, story.passed) == ("answered", "wrong", False, False)


@pytest.mark.parametrize("net", ["retry(tries=2)", "verifier(samples=2)", "reflexion(direct, memory='none')"])
async def test_an_answer_that_passed_is_said_to_have(net: str) -> None:
    result, story = await ask(net, "wrong", "right")
    assert (result.answer, result.passed, story.passed) == ("right", True, True)


@pytest.mark.parametrize("net", ["direct", "self_consistency", "self_refine(rounds=1)"])
async def test_of_an_answer_that_nobody_judged_nothing_is_said(net: str) -> None:
    result, story = await ask(net)
    assert (result.passed, story.passed) == (None, None)


@pytest.mark.parametrize(
    ("answer", "judged", "passed"),
    [
        ("", [("a", True)], None),
        ("a", [], None),
        ("a", [("a\n", True)], True),
        ("a", [("a", False), ("a", True)], True),
        ("a", [("a", False), ("b", True)], False),
        ("a, changed", [("a", True)], None),
        ("a, changed", [("a", False)], False),
    ],
)
def test_the_answer_is_what_has_to_have_passed(
    answer: str, judged: list[tuple[str, bool]], passed: bool | None
) -> None:
    assert has_passed(answer, judged) is passed


async def test_an_answer_that_a_guard_has_changed_was_not_judged() -> None:
    result, story = await ask("retry", "right", before_answer=lambda text, _: "left")
    assert (result.answer, result.passed, story.passed) == ("left", None, None)


async def test_a_further_question_is_judged_by_itself() -> None:
    replies = iter(["wrong", "wrong", "right"])
    brain = Brain("retry(tries=2)", model=ScriptedModel(lambda _: next(replies)), evaluator=is_right)
    first = await brain.run("?", run_id="first")
    second = await brain.run("Again?", after=first.env, run_id="second")
    assert (first.passed, second.passed, (await brain.story("second")).passed) == (False, True, True)


async def test_a_compacted_run_says_it_too() -> None:
    store = MemoryStore()
    await ask("retry(tries=2)", store=store)
    await compact(store, "r")
    brain = Brain("retry(tries=2)", model=ScriptedModel([]), evaluator=is_right, store=store)
    assert (await brain.story("r")).passed is False
