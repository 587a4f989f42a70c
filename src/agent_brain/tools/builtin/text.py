"""Text and letters for models, which see tokens and not letters."""

import unicodedata
from collections.abc import Callable
from typing import Literal

from agent_brain.tools.function_tool import tool

TEXT_CHARACTERS_MAX = 100_000
VOWELS = frozenset("aeiouAEIOU")

Counted = Literal["letters", "characters", "words", "vowels", "consonants", "digits", "lines"]
Case = Literal["upper", "lower", "title"]
Pieces = Literal["letters", "words"]


@tool(read_only=True)
def count_in_text(text: str, what: Counted = "letters") -> int:
    """Count the letters, characters, words, vowels, consonants, digits or lines of a text.

    Args:
        text: The text.
        what: letters, characters (everything, spaces too), words, vowels (a e i o u, with any accent), consonants,
            digits or lines.
    """
    if what not in _COUNTS:
        raise ValueError(f"cannot count {what!r}; known: {', '.join(_COUNTS)}")
    return _COUNTS[what](_bounded(text))


@tool(read_only=True)
def count_occurrences(text: str, part: str) -> int:
    """Count how often a letter or a piece of text occurs in a text, upper and lower case alike, without overlaps.

    Args:
        text: The text to search.
        part: The letter or piece of text to look for.
    """
    if not part:
        raise ValueError("`part` is empty; give a letter or a piece of text")
    return _bounded(text).casefold().count(part.casefold())


@tool(read_only=True)
def letter_at(text: str, position: int) -> str:
    """The letter at a position of a text: 1 is the first, -1 the last; spaces and signs are not counted.

    Args:
        text: The text.
        position: Which letter, from 1, or from -1 backwards.
    """
    letters = [sign for sign in _bounded(text) if sign.isalnum()]
    if position == 0 or abs(position) > len(letters):
        raise ValueError(
            f"the text has {len(letters)} letters; positions go from 1 to {len(letters)}, or from -1 backwards"
        )
    return letters[position - 1 if position > 0 else position]


@tool(read_only=True)
def reverse_text(text: str, by: Pieces = "letters") -> str:
    """Turn a text round, letter by letter or word by word.

    Args:
        text: The text.
        by: letters or words.
    """
    return " ".join(reversed(_bounded(text).split())) if by == "words" else _bounded(text)[::-1]


@tool(read_only=True)
def change_case(text: str, case: Case) -> str:
    """Write a text in capital letters, in small letters, or with a capital at the head of each word.

    Args:
        text: The text.
        case: upper, lower or title.
    """
    if case not in _CASES:
        raise ValueError(f"no case called {case!r}; known: {', '.join(_CASES)}")
    return _CASES[case](_bounded(text))


@tool(read_only=True)
def sort_text(text: str, by: Pieces = "letters") -> str:
    """Put the letters (without spaces and signs) or the words of a text in alphabetical order.

    Args:
        text: The text.
        by: letters or words.
    """
    if by == "words":
        return " ".join(sorted(_bounded(text).split(), key=lambda word: (word.casefold(), word)))
    return "".join(
        sorted((sign for sign in _bounded(text) if sign.isalnum()), key=lambda sign: (sign.casefold(), sign))
    )


def _bounded(text: str) -> str:
    if len(text) > TEXT_CHARACTERS_MAX:
        raise ValueError(f"the text has {len(text)} characters, at most {TEXT_CHARACTERS_MAX} are read")
    return text


def _letters(text: str) -> list[str]:
    return [sign for sign in unicodedata.normalize("NFC", text) if sign.isalpha()]


def _is_vowel(letter: str) -> bool:
    return unicodedata.normalize("NFD", letter)[0] in VOWELS


_COUNTS: dict[str, Callable[[str], int]] = {
    "letters": lambda text: len(_letters(text)),
    "characters": len,
    "words": lambda text: sum(any(sign.isalnum() for sign in piece) for piece in text.split()),
    "vowels": lambda text: sum(_is_vowel(letter) for letter in _letters(text)),
    "consonants": lambda text: sum(not _is_vowel(letter) for letter in _letters(text)),
    "digits": lambda text: sum(sign.isdecimal() for sign in text),
    "lines": lambda text: len(text.splitlines()),
}
_CASES: dict[str, Callable[[str], str]] = {"upper": str.upper, "lower": str.lower, "title": str.title}
