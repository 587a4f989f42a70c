"""JSON read while it is written: what is certain of a value so far."""

import re
from collections.abc import Callable
from typing import Any

from pydantic_core import from_json

from agent_brain.core.answer_type import Grown, has_grown

CHARACTERS_MIN = 32
"""A text is read again when it has grown by so many characters, and by a part of its length:"""
GROWTH = 16
"""by a 16th, so that reading costs as much as reading the whole text 17 times at most, whatever its length."""
STARTS_MAX = 16
"""Brackets of one text that are tried as the value's beginning."""
_OPENING = re.compile(r"""[{\[](?=\s*(?:["{\[\]}\d\-tfn]|\Z))""")
_NUMBER = re.compile(r"(?<=[\s:,\[])[-+.\deE]+\Z")
"""A number at the end may go on."""

Choose = Callable[[Any], Grown | None]
"""What of data is shown, or None where it is no beginning of the answer."""


class GrowingJson:
    """Reads one JSON value piece by piece; what it gives only ever grows."""

    __slots__ = ("_choose", "_length", "_next", "_pieces", "_start", "_starts", "_text", "last")

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._text = ""
        self._pieces: list[str] = []
        self._length = self._start = self._starts = 0
        self._next = 1
        self.last: Grown | None = None
        """What was given last."""

    def add(self, text: str) -> Grown | None:
        """What can be read with this piece too, where that is more than before; never raises."""
        self._pieces.append(text)
        self._length += len(text)
        if self._length < self._next or self._starts >= STARTS_MAX:
            return None
        self._text += "".join(self._pieces)
        self._pieces.clear()
        self._next = self._length + max(CHARACTERS_MIN, self._length // GROWTH)
        grown = self._read()
        if grown is None or grown == self.last or (self.last is not None and not has_grown(self.last.data, grown.data)):
            return None
        self.last = grown
        return grown

    def _read(self) -> Grown | None:
        """What the value says so far; a bracket that begins none is passed over for good."""
        while self._starts < STARTS_MAX:
            opening = _OPENING.search(self._text, self._start)
            if opening is None:
                return None
            self._start = opening.start()
            try:
                data = from_json(_NUMBER.sub("", self._text[self._start :]), allow_partial="trailing-strings")
                return self._choose(data)
            except ValueError:
                self._start += 1
                self._starts += 1
        return None


def drop_empty(data: Any) -> Any:
    """The data without nulls in objects: one that only says that nothing is there may be dropped in the end."""
    match data:
        case dict():
            return {key: drop_empty(entry) for key, entry in data.items() if entry is not None}
        case list():
            return [drop_empty(entry) for entry in data]
        case _:
            return data
