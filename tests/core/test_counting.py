"""Numbers of things in words: one of them has no plural."""

import pytest

from agent_brain.core.counting import count, name_some


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


def test_a_few_names_are_told_and_the_others_counted() -> None:
    assert name_some(["a", "b"], 2) == "a, b"
    assert name_some({name: "" for name in "abcde"}, 2) == "a, b and 3 more"
