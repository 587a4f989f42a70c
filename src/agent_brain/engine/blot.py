"""Blots values out of texts, however they are spelled there: plain, in JSON, in JSON inside of JSON, in a URL."""

import re
from collections.abc import Iterable

from agent_brain.core.hidden import HIDDEN

WORD_CHARACTERS = 4
"""A shorter value is found as a word of its own only."""
LINE_CHARACTERS_MIN = 8
"""A line of a longer text, such as a key's, is a secret by itself from this length on."""
_LETTERS = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}
_ESCAPED = "\"'/\\"
_PLAIN = re.compile(r"[A-Za-z0-9]+")
BACKSLASH = r"(?:\\|%5[cC]|\\u005[cC])"


class Blot:
    """Hides values in texts; what only a part of them is left of goes with them."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = frozenset(part for value in values for part in _split(value))
        self._patterns = [(_find_anchor(value), _compile(value)) for value in self.values]

    def hide(self, text: str) -> str:
        """The text without them: where several overlap, all of what they cover is gone."""
        spans = self.find(text)
        return cut_out(text, spans) if spans else text

    def find(self, text: str) -> list[tuple[int, int]]:
        """Where in the text they stand, in order; these places may overlap."""
        spans: list[tuple[int, int]] = []
        for anchor, pattern in self._patterns:
            if anchor in text:
                spans += [match.span(1) for match in pattern.finditer(text)]
        return sorted(spans)


def cut_out(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with a placeholder for what stands at these places."""
    parts, end = [], 0
    for first, last in spans:
        if first >= end:
            parts += [text[end:first], HIDDEN]
        end = max(end, last)
    return "".join([*parts, text[end:]])


def _split(value: str) -> list[str]:
    """The value and, where it has several lines, the telling ones of them."""
    lines = [line.strip() for line in value.strip().splitlines()]
    telling = [line for line in lines if len(line) >= LINE_CHARACTERS_MIN and not line.startswith("-----")]
    return [part for part in (value.strip(), *(telling if len(lines) > 1 else ())) if part]


def _find_anchor(value: str) -> str:
    """The longest part of it that every spelling has: without it in a text, nothing has to be searched for."""
    return max(_PLAIN.findall(value), key=len, default="")


def _compile(value: str) -> re.Pattern[str]:
    """Matches begin at every place, so that what overlaps is found; no quantifier gives anything back."""
    body = "".join(f"(?:{'|'.join(map(''.join, spellings))})" for spellings in spell(value))
    return re.compile(f"(?=({body}))" if len(value) >= WORD_CHARACTERS else rf"(?=(?<!\w)({body})(?!\w))")


def spell(value: str) -> list[list[list[str]]]:
    """For each character of a value all that may stand for it; a spelling is a list of patterns, one for each sign."""
    spelled: list[list[list[str]]] = []
    is_after_backslash = False
    for character in value:
        if character == "\\":
            spelled += [] if is_after_backslash else [[[f"{BACKSLASH}++"]]]
        else:
            spelled.append(_spell(character, "*+" if is_after_backslash else "++"))
        is_after_backslash = character == "\\"
    return spelled


def _spell(character: str, some: str) -> list[list[str]]:
    """All that may stand for a character; `some` says how many backslashes an escape has."""
    import html  # on first use: an import need not wait for it

    if _PLAIN.fullmatch(character):
        return [[character]]
    encoded = character.encode("utf-16-be", "surrogatepass")
    units = [encoded[place : place + 2].hex() for place in range(0, len(encoded), 2)]
    spellings = [
        [re.escape(character)],
        [sign for unit in units for sign in (rf"\\{some}", "u", *(f"(?i:{digit})" for digit in unit))],
    ]
    if character in _ESCAPED:
        spellings.append([r"\\++", re.escape(character)])
    if character in _LETTERS:
        spellings.append([rf"\\{some}", _LETTERS[character]])
    octets = [f"{byte:02x}" for byte in character.encode(errors="surrogatepass")]
    spellings.append([sign for octet in octets for sign in ("%", f"(?i:{octet[0]})", f"(?i:{octet[1]})")])
    if character == " ":
        spellings.append([r"\+"])
    if html.escape(character) != character:
        spellings.append([re.escape(sign) for sign in html.escape(character)])
    return spellings
