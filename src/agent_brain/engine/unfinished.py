"""Finds where a text ends in what may become a secret with what comes next, however it is spelled there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent_brain.engine.blot import BACKSLASH, WORD_CHARACTERS, spell

SPELLED_CHARACTERS_MAX = 16
"""How long the spelling of one character may be: no more of a text than this for each of a secret is held back."""
_BEGUN_BACKSLASH = f"{BACKSLASH}*+(?:%5?)?"


@dataclass(frozen=True, slots=True)
class _Sign:
    """One character of a secret."""

    whole: Sequence[re.Pattern[str]]
    begun: re.Pattern[str]
    """Matches what may become one of its spellings, and is none yet."""


class Unfinished:
    """Values whose beginnings are looked for at the end of a text."""

    def __init__(self, values: Iterable[str]) -> None:
        spelled = [(spell(value), len(value)) for value in values]
        self._values = [(list(map(_make_sign, signs)), length) for signs, length in spelled]
        self._reach = max((length for _, length in spelled), default=0) * SPELLED_CHARACTERS_MAX
        firsts = {spelling[0] for signs, _ in spelled for spelling in signs[0]}
        self._first = re.compile(f"(?={'|'.join(sorted(firsts) or '(?!)')})")
        """Where one of them may begin."""

    def find(self, text: str) -> int:
        """From where on the text may become one of them; its length where nothing of it may."""
        for match in self._first.finditer(text, max(0, len(text) - self._reach)):
            if any(_is_begun(signs, length, text, match.start()) for signs, length in self._values):
                return match.start()
        return len(text)


def _is_begun(signs: Sequence[_Sign], length: int, text: str, start: int) -> bool:
    """True where all that follows is the beginning of the value.

    All ways to read it are followed at once. A short value, which counts as a word of its own only, is not over before
    the next character has come.
    """
    places = {start}
    for sign in signs:
        if any(place == len(text) or sign.begun.fullmatch(text, place) for place in places):
            return True
        matches = [whole.match(text, place) for place in places for whole in sign.whole]
        places = {match.end() for match in matches if match is not None}
        if not places:
            return False
    return length < WORD_CHARACTERS and len(text) in places


def _make_sign(spellings: list[list[str]]) -> _Sign:
    whole = [re.compile("".join(signs)) for signs in spellings]
    if spellings == [[f"{BACKSLASH}++"]]:
        return _Sign(whole, re.compile(_BEGUN_BACKSLASH))
    return _Sign(whole, re.compile("|".join(_begin(signs) for signs in spellings)))


def _begin(signs: list[str]) -> str:
    """Matches any beginning of a spelling but the whole of it."""
    body = ""
    for sign in reversed(signs[:-1]):
        body = f"(?:{sign}{body})?"
    return body
