"""Inline thinking is told from words, however the text comes; what speaks of its tags is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.thinking import TAKEN_BACK_MAX, Part, Thinking, Voice
from agent_brain.wires.reply_text import drop_thinking, hide_thinking

THOUGHTS = {
    "<think>hm</think>It is 5.": ("hm", "It is 5."),
    "\n <think>\nhm\n</think>\n\nIt is 5.": ("\nhm\n", "It is 5."),
    "<thinking>hm</thinking> It is 5.": ("hm", "It is 5."),
    "<thought>hm</thought>It is 5.": ("hm", "It is 5."),
    "hm</think>It is 5.": ("hm", "It is 5."),
    "hm\n</think>\n\nIt is 5.": ("hm\n", "It is 5."),
    "hm: is it `5`? </think>\nIt is 5.": ("hm: is it `5`? ", "It is 5."),
    "<think>a</think>\n<think>b</think>\nIt is 5.": ("ab", "It is 5."),
    "<think>a <think> b</think>It is 5.": ("a <think> b", "It is 5."),
    "<think>a\n<think>\nb\n</think>\nc\n</think>\nIt is 5.": ("a\n<think>\nb\nc\n", "It is 5."),
    "<think>I end with '</think>' soon</think>It is 5.": ("I end with '</think>' soon", "It is 5."),
    "<think>```\ncode</think>It is 5.": ("```\ncode", "It is 5."),
    "It is 5.\n<think>or 6?</think>\nNo, 5.": ("or 6?", "It is 5.\n\nNo, 5."),
    "<think>hm": ("hm", ""),
    "<think>hm</thi": ("hm</thi", ""),
    "hm</think>": ("hm", ""),
    "It is 5.\n</think>\n": ("It is 5.\n", ""),
    "<think>hm</think>It is 5.\n</think>\n": ("hm", "It is 5.\n"),
    "<think></think>It is 5.": ("", "It is 5."),
}
"""For each text the thought and the words in it."""
MENTIONS = (
    "The tag <think> opens a block, and </think> closes it.",
    "Write `<think>` first, then `</think>`.",
    "Write `</think>`\nat the end.",
    'It ends with "</think>" and no more.',
    "```\n<think>\nhm\n</think>\n```\nThat is all.",
    "~~~xml\n<think>hm</think>\n~~~",
    "In a list:\n- <think>\n- </think>",
    "a < b, <b>x</b>, </thi and <thin>",
    "It closes with </think>",
    "<",
    "x<",
)
PIECES = st.sampled_from(
    [
        "<think>",
        "</think>",
        "<thinking>",
        "</thinking>",
        "\n",
        " ",
        "a",
        "b.",
        "`",
        "```",
        '"',
        "<",
        "</",
        "think>",
        "{5}",
    ]
)


def sort(text: str, cuts: int) -> tuple[list[Part], Thinking]:
    thinking = Thinking()
    pieces = [text[start : start + cuts] for start in range(0, len(text), cuts)]
    return [part for piece in pieces for part in thinking.feed(piece)] + thinking.close(), thinking


def read(text: str, cuts: int = 10**6) -> tuple[str, str]:
    thought, words = "", ""
    for voice, said in sort(text, cuts)[0]:
        if voice is Voice.TAKEN_BACK:
            thought, words = thought + words, ""
        thought += said if voice is Voice.THOUGHT else ""
        words += said if voice is Voice.WORDS else ""
    return thought, words


@pytest.mark.parametrize("cuts", [1, 2, 5, 100])
@pytest.mark.parametrize(("text", "expected"), THOUGHTS.items())
def test_a_thought_is_told_from_words_wherever_the_text_is_cut(text: str, expected: tuple[str, str], cuts: int) -> None:
    thought, words = read(text, cuts)
    assert (thought, words.lstrip()) == expected


@pytest.mark.parametrize("cuts", [1, 3, 100])
@pytest.mark.parametrize("text", MENTIONS)
def test_a_text_that_speaks_of_the_tags_is_all_words(text: str, cuts: int) -> None:
    assert read(text, cuts) == ("", text)
    assert hide_thinking(text) == drop_thinking(text) == text


@given(st.lists(PIECES, max_size=12).map("".join), st.integers(1, 9))
def test_no_character_is_lost_and_cuts_change_nothing(text: str, cuts: int) -> None:
    assert "".join(said for _, said in sort(text, cuts)[0]) == text
    assert read(text, cuts) == read(text)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_the_words_of_a_text_hold_no_thought_any_more(text: str) -> None:
    words = read(text)[1].lstrip()
    assert read(words) == ("", words)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_hidden_thinking_leaves_all_else_at_its_place(text: str) -> None:
    hidden = hide_thinking(text)
    assert len(hidden) == len(text)
    assert hidden.split() == read(text)[1].split()


def test_what_was_said_before_the_first_tag_counts() -> None:
    thinking = Thinking(["See `", "this "])
    assert thinking.feed("<think> ") == [(Voice.WORDS, "<think>"), (Voice.WORDS, " ")]


def test_words_are_taken_back_a_few_times_and_no_more() -> None:
    parts, _ = sort("a\n</think>\n" * 50, 3)
    assert sum(voice is Voice.TAKEN_BACK for voice, _ in parts) == TAKEN_BACK_MAX
