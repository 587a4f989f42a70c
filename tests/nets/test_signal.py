"""Signals are read in whatever way a model writes them, and nowhere else."""

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.nets.signal import read_signal

KNOWN = ("accept", "revise", "go on")


@pytest.mark.parametrize(
    "text",
    [
        "It is fine.\nVerdict: accept",
        "**Verdict:** Accept.",
        "Verdict: **ACCEPT**",
        "verdict = `accept` (nothing to change)",
        '{"points": [], "verdict": "accept"}',
        "- Verdict: accept, as it stands",
        "It is fine.\n\nAccept.\n",
        "It is fine.\n> **accept**",
        "Verdict: revise\nNo: I was wrong.\nVerdict: accept",
    ],
)
def test_a_verdict_is_found_however_it_is_written(text: str) -> None:
    assert read_signal(text, KNOWN) == "accept"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot accept this, as it is wrong.",
        "I would accept\nif the sum were right.",
        "Verdict: not accept",
        "The verdict is that one may accept it.",
        "Verdict: accept or revise?",
        "Verdict: accept | revise",
        "accept\nbut see above",
    ],
)
def test_a_word_in_the_middle_is_no_verdict(text: str) -> None:
    assert read_signal(text, KNOWN) == ""


def test_of_several_words_the_known_one_is_given_as_it_is_known() -> None:
    assert read_signal("Verdict: Go  ON", KNOWN) == "go on"


def test_a_text_of_marks_alone_takes_no_time() -> None:
    assert read_signal("verdict " + "*" * 100_000, KNOWN) == ""


def test_without_words_to_look_for_it_says_so() -> None:
    with pytest.raises(SetupError, match="wanted at least one word"):
        read_signal("Verdict: accept", ())
