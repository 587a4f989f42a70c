"""The small tools that the command line brings along; all of them only read."""

from agent_brain.tools.builtin.arithmetic import calculate, sum_digits
from agent_brain.tools.builtin.dates import date_part, days_between, is_leap_year, shift_date, today, weekday_of
from agent_brain.tools.builtin.text import (
    change_case,
    count_in_text,
    count_occurrences,
    letter_at,
    reverse_text,
    sort_text,
)
from agent_brain.tools.builtin.units import convert_units

BUILTIN_TOOLS = (
    calculate,
    sum_digits,
    convert_units,
    today,
    days_between,
    shift_date,
    weekday_of,
    date_part,
    is_leap_year,
    count_in_text,
    count_occurrences,
    letter_at,
    reverse_text,
    change_case,
    sort_text,
)

__all__ = [
    "BUILTIN_TOOLS",
    "calculate",
    "change_case",
    "convert_units",
    "count_in_text",
    "count_occurrences",
    "date_part",
    "days_between",
    "is_leap_year",
    "letter_at",
    "reverse_text",
    "shift_date",
    "sort_text",
    "sum_digits",
    "today",
    "weekday_of",
]
