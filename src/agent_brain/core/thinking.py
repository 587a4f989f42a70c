"""Inline thinking: which parts of a text a model wrote for itself, told while the text comes and in a whole text alike.

Servers without a parser for it send a model's thinking as text between `<think>` and `</think>`; where the prompt's
template has written the opening tag, the closing one comes alone. A text may as well speak of these tags.
"""

import re
from collections.abc import Iterable
from enum import Enum, auto

_NAMES = ("think", "thinking", "thought")
_TAGS = tuple(f"<{slash}{name}>" for name in _NAMES for slash in ("", "/"))
_TAG = re.compile("|".join(_TAGS))
_TAG_CHARACTERS_MAX = max(map(len, _TAGS))
_FENCES = ("```", "~~~")
_QUOTES = "`\"'"
TAKEN_BACK_MAX = 8
"""How often the words so far may prove to be a thought: each time all of it is shown anew."""
_BEFORE_A_WORD = f"{_QUOTES}([{{\u201c\u2018\u00ab"


class Voice(Enum):
    """Whose a part of a text is."""

    WORDS = auto()
    THOUGHT = auto()
    NOBODYS = auto()
    """A tag, or the blanks behind it."""
    TAKEN_BACK = auto()
    """No text: the words so far were a thought, as a closing tag without an opening one tells."""


Part = tuple[Voice, str]


def has_tag(text: str) -> bool:
    """True where some tag of thinking stands in a text, whatever it means there."""
    return ("think" in text or "thought" in text) and _TAG.search(text) is not None


class Thinking:
    """Sorts a text that comes in pieces; the texts of its parts, put together, are the text.

    An opening tag counts at the beginning of a line, outside of code. A closing tag ends what one has opened; one that
    stands alone counts unless it is quoted, in code, or in the middle of a sentence.
    """

    __slots__ = ("_has_stray", "_has_words", "_held", "_is_inside", "_last", "_line", "_taken", "_trims", "has_thought")

    def __init__(self, said: Iterable[str] = ()) -> None:
        """`said`: the text that came before, in which there is no tag."""
        self._line = _Line()
        self._has_words = False
        for text in said:
            self._line.add(text)
            self._has_words = self._has_words or not text.isspace()
        self._held = ""
        """What may be the beginning of a tag, or a tag that what follows has to explain."""
        self._is_inside = False
        self._last = ""
        """The last character of the thought."""
        self._taken = 0
        self._trims = False
        self._has_stray = False
        """A closing tag has come that nothing has opened, after another thought: what follows tells what it means."""
        self.has_thought = False
        """A thought has begun."""

    def feed(self, piece: str) -> list[Part]:
        """The parts that this piece completes."""
        return self._read(piece, is_last=False)

    def close(self) -> list[Part]:
        """The rest."""
        return self._read("", is_last=True)

    def _read(self, piece: str, *, is_last: bool) -> list[Part]:
        parts: list[Part] = []
        text, place, self._held = self._held + piece, 0, ""
        for match in _TAG.finditer(text):
            self._say(text[place : match.start()], parts)
            place = match.start()
            after = text[match.end() : match.end() + 1] or ("." if is_last else "")
            counts = self._judge(match[0], after)
            if counts is None:
                break
            if counts:
                self._turn(match[0], parts)
            else:
                self._say(match[0], parts)
            place = match.end()
        else:
            end = len(text) if is_last else _find_cut(text, place)
            self._say(text[place:end], parts)
            place = end
        self._held = text[place:]
        return parts

    def _judge(self, tag: str, after: str) -> bool | None:
        """Whether the tag counts; None where the character after it has to come first."""
        is_closing = tag.startswith("</")
        if self._is_inside:
            if not is_closing or not self._last or self._last not in _QUOTES:
                return is_closing
            return None if not after else after != self._last
        line = self._line
        if line.is_code:
            return False
        if not is_closing or line.is_blank:
            return line.is_blank
        if not line.last.isspace() and line.last not in _BEFORE_A_WORD:
            return True
        return None if not after else after == "\n" and line.last.isspace()

    def _turn(self, tag: str, parts: list[Part]) -> None:
        """What a tag that counts changes."""
        if not tag.startswith("</"):
            self._is_inside, self._last = True, ""
        elif self._is_inside or not self.has_thought:
            if not self._is_inside:
                self._take_back(parts)
            self._is_inside = False
            self._trims = not self._has_words
        else:
            self._has_stray = self._has_words and self._taken < TAKEN_BACK_MAX
        self.has_thought = True
        self._line = _Line()
        parts.append((Voice.NOBODYS, tag))

    def _say(self, text: str, parts: list[Part]) -> None:
        if not text:
            return
        if self._is_inside:
            self._last = text[-1]
            parts.append((Voice.THOUGHT, text))
            return
        bare = text.lstrip()
        if bare and self._has_stray:
            self._take_back(parts)
            self._trims = True
        if (self._trims or self._has_stray) and len(bare) < len(text):
            parts.append((Voice.NOBODYS, text[: len(text) - len(bare)]))
            text = bare
        if text:
            self._line.add(text)
            parts.append((Voice.WORDS, text))
        if bare:
            self._has_words, self._trims = True, False

    def _take_back(self, parts: list[Part]) -> None:
        parts.append((Voice.TAKEN_BACK, ""))
        self._taken += 1
        self._has_words = self._has_stray = False


class _Line:
    """What matters of the text before a tag: where in its line it stands, and whether that is code."""

    __slots__ = ("_begin", "_is_fenced", "_ticks", "_unread", "last")

    def __init__(self) -> None:
        self._unread: list[str] = []
        self._is_fenced = False
        self._begin = ""
        """The first characters of the line that are no blanks."""
        self._ticks = 0
        self.last = "\n"

    def add(self, text: str) -> None:
        """Go on; it is read only when a tag comes."""
        if text:
            self._unread.append(text)
            self.last = text[-1]

    @property
    def is_blank(self) -> bool:
        """Nothing stands in the line yet."""
        self._catch_up()
        return not self._begin

    @property
    def is_code(self) -> bool:
        """Between fences, or between backticks."""
        self._catch_up()
        return self._is_fenced or self._begin in _FENCES or self._ticks % 2 == 1

    def _catch_up(self) -> None:
        if not self._unread:
            return
        first, *others = "".join(self._unread).split("\n")
        self._unread.clear()
        self._extend(first)
        for line in others:
            self._is_fenced ^= self._begin in _FENCES
            self._begin, self._ticks = "", 0
            self._extend(line)

    def _extend(self, text: str) -> None:
        self._ticks += text.count("`")
        if len(self._begin) < len(_FENCES[0]):
            self._begin = (self._begin + (text if self._begin else text.lstrip()))[: len(_FENCES[0])]


def _find_cut(text: str, place: int) -> int:
    """Where a tag may begin that the text's end has cut; the text's length where none does."""
    start = text.rfind("<", max(place, len(text) - _TAG_CHARACTERS_MAX + 1))
    is_cut = start >= 0 and any(tag.startswith(text[start:]) for tag in _TAGS)
    return start if is_cut else len(text)
