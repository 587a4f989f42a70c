"""Letters and words."""

import pytest

from agent_brain.tools.builtin import (
    BUILTIN_TOOLS,
    change_case,
    count_in_text,
    count_occurrences,
    letter_at,
    reverse_text,
    sort_text,
)
from agent_brain.tools.builtin.text import Counted


@pytest.mark.parametrize(
    ("what", "count"),
    [("letters", 10), ("characters", 12), ("words", 2), ("vowels", 3), ("consonants", 7), ("digits", 1), ("lines", 1)],
)
def test_each_kind_of_sign_is_counted(what: Counted, count: int) -> None:
    assert count_in_text("Hello world7", what) == count


def test_an_accent_makes_no_consonant_of_a_vowel_and_a_dash_is_no_word() -> None:
    assert [count_in_text("naïve cafe\u0301", what) for what in ("letters", "vowels", "consonants")] == [9, 5, 4]
    assert count_in_text("don't stop - now", "words") == 3


def test_letters_are_found_by_position_from_both_ends() -> None:
    assert [letter_at("the end", place) for place in (1, 4, -1)] == ["t", "e", "d"]
    with pytest.raises(ValueError, match="has 6 letters"):
        letter_at("the end", 7)
    with pytest.raises(ValueError, match="from 1"):
        letter_at("the end", 0)


def test_a_piece_of_text_is_counted_without_regard_to_case() -> None:
    assert count_occurrences("Strawberry RR", "r") == 5
    with pytest.raises(ValueError, match="empty"):
        count_occurrences("text", "")


def test_texts_are_turned_sorted_and_written_large() -> None:
    assert reverse_text("stressed") == "desserts"
    assert reverse_text("one two", by="words") == "two one"
    assert sort_text("cab, B") == "aBbc"
    assert sort_text("pear Apple", by="words") == "Apple pear"
    assert change_case("hello world", "title") == "Hello World"


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        reverse_text("x" * 100_001)


def test_every_built_in_tool_only_reads_and_has_a_name_of_its_own() -> None:
    assert all(tool.spec.read_only and tool.spec.description for tool in BUILTIN_TOOLS)
    assert len({tool.spec.name for tool in BUILTIN_TOOLS}) == len(BUILTIN_TOOLS) <= 16
