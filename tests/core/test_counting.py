"""Numbers of things in words: one of them has no plural."""

import pytest

from agent_brain.core.counting import count


@pytest.mark.parametrize(
    ("number", "noun", "told"),
    [
        (0, "call", "0 calls"),
        (1, "call", "1 call"),
        (2, "try", "2 tries"),
        (1, "try", "1 try"),
        (1200, "day", "1,200 days"),
        (2, "branch", "2 branches"),
    ],
)
def test_one_thing_is_told_as_one(number: int, noun: str, told: str) -> None:
    assert count(number, noun) == told
