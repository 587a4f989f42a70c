"""Dates and calendars against the standard library and the almanac."""

import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.tools.builtin import date_part, days_between, is_leap_year, shift_date, today, weekday_of
from agent_brain.tools.builtin.dates import Part, Unit


@given(st.dates(), st.dates())
def test_moving_by_the_days_between_two_dates_leads_from_one_to_the_other(
    start: datetime.date, end: datetime.date
) -> None:
    days = days_between(start.isoformat(), end.isoformat())
    assert shift_date(start.isoformat(), days) == end.isoformat()


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ("2024-01-31", 1, "months", "2024-02-29"),
        ("2024-02-29", 1, "years", "2025-02-28"),
        ("2026-03-14", -3, "weeks", "2026-02-21"),
        ("2025-12-31", 2, "months", "2026-02-28"),
        ("14 March 2026", 1, "days", "2026-03-15"),
        ("March 14th, 2026", -14, "days", "2026-02-28"),
    ],
)
def test_a_date_moves_by_days_weeks_months_and_years(start: str, amount: int, unit: Unit, end: str) -> None:
    assert shift_date(start, amount, unit) == end


@pytest.mark.parametrize(
    ("part", "value"),
    [("day_of_year", "73"), ("iso_week", "11"), ("days_in_month", "31"), ("month_name", "March"), ("quarter", "1")],
)
def test_a_date_tells_its_parts(part: Part, value: str) -> None:
    assert date_part("2026-03-14", part) == value


def test_weekdays_and_leap_years_are_those_of_the_calendar() -> None:
    assert weekday_of("1969-07-20") == "Sunday"
    assert [is_leap_year(year) for year in (1900, 2000, 2026, 2028)] == [False, True, False, True]
    assert days_between("2024-01-01", "2024-12-25") == 359
    assert datetime.date.fromisoformat(today()) >= datetime.date(2020, 1, 1)


@pytest.mark.parametrize("text", ["2025-02-30", "", "soon", "9" * 10_000, "14 Mrz 2026"])
def test_what_is_no_date_is_refused_with_the_form_that_is_wanted(text: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        weekday_of(text)


@pytest.mark.parametrize(
    ("amount", "unit"), [(1.5, "weeks"), (10**30, "days"), (3_999_999, "days"), (9_000, "years"), (-3_000, "years")]
)
def test_a_date_outside_the_calendar_is_refused(amount: Any, unit: Unit) -> None:
    with pytest.raises(ValueError, match=r"large|outside|not whole"):
        shift_date("2026-03-14", amount, unit)
