"""JSON as an answer."""

from typing import Any

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.core.evaluating import Evaluator
from agent_brain.evaluators.json_value import make_json
from evaluators.evaluator_contract import EvaluatorContract


class TestJson(EvaluatorContract):
    """It keeps the contract."""

    good = '{"b": [2], "a": 1.0}'
    bad = '{"a": 1}'

    def make(self) -> Evaluator:
        """One that knows an object."""
        return make_json({"a": 1, "b": [2]})


@pytest.mark.parametrize(
    ("right", "answer", "is_right"),
    [
        ({"a": 1}, 'First {"a": 2}, no:\n```json\n{"a": 1}\n```', True),
        ({"a": 1}, '{"a": true}', False),
        ({"a": None}, "{}", False),
        ([1, 2], "[2, 1]", False),
        ("[1, 2]", "[1, 2.0]", True),
        ("Paris", '"Paris"', True),
        (4, "4.0", True),
        (True, "1", False),
        ({"a": "x"}, '{"a": "X"}', False),
    ],
)
async def test_values_are_compared_and_not_their_layout(right: Any, answer: str, is_right: bool) -> None:
    assert (await make_json(right).judge("?", answer)).passed is is_right


async def test_more_keys_than_the_right_ones_may_be_let_pass() -> None:
    found = '{"a": {"b": 1, "c": 2}, "d": 3}'
    assert (await make_json({"a": {"b": 1}}, part=True).judge("?", found)).passed
    assert not (await make_json({"a": {"b": 2}}, part=True).judge("?", found)).passed


def test_no_answer_to_compare_with_is_refused() -> None:
    with pytest.raises(SetupError, match="it has none"):
        make_json(None)
