"""Dates and calendars for models: ISO dates in and out."""

import calendar
import datetime
import re
from collections.abc import Callable
from typing import Literal

from agent_brain.tools.function_tool import tool

Unit = Literal["days", "weeks", "months", "years"]
Part = Literal[
    "day_of_year", "iso_week", "days_in_month", "days_in_year", "month_name", "quarter", "year", "month", "day"
]

AMOUNT_MAX = 4_000_000
_FORMATS = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d.%m.%Y", "%Y/%m/%d", "%B %Y", "%b %Y")
_ENDINGS = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b|,|\bof\b|\bthe\b", re.I)


@tool(read_only=True)
def today() -> str:
    """The date of today, as YYYY-MM-DD."""
    return datetime.date.today().isoformat()


@tool(read_only=True)
def days_between(start: str, end: str) -> int:
    """Count the days from one date to another; negative where the end comes first.

    Args:
        start: The first date, YYYY-MM-DD.
        end: The other date, YYYY-MM-DD.
    """
    return (parse_date(end) - parse_date(start)).days


@tool(read_only=True)
def shift_date(date: str, amount: int, unit: Unit = "days") -> str:
    """Move a date forward, or back with a negative amount; a day that its month lacks becomes the month's last.

    Args:
        date: The date to start from, YYYY-MM-DD.
        amount: How many units to move.
        unit: days, weeks, months or years.
    """
    if abs(amount) > AMOUNT_MAX:
        raise ValueError(f"an amount of {amount} is too large")
    if amount != int(amount):
        raise ValueError(f"an amount of {amount} is not whole; give a smaller unit")
    start = parse_date(date)
    try:
        if unit in ("days", "weeks"):
            return (start + datetime.timedelta(days=amount * (7 if unit == "weeks" else 1))).isoformat()
        return _shift_months(start, amount * (12 if unit == "years" else 1)).isoformat()
    except (OverflowError, ValueError, calendar.IllegalMonthError):
        raise ValueError(f"{amount} {unit} from {date} is outside the years 1 to 9999") from None


@tool(read_only=True)
def weekday_of(date: str) -> str:
    """Name the weekday of a date, such as Saturday.

    Args:
        date: The date, YYYY-MM-DD.
    """
    return calendar.day_name[parse_date(date).weekday()]


@tool(read_only=True)
def is_leap_year(year: int) -> bool:
    """Say whether a year of the Gregorian calendar is a leap year.

    Args:
        year: The year, such as 2028.
    """
    return calendar.isleap(year)


@tool(read_only=True)
def date_part(date: str, part: Part) -> str:
    """Tell one fact about a date: its day of the year, ISO week, month name, quarter, the length of its month or year.

    Args:
        date: The date, YYYY-MM-DD.
        part: day_of_year, iso_week, days_in_month, days_in_year, month_name, quarter, year, month or day.
    """
    if part not in _PARTS:
        raise ValueError(f"no part called {part!r}; known: {', '.join(_PARTS)}")
    return str(_PARTS[part](parse_date(date)))


def parse_date(text: str) -> datetime.date:
    """The date that a text names: ISO first, then the usual English forms. Raises: ValueError."""
    cleaned = " ".join(_ENDINGS.sub(" ", text[:60]).split())
    try:
        return datetime.date.fromisoformat(cleaned)
    except ValueError:
        pass
    for form in _FORMATS:
        try:
            return datetime.datetime.strptime(cleaned, form).date()
        except ValueError:
            continue
    raise ValueError(f"{text[:60]!r} is no date of the calendar; write YYYY-MM-DD, such as 2026-03-14")


def _shift_months(start: datetime.date, months: int) -> datetime.date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
        raise OverflowError
    return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))


_PARTS: dict[str, Callable[[datetime.date], int | str]] = {
    "day_of_year": lambda date: date.timetuple().tm_yday,
    "iso_week": lambda date: date.isocalendar().week,
    "days_in_month": lambda date: calendar.monthrange(date.year, date.month)[1],
    "days_in_year": lambda date: 366 if calendar.isleap(date.year) else 365,
    "month_name": lambda date: calendar.month_name[date.month],
    "quarter": lambda date: (date.month + 2) // 3,
    "year": lambda date: date.year,
    "month": lambda date: date.month,
    "day": lambda date: date.day,
}
