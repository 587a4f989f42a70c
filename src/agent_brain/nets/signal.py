"""Signals: the word by which a reply says what is to come next, read in whatever way a model writes it."""

import re
from collections.abc import Collection

from agent_brain.core.errors import SetupError

_MARKS = r"[\s\"'`*_#>(\[{.-]*+"
"""What models put around words."""
_LABEL = rf"\b(?:verdict|signal|decision){_MARKS}[:=]{_MARKS}"
_ECHO = r"(?![ \t*`\"']*+(?:\bor\b|[|/]))"
"""A word that is followed by other choices is the question said again, and no signal."""


def read_signal(text: str, known: Collection[str]) -> str:
    """Which of these words a reply gives as its verdict, the last one counts; empty where it gives none.

    It stands behind `Verdict:`, or alone on the last line; a word in the middle of a sentence is none.
    """
    if not known:
        raise SetupError("no signals to read; wanted at least one word")
    word = "|".join(sorted((re.escape(each).replace(r"\ ", r"\s+") for each in known), key=len, reverse=True))
    said = [match["word"] for match in re.finditer(rf"{_LABEL}(?P<word>{word})\b{_ECHO}", text, re.IGNORECASE)]
    if not said:
        last = next((line for line in reversed(text.splitlines()) if re.search(r"\w", line)), "")
        alone = re.fullmatch(rf"{_MARKS}(?P<word>{word})\b\W*+", last, re.IGNORECASE)
        said = [alone["word"]] if alone else []
    spelled = {" ".join(each.split()).casefold(): each for each in known}
    return spelled[" ".join(said[-1].split()).casefold()] if said else ""
