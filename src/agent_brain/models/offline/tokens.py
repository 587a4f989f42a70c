"""A question as tokens: numbers, dates, quoted texts, words and signs, each with its place in the text.

What is written in a way that is not known here becomes a sign that no phrase holds, so that the question is declined
and not worked out without it.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from agent_brain.models.offline.vocabulary import MONTHS, ORDINALS, WHOLES, read_number_words

NUMBER_WORDS_MAX = 12


class Kind(StrEnum):
    """What a token is."""

    NUMBER = "number"
    DATE = "date"
    MONTH = "month"
    """A month of a year, without a day."""
    QUOTE = "quote"
    ORDINAL = "ordinal"
    WORD = "word"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `value` is its canonical form: `2026-03-14`, `1500`, `km`, `**`."""

    kind: Kind
    value: str
    start: int
    end: int


_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_PATTERN = re.compile(
    rf"""
    (?P<iso>\b\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}}\b)
    |(?P<dotted>\b\d{{1,2}}\.\d{{1,2}}\.\d{{4}}\b)
    |(?P<dmy>\b\d{{1,2}}(?:st|nd|rd|th)?\ (?:of\ )?(?:{_MONTH})\b\.?,?\ \d{{4}}\b)
    |(?P<mdy>\b(?:{_MONTH})\b\.?\ \d{{1,2}}(?:st|nd|rd|th)?,?\ \d{{4}}\b)
    |(?P<my>\b(?:{_MONTH})\b\.?,?\ (?:of\ )?\d{{4}}\b)
    |(?P<quote>"[^"\n]*"|“[^”\n]*”|«[^»\n]*»|`[^`\n]*`|(?<!\w)['\u2018][^'\u2019\n]*['\u2019](?!\w))
    |(?P<odd>0[xbo][\da-f]+\b|\d{{1,2}}[-/]\d{{1,2}}[-/][12]\d{{3}}\b|\d+:\d+)
    |(?P<ordinal>\b\d{{1,3}}(?:st|nd|rd|th)\b)
    |(?P<number>\d(?:[\d.,_]*\d)?(?:e[+-]?\d{{1,3}}\b)?|\.\d+)
    |(?P<word>[^\W\d_][\w]*(?:['\u2019-][^\W\d_]\w*)*'?)
    |(?P<sign>\*\*|//|[-+*/%^()!?.,;:=\u00d7÷\u2212\u2013\u2014\[\]{{}}])
    |(?P<other>\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SIGNS = {"\u00d7": "*", "\u00f7": "/", "\u2212": "-", "\u2013": "-", "\u2014": ",", "^": "**"}
_PLAIN_NUMBER = re.compile(r"\d{1,3}(?:[,_]\d{3})+(?:\.\d+)?|\d*\.?\d+(?:e[+-]?\d+)?", re.I)
_LISTED_NUMBERS = re.compile(r"[\d.]+(?:,[\d.]+){2,}")
_SILENT = "\u00bf\u00a1\u2026\u2122\u00a9\u00ae\ufe0f"
_EMOJI_SIGNS = {"\u2795": "+", "\u2796": "-", "\u2797": "/", "\u2716": "*"}
_PARTS = {"half": Fraction(1, 2), "quarter": Fraction(1, 4)}
_PHRASES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("raised", "to", "the", "power", "of"), "**"),
    (("to", "the", "power", "of"), "**"),
    (("raised", "to", "the", "power"), "**"),
    (("to", "the", "power"), "**"),
    (("multiplied", "by"), "*"),
    (("divided", "by"), "/"),
    (("plus",), "+"),
    (("minus",), "minus"),
    (("times",), "*"),
    (("over",), "/"),
    (("modulo",), "mod"),
    (("percent",), "%"),
    (("per", "cent"), "%"),
)


def tokenize(text: str) -> list[Token]:
    """The tokens of a text, in one pass; emoji, and a currency that is the only one, are left out."""
    tokens: list[Token] = []
    depth = 0
    has_one_currency = len({letter for letter in text if unicodedata.category(letter) == "Sc"}) == 1
    for match in _PATTERN.finditer(text):
        found = [] if match.lastgroup == "other" and _is_silent(match, has_one_currency) else _read(match, depth)
        depth += sum((token.value == "(") - (token.value == ")") for token in found if token.kind is Kind.SIGN)
        tokens.extend(found)
    return _join(tokens)


def _read(match: re.Match[str], depth: int) -> list[Token]:
    kind, text, start, end = match.lastgroup or "", match.group(), match.start(), match.end()
    if kind in ("iso", "dotted", "dmy", "mdy", "my"):
        return [Token(Kind.MONTH if kind == "my" else Kind.DATE, _read_date(kind, text), start, end)]
    if kind == "quote":
        return [Token(Kind.QUOTE, text[1:-1], start, end)]
    if kind == "ordinal":
        return [Token(Kind.ORDINAL, text[:-2], start, end)]
    if kind == "number":
        return _read_numbers(text, start, depth)
    if kind in ("sign", "odd", "other"):
        return [Token(Kind.SIGN, _SIGNS.get(text) or _EMOJI_SIGNS.get(text, text), start, end)]
    return _read_word(text, start)


def _read_numbers(text: str, start: int, depth: int) -> list[Token]:
    """Commas part arguments in `max(100,200)` and a list in `3,4,5`; a lone one, as in `3,5`, could mean two things."""
    if "," not in text or (depth == 0 and (_PLAIN_NUMBER.fullmatch(text) or not _LISTED_NUMBERS.fullmatch(text))):
        return [_as_number(text, start)]
    return [
        Token(Kind.SIGN, ",", start + part.start(), start + part.end())
        if part.group() == ","
        else _as_number(part.group(), start + part.start())
        for part in re.finditer(r"[^,]+|,", text)
    ]


def _as_number(text: str, start: int) -> Token:
    """A number, or, as `1..2` and `1.000,5`, a sign that fits nowhere."""
    if _PLAIN_NUMBER.fullmatch(text):
        return Token(Kind.NUMBER, text.replace(",", "").replace("_", ""), start, start + len(text))
    return Token(Kind.SIGN, text, start, start + len(text))


def _is_silent(match: re.Match[str], has_one_currency: bool) -> bool:
    """True for a character that says nothing of what is asked."""
    letter = match.group()
    if letter == "\u00b0":
        return match.string[match.end() : match.end() + 1] in ("C", "F", "K")
    if letter in _EMOJI_SIGNS:
        return False
    category = unicodedata.category(letter)
    if category == "Sc":
        return has_one_currency
    is_emoji = "\u2600" <= letter <= "\u27bf" or letter >= "\U0001f000"
    return letter in _SILENT or category in ("Cc", "Cf") or (is_emoji and category in ("So", "Sk"))


def _read_word(text: str, start: int) -> list[Token]:
    """`today's` is two tokens, and so is `what's`."""
    value = text.lower().replace("\u2019", "'").rstrip("'")
    if value.endswith("'s") and len(value) > 2:
        cut = start + len(value) - 2
        tail = "is" if value[:-2] in ("what", "that", "it", "when", "which") else "'s"
        return [Token(Kind.WORD, value[:-2], start, cut), Token(Kind.WORD, tail, cut, cut + 2)]
    return [Token(Kind.WORD, value, start, start + len(value))]


def _read_date(kind: str, text: str) -> str:
    """ISO, without a look at the calendar: a date that does not exist is for the tool to refuse."""
    numbers = [int(part) for part in re.findall(r"\d+", text)]
    if kind == "iso":
        year, month, day = numbers
    elif kind == "dotted":
        day, month, year = numbers
    else:
        name = next(word for word in re.findall(r"[a-z]+", text.lower()) if word in MONTHS)
        year, month, day = numbers[-1], MONTHS[name], numbers[0] if len(numbers) > 1 else 1
    return f"{year:04}-{month:02}-{day:02}"


def _join(tokens: list[Token]) -> list[Token]:
    """Number words become numbers, ordinal words ordinals, `divided by` a sign; articles fall away."""
    joined: list[Token] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        words = [item.value if item.kind is Kind.WORD else "" for item in tokens[place : place + NUMBER_WORDS_MAX]]
        value, used = read_number_words(words)
        sign, length = _find_phrase(words)
        if token.kind is Kind.NUMBER or used:
            used = used or 1
            number, extra = _read_fraction(str(value) if words[0] else token.value, words[used:])
            used += extra
            joined.append(
                Token(Kind.NUMBER if number else Kind.SIGN, number, token.start, tokens[place + used - 1].end)
            )
        elif length:
            joined.append(Token(Kind.SIGN, sign, token.start, tokens[place + length - 1].end))
        elif token.kind is not Kind.WORD or token.value != "the":
            joined.append(_as_ordinal(token))
        place += used or length or 1
    return joined


def _read_fraction(number: str, words: list[str]) -> tuple[str, int]:
    """`5` before `and a half` is 5.5; before `and a third`, which no decimal gives, it is nothing that can be read."""
    if words[:2] not in (["and", "a"], ["and", "one"]) or len(words) < 3:
        return number, 0
    if words[2] in _PARTS:
        return str(float(Fraction(number) + _PARTS[words[2]])), 3
    return ("", 3) if words[2] in ORDINALS else (number, 0)


def _find_phrase(words: list[str]) -> tuple[str, int]:
    for phrase, sign in _PHRASES:
        if tuple(words[: len(phrase)]) == phrase:
            return sign, len(phrase)
    return "", 0


def _as_ordinal(token: Token) -> Token:
    if token.kind is Kind.WORD and token.value in ORDINALS and ORDINALS[token.value]:
        return Token(Kind.ORDINAL, str(ORDINALS[token.value]), token.start, token.end)
    if token.kind is Kind.WORD and token.value in WHOLES and token.value != "half":
        return Token(Kind.NUMBER, str(WHOLES[token.value]), token.start, token.end)
    return token
