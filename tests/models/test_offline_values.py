"""Answers of a type by the embedded model: plain values where it has them, else a word about what it can."""

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import WrongAnswer


@dataclass
class Outcome:
    result: float


@dataclass
class Pair:
    first: int
    second: int


@pytest.mark.parametrize(
    ("kind", "question", "value"),
    [
        (int, "What is 2 + 3?", 5),
        (float, "What is 7 / 2?", 3.5),
        (Outcome, "What is 7 / 2?", Outcome(3.5)),
        (bool, "Is 2026 a leap year?", False),
        (str, "What is 'abc' reversed?", "cba"),
        (list[int], "What is 2+3, and what is 4*5?", [5, 20]),
        (int | None, "What is 2 + 3?", 5),
        ({"type": "number", "maximum": 10}, "What is 2 + 3?", 5),
    ],
)
async def test_what_it_has_worked_out_is_given_as_a_plain_value(kind: Any, question: str, value: Any) -> None:
    brain = Brain(model="offline", tools=["builtin"], answer_type=kind)
    assert (await brain.run(question)).value == value


@pytest.mark.parametrize(
    ("kind", "question"), [(Pair, "What is 2 + 3?"), (int, "Who is the king?"), (Literal["a"], "What is 2 + 3?")]
)
async def test_any_other_value_is_refused_with_what_it_can(kind: Any, question: str) -> None:
    result = await Brain(model="offline", tools=["builtin"], answer_type=kind, answer_repairs_max=0).run(question)
    with pytest.raises(WrongAnswer):
        _ = result.value
