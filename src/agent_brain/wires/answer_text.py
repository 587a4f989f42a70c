"""The values that a reply may mean as its answer, found anywhere in it, the likeliest first."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from agent_brain.wires.json_text import Found, find_json, is_deep, read_json, read_number

CANDIDATES_MAX = 32
_FENCE = re.compile(r"(?:```|~~~)[\w+-]*[ \t]*\r?\n?(?P<body>.*?)(?:```|~~~|\Z)", re.DOTALL)
_ORNAMENTS = " \t\r\n*`"
"""What stands around a bare value that a model has made bold, or set as code."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value in a reply."""

    data: Any
    start: int = 0
    end: int = 0
    is_cut: bool = False
    """Something is missing that closing brackets do not give back, or that a token limit may have taken."""


def find_candidates(
    text: str, keys: Collection[str], *, takes_list: bool, takes_bare: bool, is_limited: bool
) -> list[Candidate]:
    """What the text may mean: objects, lists where the type takes them, or the text itself as a bare value.

    `keys` are the properties that the wanted object may have: one that has more of them goes first, and among equals
    the last one, for examples and drafts come before the answer. Empty: every object is as good as another.
    """
    whole = read_whole(text)
    if whole is not None:  # a number may be meant as a text
        return [whole, Candidate(text.strip(), 0, len(text))] if takes_bare else [whole]
    found = list(_find_outer(text, keys, is_limited=is_limited))
    if takes_list:
        found += _find_lists(text, is_limited=is_limited)
    found.sort(key=lambda candidate: (_count_known(candidate.data, keys), candidate.start), reverse=True)
    if takes_bare and not found and not is_limited:
        found = list(_read_bare(text))
    return found[:CANDIDATES_MAX]


def read_whole(text: str) -> Candidate | None:
    """The text as strict JSON and nothing else, or None."""
    try:
        data = json.loads(text, parse_constant=str, parse_float=read_number)
        json.dumps(data, ensure_ascii=False).encode()  # an escape may stand for half a character
    except (ValueError, RecursionError):
        return None
    return None if is_deep(data) else Candidate(data, 0, len(text))


def _find_outer(text: str, keys: Collection[str], *, is_limited: bool) -> Iterator[Candidate]:
    """Each object, but none that is a part of one which looks like the answer and was cut."""
    inside = 0
    for found in find_json(text):
        if found.start < inside or found.value is None:
            continue
        candidate = _weigh(found, is_limited=is_limited)
        if candidate.is_cut and _count_known(found.value, keys):
            inside = found.end
        yield candidate


def _find_lists(text: str, *, is_limited: bool) -> Iterator[Candidate]:
    """A list that is the whole text or a whole fence, or else the one that begins first."""
    bodies = [(match.start("body"), match["body"]) for match in _FENCE.finditer(text)] or [(0, text)]
    for place, body in bodies[:CANDIDATES_MAX]:
        start = body.find("[")
        if start < 0 or "{" in body[:start]:
            continue
        found = read_json(text[: place + len(body)], place + start)
        if isinstance(found.value, list):
            yield _weigh(found, is_limited=is_limited)


def _weigh(found: Found, *, is_limited: bool) -> Candidate:
    loose = found.loose
    is_open = loose is not None and not loose.is_closed
    return Candidate(
        found.value, found.start, found.end, is_open and (is_limited or (loose is not None and loose.is_cut))
    )


def _read_bare(text: str) -> Iterator[Candidate]:
    """A number, a word, a date: the text without its ornaments, as JSON where it is some, else as it stands."""
    body = text.strip(_ORNAMENTS)
    fence = _FENCE.fullmatch(text.strip())
    body = fence["body"].strip(_ORNAMENTS) if fence else body
    for bare in dict.fromkeys((body, body.removesuffix("."))):
        yield read_whole(bare) or Candidate(bare, 0, len(text))
    if len(body) > 1 and body[0] == body[-1] == "'":
        yield Candidate(body[1:-1], 0, len(text))


def _count_known(data: Any, keys: Collection[str]) -> int:
    if not keys:
        return 1
    return len(data.keys() & set(keys)) if isinstance(data, dict) else 0
