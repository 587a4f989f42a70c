"""Keeps secrets out of journals: their values are replaced before a record leaves the driver."""

import json
from collections.abc import Iterable, Sequence

from agent_brain.core.errors import SetupError
from agent_brain.core.record_json import decode_records, encode_records
from agent_brain.core.records import Record

HIDDEN = "[secret]"
LENGTH_MIN = 4
"""A shorter secret would hide ordinary words; it is refused."""


class Secrets:
    """Values that no record may hold.

    Raises: SetupError for a value of fewer than four characters.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        given = sorted({value for value in values if value}, key=len, reverse=True)
        short = [value for value in given if len(value) < LENGTH_MIN]
        if short:
            raise SetupError(f"a secret of {len(short[0])} characters would hide ordinary words; wanted {LENGTH_MIN}")
        self._spelled = list(dict.fromkeys(spelling for value in given for spelling in _spell(value)))

    def redact(self, records: Sequence[Record]) -> Sequence[Record]:
        """The records, with every secret's value replaced."""
        if not self._spelled or not records:
            return records
        text = encode_records(records)
        if not any(spelling in text for spelling in self._spelled):
            return records
        return decode_records(self._replace(text))

    def redact_bytes(self, text: bytes) -> bytes:
        """As `redact`, for a snapshot."""
        return self._replace(text.decode()).encode() if self._spelled else text

    def redact_text(self, text: str) -> str:
        """As `redact`, for plain text such as a run's goal."""
        return self._replace(text)

    def _replace(self, text: str) -> str:
        for spelling in self._spelled:
            text = text.replace(spelling, HIDDEN)
        return text


def _spell(value: str) -> list[str]:
    """The ways in which JSON, and JSON inside of JSON, may write a value."""
    spellings = [value]
    for _ in range(2):
        for is_ascii in (False, True):
            spellings += [json.dumps(spelling, ensure_ascii=is_ascii)[1:-1] for spelling in list(spellings)]
    return list(dict.fromkeys(spellings))
