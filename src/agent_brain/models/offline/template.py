"""Phrase templates: `number of days (between|from) {a:d} (and|to) {b:d}` as elements that are laid over tokens.

A word stands for itself, `(a|b)` for either, `[a]` and `[a|b]` may be missing, `<a|b>` is either and remembered,
`{name:kind}` is a slot that some span of tokens must fill.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent_brain.models.offline.tokens import Kind, Token

_ELEMENT = re.compile(r"\{(\w+):(\w)\}|(\S+)")


@dataclass(frozen=True, slots=True)
class Word:
    """One of these words must, or may, stand here."""

    words: frozenset[str]
    is_optional: bool = False
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A span of one token or more, to be read as this kind."""

    name: str
    kind: str


Element = Word | Slot


@dataclass(frozen=True, slots=True)
class Match:
    """Where the slots lie, and the word that was kept."""

    spans: tuple[tuple[Slot, int, int], ...] = ()
    kept: str = ""


def compile_template(text: str) -> tuple[Element, ...]:
    """The elements of a template."""
    elements: list[Element] = []
    for name, kind, word in _ELEMENT.findall(text):
        if name:
            elements.append(Slot(name, kind))
        else:
            bare = word[1:-1] if len(word) > 2 and word[0] in "([<" else word
            elements.append(
                Word(frozenset(bare.split("|")), word[0] == "[" and len(word) > 1, word[0] == "<" and len(word) > 1)
            )
    return tuple(elements)


class Layout:
    """Lays templates over the tokens of one question; spans are cut only outside parentheses."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self._depths = _measure_depths(tokens)
        self.tries = 0

    def is_word(self, place: int, word: Word) -> bool:
        """True where the token is one of the words."""
        token = self.tokens[place]
        return token.kind in (Kind.WORD, Kind.SIGN) and token.value in word.words

    def depth_at(self, place: int) -> int:
        """How many parentheses are open before this token."""
        return self._depths[place]

    def find(self, elements: Sequence[Element], start: int, end: int, *, rightmost: bool) -> Iterator[Match]:
        """Every way in which the elements cover the span, the rightmost or the leftmost cut first."""
        self.tries += 1
        if not elements:
            if start == end:
                yield Match()
            return
        head, rest = elements[0], elements[1:]
        if isinstance(head, Word):
            yield from self._find_word(head, rest, start, end, rightmost)
            return
        for cut in self._cuts(rest, start, end, rightmost):
            for match in self.find(rest, cut, end, rightmost=rightmost):
                yield Match(((head, start, cut), *match.spans), match.kept)

    def _find_word(self, head: Word, rest: Sequence[Element], start: int, end: int, rightmost: bool) -> Iterator[Match]:
        if start < end and self.is_word(start, head):
            for match in self.find(rest, start + 1, end, rightmost=rightmost):
                yield Match(match.spans, self.tokens[start].value) if head.is_kept else match
        if head.is_optional:
            yield from self.find(rest, start, end, rightmost=rightmost)

    def _cuts(self, rest: Sequence[Element], start: int, end: int, rightmost: bool) -> Iterator[int]:
        if not rest:
            if start < end:
                yield end
            return
        head = rest[0]
        self.tries += (end - start) // 8
        level = self._depths[start] if start < end else 0
        places = range(end, start, -1) if rightmost else range(start + 1, end + 1)
        for cut in places:
            if cut < end and self._depths[cut] != level:
                continue
            if isinstance(head, Slot) or head.is_optional or (cut < end and self.is_word(cut, head)):
                yield cut


def _measure_depths(tokens: Sequence[Token]) -> list[int]:
    """How many parentheses are open before each token."""
    depths, depth = [], 0
    for token in tokens:
        depth -= token.value == ")" and token.kind is Kind.SIGN
        depths.append(depth)
        depth += token.value == "(" and token.kind is Kind.SIGN
    return depths
