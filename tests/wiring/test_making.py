"""Parts are made by whatever can be called."""

from dataclasses import dataclass

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.wiring.making import call_maker


@dataclass
class Doubling:
    """A maker that no dictionary takes as a key: it is equal to others of its kind."""

    factor: int = 2

    def __call__(self, number: int) -> int:
        return self.factor * number


@pytest.mark.parametrize("factor", [2, 3])
def test_a_maker_may_be_an_object_that_has_no_hash(factor: int) -> None:
    assert call_maker("part", "double(4)", Doubling(factor), [4], {}) == factor * 4


def halve(number: int) -> float:
    return number / 2


def test_what_a_maker_does_not_take_is_told_each_time() -> None:
    for value in ("four", "five"):
        with pytest.raises(SetupError, match=f"number is '{value}'; wanted a whole number"):
            call_maker("part", "halve", halve, [value], {})
