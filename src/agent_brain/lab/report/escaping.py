"""Text from models, tools and people, made harmless for a page and for Markdown: shown, and never read as either."""

import html
import re

_LINE_ENDS = re.compile(r"\r\n?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
"""What is no character of a page, and what would turn the direction in which the rest of it is read."""
_MARKS = re.compile(r"([\\`*_{}\[\]#|~$<>&])")
_FIRST_MARKS = re.compile(r"^(\d*)([-+=.)])(?=[-=\s]|$)")
"""What makes a list, or a heading of the line before, at the beginning of a line."""
FENCES_MAX = 40


def clean(text: str) -> str:
    """The text with every such character replaced by U+FFFD."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", _LINE_ENDS.sub("\n", text))


def escape_html(text: str) -> str:
    """The text as a page shows it, in words and in values of attributes."""
    return html.escape(clean(text), quote=True)


def escape_markdown(text: str) -> str:
    """The text on one line, where no character of it means anything."""
    line = " ".join(clean(text).split())
    return _MARKS.sub(r"\\\1", line)


def guard_line(line: str) -> str:
    """A line of Markdown that begins no list, and underlines no heading."""
    return _FIRST_MARKS.sub(r"\1\\\2", line)


def fence(text: str) -> str:
    """The text between fences that are longer than any in it."""
    marks = max((len(run) for run in re.findall(r"`+", text)), default=0)
    wall = "`" * min(FENCES_MAX, max(3, marks + 1))
    body = clean(text) if marks < FENCES_MAX else clean(text).replace("`", "'")
    return f"{wall}text\n{body}\n{wall}"


def code_span(text: str) -> str:
    """The text as code inside a line."""
    line = " ".join(clean(text).split())
    marks = max((len(run) for run in re.findall(r"`+", line)), default=0)
    wall = "`" * (marks + 1)
    space = " " if marks else ""
    return f"{wall}{space}{line}{space}{wall}" if line else ""
