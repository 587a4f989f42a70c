"""JSON that is read while it is written: partial values only grow, whatever is written, and reading costs little."""

import json
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from agent_brain.core.answer_type import Grown, has_grown
from agent_brain.wires.answer_type import TypedAnswer, make_answer_type
from agent_brain.wires.growing_json import CHARACTERS_MIN, GROWTH, GrowingJson


class Note(BaseModel):
    title: str
    numbers: list[int | None] = []
    inner: "Note | None" = None


NOTES: st.SearchStrategy[dict[str, Any]] = st.deferred(
    lambda: st.fixed_dictionaries(
        {"title": st.text(max_size=60)},
        optional={"numbers": st.lists(st.integers() | st.none(), max_size=12), "inner": st.none() | NOTES},
    )
)


def watch(answer: TypedAnswer, text: str, size: int) -> list[Any]:
    """The partial values of a text that comes in pieces of this size."""
    growing = answer.watch()
    found = [growing.add(text[start : start + size]) for start in range(0, len(text), size)]
    return [grown.data for grown in found if grown is not None]


@settings(max_examples=300, deadline=None)
@given(NOTES, st.integers(1, 40), st.booleans(), st.sampled_from(["", "Well: {x} [1]\n```json\n"]))
def test_partial_values_only_grow_up_to_the_whole(data: Any, size: int, is_ascii: bool, before: str) -> None:
    text = before + json.dumps(data, ensure_ascii=is_ascii, indent=1 if is_ascii else None)
    values = [*watch(make_answer_type(Note), text, size), data]
    assert all(has_grown(earlier, later) for earlier, later in pairwise(values))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200) | st.text('{}[]",:1e-.ntf\\ ', max_size=200), st.integers(1, 9))
def test_no_text_raises(text: str, size: int) -> None:
    watch(make_answer_type(Note), text, size)
    watch(make_answer_type(list[Note]), text, size)


def test_a_number_is_not_shown_before_it_is_whole() -> None:
    numbers = [12345678901 * number for number in range(1, 100)]
    values = watch(make_answer_type(list[int]), json.dumps({"value": numbers}), 1)
    assert len(values) > 10
    assert all(value == numbers[: len(value)] for value in values)


def test_a_value_that_is_no_beginning_of_the_answer_is_passed_over() -> None:
    text = 'I take {"x": {"y": [1, 2, 3]}} and more of such kinds:\n{"title": "' + "word " * 20 + '"}'
    values = watch(make_answer_type(Note), text, 4)
    assert values
    assert all(value.keys() == {"title"} for value in values)


def test_reading_costs_a_bounded_part_of_the_length() -> None:
    read: list[int] = []

    def choose(data: Any) -> Grown:
        read.append(len(data.get("title", "")))
        return Grown(data)

    growing = GrowingJson(choose)
    text = '{"title": "' + "x" * 200_000 + '"}'
    for letter in text:
        growing.add(letter)
    assert sum(read) < (GROWTH + 1) * len(text) + CHARACTERS_MIN
    assert len(read) > 100
