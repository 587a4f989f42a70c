"""The state of a world at the end of a run."""

from collections.abc import Sequence
from typing import Any

import pytest

from agent_brain.core.errors import EvaluatorFailed, SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.core.items import Action
from agent_brain.evaluators.final_state import FinalState
from evaluators.run_evaluator_contract import Place, RunEvaluatorContract, make_env


class Counter(Place):
    """A world that counts what is done in it."""

    closed = 0

    def __init__(self) -> None:
        super().__init__({"count": 0})

    async def repeat(self, actions: Sequence[Action]) -> None:
        """Count them."""
        self.state = {"count": self.state["count"] + len(actions)}

    async def aclose(self) -> None:
        """Count that too."""
        type(self).closed += 1


class TestFinalState(RunEvaluatorContract):
    """It keeps the contract."""

    good = (make_env(), Place({"orders": {"1": "sent"}}))
    bad = (make_env(), Place({"orders": {"1": "open"}}))

    def make(self) -> Evaluator:
        """One that knows the state."""
        return FinalState({"state": {"orders": {"1": "sent"}}}, None)


async def test_where_the_right_actions_lead_is_found_in_a_world_of_their_own_which_is_closed() -> None:
    evaluator = FinalState({"actions": [{"name": "a"}, {"name": "b", "args": {}}]}, Counter)
    closed = Counter.closed
    assert (await evaluator.judge_run("?", make_env(), Place({"count": 2}))).passed
    assert not (await evaluator.judge_run("?", make_env(), Place({"count": 1}))).passed
    assert Counter.closed == closed + 2


async def test_a_part_of_the_state_can_be_all_that_counts() -> None:
    right = {"state": {"orders": {"1": "sent"}}}
    world = Place({"orders": {"1": "sent", "2": "open"}, "users": {}})
    assert (await FinalState(right, None, part=True).judge_run("?", make_env(), world)).passed
    assert not (await FinalState(right, None).judge_run("?", make_env(), world)).passed


@pytest.mark.parametrize(("answer", "passed"), [("It is $1,200, Ann.", True), ("It is 12 00.", False)])
async def test_texts_have_to_be_told_in_an_answer(answer: str, passed: bool) -> None:
    score = await FinalState({"told": ["1200", "ANN"]}, None).judge_run("?", make_env(answer=answer), None)
    assert score.passed is passed


async def test_a_trial_without_a_world_has_no_score() -> None:
    with pytest.raises(EvaluatorFailed, match="the trial had none"):
        await FinalState({"state": {}}, None).judge_run("?", make_env(), None)


@pytest.mark.parametrize("right", [None, "sent", {}, {"status": "sent"}])
def test_what_says_no_state_is_refused(right: Any) -> None:
    with pytest.raises(SetupError, match="wanted an object with state, actions, told"):
        FinalState(right, None)


def test_actions_without_a_world_are_refused() -> None:
    with pytest.raises(SetupError, match="no world to carry them out in"):
        FinalState({"actions": []}, None)
