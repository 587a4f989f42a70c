"""Dates as people write them, where that leaves no doubt which day is meant."""

import re
from datetime import date

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:[t ]00:00(?::00(?:\.0+)?)?)?")
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -](?P<month>[a-z]{3,9})\.?,?[ -](?P<year>\d{4})")
_MONTH_FIRST = re.compile(r"(?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})")


def read_date(text: str) -> date | None:
    """The day that a text is, and nothing else; None where it is none. 03/04/2024 is none: it could be two."""
    words = " ".join(text.casefold().split())
    for form in (_YEAR_FIRST, _DAY_FIRST, _MONTH_FIRST):
        found = form.fullmatch(words)
        month = _read_month(found["month"]) if found else 0
        if found and month:
            try:
                return date(int(found["year"]), month, int(found["day"]))
            except ValueError:
                return None
    return None


def _read_month(text: str) -> int:
    """Its number; 0 where it is no month."""
    if text.isdecimal():
        return int(text)
    short = "sep" if text == "sept" else text
    return next((place for place, name in enumerate(MONTHS, 1) if short in (name, name[:3])), 0)
