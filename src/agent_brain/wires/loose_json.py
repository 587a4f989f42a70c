"""A walk over JSON that strict JSON refuses: where it ends, how it ends, and the strict text that it stands for.

It reads single and curly quotes, quotes inside strings, bare keys, Python's literals, comments and trailing commas,
and adds the brackets that are missing. What it cannot read is left to json-repair, within the bounds found here.
"""

import json
import re
from dataclasses import dataclass

WALK_CHARACTERS_MAX = 131_072
"""The longest value that is walked over."""
DEPTH_MAX = 64
"""The deepest nesting that is read."""

# A quote ends its string only where something follows that can follow a string.
_AFTER = r"(?=\s*+(?:[,:}\]\#]|//|/\*|```|<[|/]|\Z))"
_TOKEN = re.compile(
    rf"""(?P<string> "(?:[^"\\]|\\.|"(?!{_AFTER}))*+(?P<end>"|\Z)
                   | '(?:[^'\\]|\\.|'(?!{_AFTER}))*+(?P<end1>'|\Z)
                   | [“”](?:[^“”\\]|\\.)*+(?P<end2>[“”]|\Z) )
      | (?P<comment> //[^\n]*+ | /\*(?:[^*]|\*(?!/))*+(?:\*/|\Z) | \#[^\n]*+ )
      | (?P<open> [\[{{] ) | (?P<close> [\]}}] ) | (?P<comma> , ) | (?P<colon> : )
      | (?P<stop> ``` | <[|/] )
      | (?P<word> [^\W\d][\w-]*+ ) | (?P<number> [-+.]?\d[\w.+-]*+ ) | (?P<other> \S )""",
    re.VERBOSE | re.DOTALL,
)
_LITERALS = {"True": "true", "False": "false", "None": "null", "undefined": "null"}
_CLOSERS = {"{": "}", "[": "]"}
_INNER = re.compile(r'\\.|"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Loose:
    """What a walk found."""

    end: int
    strict: str
    """The same value as strict JSON should have it; empty where it could not be written down."""
    is_closed: bool = False
    """All of its brackets are closed."""
    is_cut: bool = False
    """The text ends inside a key or a value, or before one that was to come."""
    is_too_deep: bool = False


def walk(text: str, start: int) -> Loose:  # noqa: C901  # one flat case for each kind of token
    """Walk over the value that begins at `start`."""
    open_brackets: list[str] = []
    pieces: list[str] = []
    last = before = ""
    end = limit = min(len(text), start + WALK_CHARACTERS_MAX)
    for match in _TOKEN.finditer(text, start, limit):
        kind = match.lastgroup or ""
        if kind.startswith("end"):
            kind = "string"
        if kind == "comment":
            continue
        if kind == "stop":
            return Loose(match.start(), _close(pieces, open_brackets, last))
        if kind == "open":
            open_brackets.append(match[0])
            if len(open_brackets) > DEPTH_MAX:
                return Loose(match.end(), "", is_too_deep=True)
        _write(kind, match, pieces, last)
        before, last = last, kind
        if kind == "close":
            if not open_brackets or _CLOSERS[open_brackets.pop()] != match[0]:
                return Loose(match.end(), "")
            if not open_brackets:
                return Loose(match.end(), " ".join(pieces), is_closed=True)
        if kind == "string" and not (match["end"] or match["end1"] or match["end2"]):
            last = "open string"
    is_value = last == "close" or (last == "string" and (before == "colon" or open_brackets[-1:] == ["["]))
    is_cut = end == len(text) and not is_value
    return Loose(end, _close(pieces, open_brackets, last), is_cut=is_cut)


def _write(kind: str, match: re.Match[str], pieces: list[str], last: str) -> None:
    """Add one token as strict JSON writes it."""
    token = match[0]
    if kind == "string":
        is_ended = match["end"] or match["end1"] or match["end2"]
        token = f'"{_INNER.sub(_escape, token[1:-1] if is_ended else token[1:])}"'
    elif kind == "word":
        token = _LITERALS.get(token, token)
    elif kind == "close" and last == "comma":
        pieces.pop()
    elif kind == "colon" and last == "word":
        pieces[-1] = json.dumps(pieces[-1])
    pieces.append(token)


def _escape(match: re.Match[str]) -> str:
    token = match[0]
    return {'"': '\\"', "\\'": "'"}.get(token, token)


def _close(pieces: list[str], open_brackets: list[str], last: str) -> str:
    """The strict text of a value that lacks its last brackets."""
    if last == "comma":
        pieces = pieces[:-1]
    return " ".join(pieces) + "".join(_CLOSERS[bracket] for bracket in reversed(open_brackets))
