"""What a tool would answer, and nobody would believe: arguments that come from an earlier step and are no text."""

import re
from collections.abc import Mapping
from typing import Any

ROUNDED_DIGITS_MIN = 12
"""Digits of a broken number from which on it may have been rounded."""

_NUMBER = re.compile(r"[-+]?[\d.,]+(?:e[-+]?\d+)?", re.I)
_DIGIT_TOOLS = frozenset({"sum_digits", "count_in_text", "count_occurrences", "reverse_text", "letter_at", "sort_text"})
_LETTERS = frozenset({"letters", "vowels", "consonants"})


def find_doubt(tool: str, args: Mapping[str, Any]) -> str:
    """Why the tool's answer would mean nothing; empty where nothing speaks against it."""
    text = str(args.get("number", args.get("text", "")))
    if tool not in _DIGIT_TOOLS or not _NUMBER.fullmatch(text):
        return ""
    is_broken = "." in text or "e" in text.lower()
    if is_broken and sum(letter.isdecimal() for letter in text) >= ROUNDED_DIGITS_MIN:
        return f"{text} is rounded, so that its digits say nothing"
    if tool == "count_in_text" and args.get("what") in _LETTERS:
        return f"{text} is a number and has no letters; write it as a word"
    return ""
