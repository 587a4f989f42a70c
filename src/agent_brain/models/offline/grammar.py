"""Reads a span of tokens as a value of some kind: the rows of the phrase tables, applied from the top down."""

from collections.abc import Callable, Mapping

from agent_brain.models.offline.plan import Literal, Node, Operation, Several, operation
from agent_brain.models.offline.row import KINDS, Found, Row
from agent_brain.models.offline.rows_dates import DATES
from agent_brain.models.offline.rows_numbers import CONTINUATIONS, FUNCTIONS, INFIX
from agent_brain.models.offline.rows_text import TEXTS
from agent_brain.models.offline.rows_units import UNITS
from agent_brain.models.offline.template import Layout, Match
from agent_brain.models.offline.tokens import Kind
from agent_brain.models.offline.word_lists import (
    ANGULAR,
    ANNOUNCING,
    FUNCTION_NAMES,
    GREEDY,
    LOOSE,
    NAMES_OF_MORE,
    NOT_TEXT,
    NOUNS,
    POINTERS,
    PRONOUNS,
    UNIT_STOPS,
)

ROWS: tuple[Row, ...] = (*INFIX, *DATES, *TEXTS, *FUNCTIONS, *UNITS, *CONTINUATIONS)
KNOWN_TOOLS = frozenset(row.tool for row in ROWS) | {"calculate"}
"""Tools that the phrase tables know by name; any other is the user's own."""

TRIES_MAX = 40_000
"""Work for one question; beyond it the rest counts as not understood."""
DEPTH_MAX = 40
LITERAL_WORDS_MAX = 5
UNIT_WORDS_MAX = 4


class Grammar:
    """The reading of one question; `earlier` are the values that `it` and `the first result` may mean."""

    def __init__(self, text: str, tools: frozenset[str], layout: Layout) -> None:
        self.text = text
        self.layout = layout
        self.earlier: tuple[Node, ...] = ()
        self.this_question = 0
        self._rows: Mapping[str, list[Row]] = {
            kind: [row for row in ROWS if row.kind in kinds and (not row.tool or row.tool in tools)]
            for kind, kinds in KINDS.items()
        }
        self._memo: dict[tuple[int, int, str], Node | None] = {}
        self._depth = 0
        self._special: Mapping[str, Callable[[int, int], Node | None]] = {
            "l": self._read_list,
            "s": self._read_simple,
            "w": self._read_tight,
            "u": self._read_unit,
            "o": self._read_ordinal,
            "y": self._read_year,
            "m": self._read_month,
            "c": self._read_piece,
        }

    def begin_step(self, earlier: tuple[Node, ...], this_question: int) -> None:
        """Set what the pronouns of the next clause mean: values in order, so many of them from this question."""
        self.earlier, self.this_question = earlier, this_question
        self._memo.clear()

    def read(self, start: int, end: int, kind: str) -> Node | None:
        """The span as a value of this kind, or None."""
        if start >= end or self.layout.tries > TRIES_MAX or self._depth > DEPTH_MAX:
            return None
        key = (start, end, kind)
        if key not in self._memo:
            self._memo[key] = None
            self._depth += 1
            special = self._special.get(kind)
            self._memo[key] = special(start, end) if special else self._read(start, end, kind)
            self._depth -= 1
        return self._memo[key]

    def _read(self, start: int, end: int, kind: str) -> Node | None:
        tokens = self.layout.tokens
        if tokens[start].value == "(" and self._closes(start) == end - 1:
            return self.read(start + 1, end - 1, kind)
        node = self._read_atom(start, end, kind) or self._refer(start, end) or self._read_function(start, end, kind)
        if node is None and not (kind == "t" and end - start == 1):
            node = self._read_rows(start, end, kind)
        if node is None and kind in "tx":
            node = self._read_literal_text(start, end, is_bare_known=kind == "t")
        return node or (self._read_rows(start, end, kind) if kind == "t" and end - start == 1 else None)

    def _read_rows(self, start: int, end: int, kind: str) -> Node | None:
        for row in self._rows[kind]:
            for template in row.templates:
                for match in self.layout.find(template, start, end, rightmost=row.rightmost):
                    node = self._build(row, match)
                    if node is not None:
                        return node
                    if self.layout.tries > TRIES_MAX:
                        return None
        return None

    def _build(self, row: Row, match: Match) -> Node | None:
        if row.rightmost and self._cuts_a_phrase(match):
            return None
        slots: dict[str, Node] = {}
        for slot, start, end in sorted(match.spans, key=lambda span: span[2] - span[1]):
            node = self.read(start, end, slot.kind)
            if node is None:
                return None
            slots[slot.name] = node
        try:
            return row.build(Found(slots, match.kept, self.earlier))
        except LookupError:
            return None

    def _cuts_a_phrase(self, match: Match) -> bool:
        """`add 5 to 3 * 4` and `root of 9+16` are no product and no sum: what stands before the sign is a phrase."""
        _, start, end = next(span for span in match.spans if span[0].name == "a")
        tokens, level = self.layout.tokens, self.layout.depth_at(start)
        if tokens[start].value == "(" and self._closes(start) == end - 1:
            return False
        words = {
            tokens[place].value
            for place in range(start, end)
            if tokens[place].kind is Kind.WORD
            and self.layout.depth_at(place) == level
            and not (tokens[place].value in FUNCTION_NAMES and self._is(place + 1, "("))
        } - {"pi", "e", "x"}
        is_glued = tokens[end - 1].end == tokens[end].start and tokens[end].end == tokens[end + 1].start
        return bool(words) and (is_glued or (end - start > 2 and not GREEDY.isdisjoint(words)))

    def _read_atom(self, start: int, end: int, kind: str) -> Node | None:
        """A single token, or a percentage."""
        token = self.layout.tokens[start]
        if end - start == 2 and kind in "na" and self._is(end - 1, "%") and token.kind is Kind.NUMBER:
            return operation("%", read_number(token.value))
        if end - start != 1:
            return None
        is_word = token.kind is Kind.WORD
        match token.kind:
            case Kind.NUMBER if kind in "na":
                return Literal(read_number(token.value))
            case Kind.DATE | Kind.MONTH if kind in "da":
                return Literal(token.value)
            case Kind.QUOTE if kind in "tx":
                return Literal(token.value)
            case Kind.NUMBER | Kind.DATE if kind in "tx":
                return Literal(self.text[token.start : token.end] if kind == "t" else token.value)
        return Literal(token.value) if is_word and kind in "na" and token.value in ("pi", "e") else None

    def _read_function(self, start: int, end: int, kind: str) -> Node | None:
        """`max(3, 4)`, as calculators write it."""
        name = self.layout.tokens[start].value
        if kind not in "na" or name not in FUNCTION_NAMES or not self._is(start, name) or end - start < 4:
            return None
        if not self._is(start + 1, "(") or self._closes(start + 1) != end - 1:
            return None
        inside = self.read(start + 2, end - 1, "l") or self.read(start + 2, end - 1, "n")
        if name in ANGULAR and isinstance(inside, Literal) and isinstance(inside.value, int | float) and inside.value:
            return None
        return operation(name, inside) if inside is not None else None

    def _refer(self, start: int, end: int) -> Node | None:
        """`it`, `that number`, `the first result`, `the previous answer`."""
        tokens = self.layout.tokens[start:end]
        head, tail = tokens[0], tokens[-1]
        if len(tokens) == 1 and head.value in PRONOUNS and head.kind is Kind.WORD:
            return self.earlier[-1] if self.earlier else None
        if len(tokens) != 2 or tail.value not in NOUNS or not self.earlier:
            return None
        if head.value in POINTERS:
            return self.earlier[-1]
        if head.kind is Kind.ORDINAL and tail.value in ("result", "answer", "number", "value", "one", "step"):
            return self._refer_to_place(int(head.value))
        return None

    def _refer_to_place(self, place: int) -> Node | None:
        values = self.earlier[-self.this_question :] if self.this_question else self.earlier
        index = place - 1 if place > 0 else len(values) + place
        return values[index] if 0 <= index < len(values) else None

    def _read_literal_text(self, start: int, end: int, *, is_bare_known: bool) -> Node | None:
        """Unquoted text: a word, or, after `the word`, a few that are none of those that hold a question together."""
        tokens = self.layout.tokens
        if tokens[start].value in ANNOUNCING and tokens[start].kind is Kind.WORD and end - start > 1:
            inside = self._read_atom(start + 1, end, "t")
            return inside if isinstance(inside, Literal) else self._take_words(start + 1, end)
        is_word = end - start == 1 and tokens[start].kind is Kind.WORD and tokens[start].value not in NAMES_OF_MORE
        has_article = self.text[: tokens[start].start].lower().endswith("the ")
        return self._take_words(start, end) if is_bare_known and is_word and not has_article else None

    def _take_words(self, start: int, end: int) -> Node | None:
        words = self.layout.tokens[start:end]
        if len(words) > LITERAL_WORDS_MAX or any(
            token.kind is Kind.SIGN and token.value not in "-," for token in words
        ):
            return None
        if any(token.value in NOT_TEXT and token.kind is Kind.WORD for token in words):
            return None
        if any(token.kind is Kind.QUOTE for token in words):
            return None
        return Literal(self.text[words[0].start : words[-1].end])

    def _read_simple(self, start: int, end: int) -> Node | None:
        """What `squared` can stand behind: `3`, `(3 + 4)`, `it`, but not `the sum of 3 and 4`."""
        if self.layout.tokens[start].value == "(":
            return self.read(start, end, "n") if self._closes(start) == end - 1 else None
        return self._read_atom(start, end, "n") or self._refer(start, end) or self._read_function(start, end, "n")

    def _read_list(self, start: int, end: int) -> Node | None:
        """`3, 4 and 5`: the longest first part that is a number, then the rest."""
        rest: Node | None
        for cut in range(end - 1, start, -1):
            if not (self._is(cut, "and") or self._is(cut, ",") or self._is(cut, "or")):
                continue
            head = self.read(start, cut, "n")
            follow = cut + 2 if self._is(cut, ",") and cut + 1 < end and self._is(cut + 1, "and") else cut + 1
            rest = (self.read(follow, end, "l") or self.read(follow, end, "n")) if head is not None else None
            if rest is not None and not isinstance(rest, Several) and self._is_loose(rest, follow, end, spelled=True):
                return None
            if head is not None and rest is not None:
                return Several((head, *(rest.parts if isinstance(rest, Several) else (rest,))))
        return None

    def _read_tight(self, start: int, end: int) -> Node | None:
        """`2**15` and `12+34`, but not `12 + 34`, of which only the first may be meant; or something quoted."""
        if end - start == 1 and self.layout.tokens[start].kind is Kind.QUOTE:
            return Literal(self.layout.tokens[start].value)
        if self.layout.tokens[start].value in ("pi", "e"):
            return None
        node = self.read(start, end, "n")
        return None if node is None or self._is_loose(node, start, end, spelled=False) else node

    def _is_loose(self, node: Node, start: int, end: int, *, spelled: bool) -> bool:
        """True for arithmetic in words, or with spaces, that parentheses do not hold together."""
        if not isinstance(node, Operation) or node.sign not in LOOSE or len(node.parts) < 2:
            return False
        if self.layout.tokens[start].value == "(" and self._closes(start) == end - 1:
            return False
        text = self.text[self.layout.tokens[start].start : self.layout.tokens[end - 1].end]
        return any(letter.isalpha() if spelled else letter.isspace() for letter in text)

    def _read_unit(self, start: int, end: int) -> Node | None:
        words = self.layout.tokens[start:end]
        if len(words) > UNIT_WORDS_MAX:
            return None
        if any(token.value in UNIT_STOPS or token.kind not in (Kind.WORD, Kind.SIGN) for token in words):
            return None
        if words[0].kind is Kind.SIGN or any(
            token.kind is Kind.SIGN and token.value not in ("/", "**") for token in words
        ):
            return None
        return Literal(self.text[words[0].start : words[-1].end])

    def _read_ordinal(self, start: int, end: int) -> Node | None:
        token = self.layout.tokens[start]
        return Literal(int(token.value)) if end - start == 1 and token.kind is Kind.ORDINAL else None

    def _read_year(self, start: int, end: int) -> Node | None:
        token = self.layout.tokens[start]
        if end - start == 2 and token.value == "year":
            return self._read_year(start + 1, end)
        if end - start == 1 and token.kind is Kind.NUMBER and token.value.isdigit() and len(token.value) <= 4:
            return Literal(int(token.value))
        return self._refer(start, end)

    def _read_month(self, start: int, end: int) -> Node | None:
        token = self.layout.tokens[start]
        return Literal(token.value) if end - start == 1 and token.kind in (Kind.MONTH, Kind.DATE) else None

    def _read_piece(self, start: int, end: int) -> Node | None:
        """What is counted inside a text: something quoted, or a single letter."""
        token = self.layout.tokens[start]
        if end - start != 1 or not (token.kind is Kind.QUOTE or (token.kind is Kind.WORD and len(token.value) == 1)):
            return None
        return Literal(token.value)

    def _is(self, place: int, value: str) -> bool:
        token = self.layout.tokens[place]
        return token.value == value and token.kind in (Kind.WORD, Kind.SIGN)

    def _closes(self, start: int) -> int:
        depth = 0
        for place in range(start, len(self.layout.tokens)):
            depth += self._is(place, "(") - self._is(place, ")")
            if depth == 0:
                return place
        return -1


def read_number(text: str) -> int | float:
    """A number literal, whole where it is written so."""
    try:
        return int(text) if len(text) <= 400 else float(text)
    except ValueError:
        return float(text)
