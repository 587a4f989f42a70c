"""Calls of tools that the phrase tables do not know: named outright, or found by their name and description."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent_brain.models.offline.grammar import KNOWN_TOOLS, Grammar, read_number
from agent_brain.models.offline.operation_tools import is_commutative
from agent_brain.models.offline.plan import Call, Literal, Node
from agent_brain.models.offline.tokens import Kind, Token
from agent_brain.models.offline.transcript import Card
from agent_brain.models.offline.vocabulary import split_words

_VERBS = frozenset(
    split_words("""
    get fetch find look lookup up do run make compute calculate tool of for in my by to show
    """)
)
_CALLING = frozenset({"use", "call", "run", "invoke", "try", "execute"})
_GLUE = frozenset(split_words("with and for on to of tool function , : = is a an using as from by"))
_TELLS_TEXT = frozenset({"in", "for", "of", "at", "about", "to", "named", "called", "on"})
_EMPTY_WORDS = (
    _GLUE
    | _VERBS
    | frozenset(
        split_words("""
        what which who how many much is are was be there it that this please tell me give i you do does can
        """)
    )
)
_CHANGING = frozenset(
    split_words("""
    twice thrice again each every not don't never without except unless + * / // ** % mod minus ! squared cubed square
    why did was were should root half halved double doubled triple tripled dozen reversed negative
    """)
)
"""Beside a tool's name they ask for more, or for something else, than one call of it."""
_HARMLESS = frozenset(",.:;=-?(){}[]")
_NO_NAME = frozenset(split_words("and , or but today tonight tomorrow yesterday now last next"))
_ENDINGS = re.compile(r"(?:ing|ed|es|s|e)$")
NUMERIC = ("number", "integer")
LITERALS_MAX = 40


@dataclass(frozen=True, slots=True)
class _Given:
    """A value in the clause, and where."""

    node: Node
    kind: str
    place: int


class NamedTools:
    """The user's own tools, matched against clauses of one question."""

    def __init__(self, cards: Sequence[Card], grammar: Grammar) -> None:
        self._cards = {card.name.lower(): card for card in cards}
        self._own = [card for card in cards if card.name not in KNOWN_TOOLS]
        self._grammar = grammar
        self._tokens = grammar.layout.tokens

    def read_explicit(self, start: int, end: int) -> Node | None:
        """`use roll with sides=6`, `add(2, 3)`, `call add with {"a": 2}`."""
        first = self._tokens[start]
        calling = first.value in _CALLING and first.kind is Kind.WORD
        for place in range(start, min(start + 5, end)):
            card = self._cards.get(self._tokens[place].value) if self._tokens[place].kind is Kind.WORD else None
            if card is None:
                continue
            opens = place + 1 < end and self._tokens[place + 1].value in ("(", "=")
            if calling or opens:
                is_list = opens and self._is_whole_call(start, place, end)
                if self._asks_for_more(card, start, end) or (opens and not is_list and not calling):
                    return None
                return self._read_json(card, place + 1, end) or self._fit(card, place + 1, end, in_order=is_list)
        return None

    def read_by_name(self, start: int, end: int) -> Node | None:
        """A clause that holds every word of a tool's name, and values for what it requires."""
        if not self._own:
            return None
        stems = {_stem(token.value) for token in self._tokens[start:end] if token.kind is not Kind.QUOTE}
        fitting = [card for card in self._own if _name_stems(card) <= stems]
        return self._first_fit(sorted(fitting, key=lambda card: -len(_name_stems(card))), start, end)

    def read_by_description(self, start: int, end: int) -> Node | None:
        """A clause that shares most of its words with a tool's description, and has values for what it requires."""
        if not self._own:
            return None
        stems = {
            _stem(token.value)
            for token in self._tokens[start:end]
            if token.kind is Kind.WORD and token.value not in _EMPTY_WORDS
        }
        scores = {card.name: len(stems & _card_stems(card)) for card in self._own}
        likely = [card for card in self._own if scores[card.name] >= 2 or 0 < len(stems) <= 2 * scores[card.name]]
        return self._first_fit(sorted(likely, key=lambda card: -scores[card.name]), start, end)

    def _first_fit(self, cards: Sequence[Card], start: int, end: int) -> Node | None:
        for card in cards:
            node = self._fit(card, start, end)
            if node is not None:
                return node
        return None

    def _read_json(self, card: Card, start: int, end: int) -> Node | None:
        text = self._grammar.text[self._tokens[start].start if start < end else 0 : self._tokens[end - 1].end]
        brace = text.find("{")
        if brace < 0:
            return None
        try:
            args, _ = json.JSONDecoder().raw_decode(text[brace:])
        except (ValueError, RecursionError):
            return None
        return (
            Call(card.name, tuple((name, Literal(value)) for name, value in args.items()))
            if isinstance(args, dict)
            else None
        )

    def _is_whole_call(self, start: int, place: int, end: int) -> bool:
        """`what is add(2, 3)`: nothing but courtesies before it, nothing after it."""
        before = {token.value for token in self._tokens[start:place]}
        opens, closes = self._tokens[place + 1].value == "(", self._tokens[end - 1].value == ")"
        return opens and closes and before <= _EMPTY_WORDS | _CALLING

    def _fit(self, card: Card, start: int, end: int, *, in_order: bool = False) -> Node | None:
        """The call, where every required parameter gets a value of its type and no value is left over."""
        given = self._collect(start, end)
        if self._asks_for_more(card, start, end):
            return None
        args: dict[str, Node] = {}
        left = list(given)
        for name in card.properties:
            named = self._find_named(name, left, start)
            if named is not None and _suits(card.properties[name], named):
                args[name] = named.node
                left.remove(named)
        if not in_order and not self._is_order_clear(card, left, args, start, end):
            return None
        for name in (*card.required, *(name for name in card.properties if name not in card.required)):
            if name not in args:
                taken = self._take(card.properties.get(name, {}), left, start, end, required=name in card.required)
                if taken is not None:
                    args[name] = taken
        has_second_half = any(self._tokens[place].value == "and" for place in range(start, end)) and len(given) < 2
        if (
            has_second_half
            or any(name not in args for name in card.required)
            or any(item.kind != "word" for item in left)
        ):
            return None
        return Call(card.name, tuple((name, args[name]) for name in card.properties if name in args))

    def _asks_for_more(self, card: Card, start: int, end: int) -> bool:
        own = set(_words(card.name))
        words = [self._tokens[place].value for place in range(start, end)]
        if "how" in words[:-1] and words[words.index("how") + 1] in ("do", "does", "can", "to", "would"):
            return True
        for place in range(start, end):
            token = self._tokens[place]
            is_sum = token.value == "-" and place > start and self._tokens[place - 1].kind is Kind.NUMBER
            if token.kind is Kind.SIGN and token.value not in _HARMLESS:
                return True
            if token.kind in (Kind.WORD, Kind.SIGN) and (is_sum or token.value in _CHANGING - own):
                return True
        return False

    def _is_order_clear(
        self, card: Card, left: Sequence[_Given], args: Mapping[str, Node], start: int, end: int
    ) -> bool:
        """Numbers without names fit where there is one, and it counts what the tool wants, or where all are alike."""
        free = [item for item in left if item.kind in ("number", "reference")]
        rules = [rule for name, rule in card.properties.items() if name not in args]
        if any(rule.get("type") == "array" for rule in rules):
            return True
        if sum(item.kind == "quote" for item in left) > 1:
            return False
        if not free:
            return True
        known = _EMPTY_WORDS | _CALLING | {"numbers", "number", "together", "value", "values", "i", "want"}
        stems = _card_stems(card) | {_stem(word) for name in card.properties for word in _words(name)}
        if len(free) > 1:
            words = {token.value for token in self._tokens[start:end] if token.kind is Kind.WORD}
            return is_commutative(card) and all(word in known or _stem(word) in stems for word in words)
        after = self._tokens[free[0].place + 1] if free[0].place + 1 < end else None
        named = {_stem(word) for name in card.properties for word in _words(name)}
        return after is None or after.kind is not Kind.WORD or after.value in known or _stem(after.value) in named

    def _take(
        self, rule: Mapping[str, object], left: list[_Given], start: int, end: int, *, required: bool
    ) -> Node | None:
        """The first value left that suits; a required text may also be what stands behind `in`, `for`, `of`."""
        if rule.get("type") == "array":
            nodes = [item.node for item in left if isinstance(item.node, Literal)]
            left.clear()
            return Literal(tuple(node.value for node in nodes)) if nodes else None
        choices = rule.get("enum")
        for item in left:
            if _suits(rule, item) and not isinstance(choices, list):
                left.remove(item)
                return item.node
        if isinstance(choices, list):
            words = {token.value for token in self._tokens[start:end]}
            return next((Literal(choice) for choice in choices if str(choice).lower() in words), None)
        return self._tail_text(start, end) if required and rule.get("type") == "string" else None

    def _tail_text(self, start: int, end: int) -> Node | None:
        places = [place for place in range(start, end - 1) if self._tokens[place].value in _TELLS_TEXT]
        if len(places) != 1:
            return None
        if any(token.value in _NO_NAME for token in self._tokens[places[-1] : end]):
            return None
        first, last = self._tokens[places[-1] + 1], self._tokens[end - 1]
        return Literal(self._grammar.text[first.start : last.end])

    def _find_named(self, name: str, left: Sequence[_Given], start: int) -> _Given | None:
        """The value behind `sides=`, `sides`, `sides is`."""
        for item in left:
            before = [token.value for token in self._tokens[max(start, item.place - 2) : item.place]]
            while before and before[-1] in ("=", "is", ":", "of", "as"):
                before.pop()
            if before and before[-1] in (name.lower(), name.lower().replace("_", "-")):
                return item
        return None

    def _collect(self, start: int, end: int) -> list[_Given]:
        given: list[_Given] = []
        place = start
        while place < end and len(given) < LITERALS_MAX:
            token = self._tokens[place]
            node = _literal(token)
            minus = place > start and self._tokens[place - 1].value in ("-", "minus") and token.kind is Kind.NUMBER
            if node is not None:
                value = -node.value if minus and isinstance(node.value, int | float) else node.value
                given.append(_Given(Literal(value), token.kind.value, place))
            elif token.kind is Kind.WORD and token.value in ("it", "that", "result") and self._grammar.earlier:
                given.append(_Given(self._grammar.earlier[-1], "reference", place))
            elif token.kind is Kind.WORD and token.value in ("true", "false"):
                given.append(_Given(Literal(token.value == "true"), "boolean", place))
            elif token.kind is Kind.WORD and place > start and self._tokens[place - 1].value == "=":
                given.append(_Given(Literal(self._grammar.text[token.start : token.end]), "quote", place))
            place += 1
        return given


def _literal(token: Token) -> Literal | None:
    if token.kind is Kind.NUMBER:
        return Literal(read_number(token.value))
    if token.kind in (Kind.QUOTE, Kind.DATE):
        return Literal(token.value)
    return None


def _suits(rule: Mapping[str, object], item: _Given) -> bool:
    kind = rule.get("type")
    if kind in NUMERIC:
        return item.kind in ("number", "reference")
    if kind == "boolean":
        return item.kind == "boolean"
    return kind not in ("array", "object")


def _stem(word: str) -> str:
    return _ENDINGS.sub("", word) if len(word) > 3 else word


def _words(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", text)]


def _name_stems(card: Card) -> set[str]:
    words = _words(card.name)
    return {_stem(word) for word in words if word not in _VERBS} or {_stem(word) for word in words}


def _card_stems(card: Card) -> set[str]:
    return {_stem(word) for word in _words(f"{card.name} {card.description[:500]}") if word not in _EMPTY_WORDS}
