"""Phrases of words and letters."""

from agent_brain.models.offline.plan import Literal, Node, call
from agent_brain.models.offline.row import Found, Row

_WHAT = "<letters|vowels|consonants|letter|vowel|consonant>"
_ANY = "<letters|characters|chars|words|vowels|consonants|digits|letter|character|word|vowel|consonant|digit>"
_PLURALS = {"chars": "characters", "char": "characters"}
_PRECISE = "<words|word|characters|character|chars>"
"""Of a bare word, such as Hamlet or pi, nobody can know that its letters are meant."""
_CASES = {
    "uppercase": "upper",
    "upper": "upper",
    "capital": "upper",
    "capitals": "upper",
    "caps": "upper",
    "lowercase": "lower",
    "lower": "lower",
    "small": "lower",
    "title": "title",
    "capitalize": "title",
    "capitalise": "title",
}


def _count(text: Node, found: Found) -> Node:
    word = _PLURALS.get(found.word, found.word)
    return call("count_in_text", text=text, what=word if word.endswith("s") else word + "s")


def _cased(text: Node, found: Found) -> Node:
    return call("change_case", text=text, case=_CASES[found.word])


def _sort_letters(found: Found) -> Node:
    """Of several words it is unclear whether they or their letters are meant. Raises: LookupError."""
    text = found["t"]
    if isinstance(text, Literal) and len(str(text.value).split()) > 1 and not found.word:
        raise LookupError
    return call("sort_text", text=text)


_CASE = "<uppercase|upper|capital|capitals|caps|lowercase|lower|small|title>"

TEXTS = (
    Row(
        "n",
        (
            "how (many|often) [*] (does|do|is) [letter] {c:c} (occur|appear|occurs|appears|found|used) in {t:t}",
            "how many [*] [is|are] [letter|letters] {c:c} ['s] [are] [there] in {t:t}",
            "(count|number) [of] [letter|letters] {c:c} ['s] in {t:t}",
            "how many {c:c} ['s] [are|is] [there] in {t:t}",
            "how many {c:c} ['s] does {t:t} (have|contain)",
            "count [all] {c:c} ['s] in {t:t}",
            "occurrences of [letter] {c:c} in {t:t}",
            "(count|number) [of] occurrences of [letter] {c:c} in {t:t}",
        ),
        lambda f: call("count_occurrences", text=f["t"], part=f["c"]),
        "count_occurrences",
    ),
    Row(
        "n",
        (
            f"how many {_WHAT} [are|is] [there] (in|of) {{t:t}}",
            f"how many {_WHAT} (does|do|has|is|are) {{t:t}} [have|contain|long]",
            f"[number|count] [of|all] {_WHAT} (in|of) {{t:t}}",
        ),
        lambda f: _count(f["t"], f),
        "count_in_text",
    ),
    Row(
        "n",
        (
            "how many <digits|digit> [are|is] [there] (in|of) {t:w}",
            "how many <digits|digit> (does|do|has) {t:w} [have|contain]",
            "[number|count] [of|all] <digits|digit> (in|of) {t:w}",
        ),
        lambda f: _count(f["t"], f),
        "count_in_text",
    ),
    Row(
        "n",
        (
            f"how many {_PRECISE} [are|is] [there] (in|of) {{t:x}}",
            f"how many {_PRECISE} (does|do|has|is|are) {{t:x}} [have|contain|long]",
            f"[number|count] [of|all] {_PRECISE} (in|of) {{t:x}}",
        ),
        lambda f: _count(f["t"], f),
        "count_in_text",
    ),
    Row(
        "n",
        (
            f"[count|number] [of] [all] its {_ANY}",
            f"how many {_ANY} [does] [it|that] [have|has|contain|are|there|in]",
            f"count [all] {_ANY}",
        ),
        lambda f: _count(f.previous, f),
        "count_in_text",
    ),
    Row(
        "n",
        ("length of {t:x}", "how long is {t:x}"),
        lambda f: call("count_in_text", text=f["t"], what="characters"),
        "count_in_text",
    ),
    Row("n", ("its length",), lambda f: call("count_in_text", text=f.previous, what="characters"), "count_in_text"),
    Row(
        "t",
        (
            "{o:o} (letter|character) (of|in) {t:t}",
            "(which|what) [is] (letter|character) is {o:o} [one|letter] (in|of) {t:t}",
            "(which|what) is {o:o} (letter|character) (of|in) {t:t}",
            "(letter|character) [number] {o:n} (of|in) {t:t}",
            "{t:t} 's {o:o} letter",
        ),
        lambda f: call("letter_at", text=f["t"], position=f["o"]),
        "letter_at",
    ),
    Row(
        "t",
        ("[which|what] [is] its {o:o} (letter|character)", "{o:o} (letter|character)"),
        lambda f: call("letter_at", text=f.previous, position=f["o"]),
        "letter_at",
    ),
    Row(
        "t",
        ("reverse [order] [of] words (in|of) {t:t}",),
        lambda f: call("reverse_text", text=f["t"], by="words"),
        "reverse_text",
    ),
    Row(
        "t",
        (
            "reverse [letters] [of|in] {t:t}",
            "reversed {t:t}",
            "[spell|write|say|read] {t:t} (backwards|backward|reversed)",
        ),
        lambda f: call("reverse_text", text=f["t"]),
        "reverse_text",
    ),
    Row("t", ("reverse", "reversed", "backwards"), lambda f: call("reverse_text", text=f.previous), "reverse_text"),
    Row(
        "t",
        (
            f"[write|put|turn|convert|change|make|spell] {{t:t}} [in|into|to] {_CASE} [case|letters]",
            "<capitalize|capitalise> {t:t}",
            "<uppercase|lowercase> [of] {t:t}",
            "<upper|lower|title> case [of] {t:t}",
        ),
        lambda f: _cased(f["t"], f),
        "change_case",
    ),
    Row(
        "t",
        (f"[write|put|turn|convert|change|make] [in|into|to] {_CASE} [case|letters]",),
        lambda f: _cased(f.previous, f),
        "change_case",
    ),
    Row(
        "t",
        (
            "sort [all] words [of|in] {t:x} [alphabetically]",
            "sort [all] words [of|in] {t:x} (in|into|by) [alphabetical] [order]",
        ),
        lambda f: call("sort_text", text=f["t"], by="words"),
        "sort_text",
    ),
    Row(
        "t",
        (
            "sort [all] <letters> [of|in] {t:t} [alphabetically]",
            "(sort|alphabetize) {t:t} [alphabetically]",
            "<letters> of {t:t} sorted",
            "<letters> of {t:t} in alphabetical order",
        ),
        _sort_letters,
        "sort_text",
    ),
    Row("t", ("sort its letters", "sort"), lambda f: call("sort_text", text=f.previous), "sort_text"),
)
