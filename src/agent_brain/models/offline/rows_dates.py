"""Phrases of dates and calendars."""

from agent_brain.models.offline.plan import Literal, Node, call, operation
from agent_brain.models.offline.row import Found, Row
from agent_brain.models.offline.vocabulary import SPANS

_SPAN = "<day|days|week|weeks|month|months|year|years>"
TODAY = call("today")


def _shifted(date: Node, found: Found, sign: int) -> Node:
    amount = found["n"]
    return call("shift_date", date=date, amount=amount if sign > 0 else operation("-", amount), unit=SPANS[found.word])


def _days(found: Found) -> Node:
    """Between two dates, whichever comes first."""
    start, end = found["a"], found["b"]
    if not (isinstance(start, Literal) and isinstance(end, Literal)):
        return operation("abs", call("days_between", start=start, end=end))
    first, last = sorted((start, end), key=lambda date: str(date.value))
    return call("days_between", start=first, end=last)


def _weeks(found: Found) -> Node:
    return operation("/", _days(found), 7)


def _part(part: str, *phrases: str, kind: str = "n") -> Row:
    return Row(kind, phrases, lambda f: call("date_part", date=_first_of_year(f["d"]), part=part), "date_part")


def _first_of_year(date: Node) -> Node:
    """A bare year, where a date is wanted, is its first day."""
    return Literal(f"{date.value:04}-01-01") if isinstance(date, Literal) and isinstance(date.value, int) else date


DATES = (
    Row(
        "n",
        (
            "[number] [of] days (between|from) {a:d} (and|to|until|till) {b:d}",
            "how many days [are|is] [there] [from|between] {a:d} (and|to|until|till) {b:d}",
            "how many days (lie|pass) between {a:d} and {b:d}",
            "difference [in] [days] between {a:d} and {b:d}",
            "difference between {a:d} and {b:d} in days",
        ),
        _days,
        "days_between",
    ),
    Row(
        "n",
        (
            "[number] [of] hours between {a:d} and {b:d}",
            "how many hours [are|is] [there] (from|between) {a:d} (and|to|until) {b:d}",
        ),
        lambda f: operation("*", _days(f), 24),
        "days_between",
    ),
    Row(
        "n",
        (
            "[number] [of] weeks (between|from) {a:d} (and|to|until) {b:d}",
            "how many weeks [are|is] [there] (from|between) {a:d} (and|to|until) {b:d}",
        ),
        _weeks,
        "days_between",
    ),
    Row(
        "n",
        ("[how] [number] [of] [many] days [are|is] [there|left|it] (until|till|to) {b:d}",),
        lambda f: call("days_between", start=TODAY, end=f["b"]),
        "days_between",
    ),
    Row(
        "n",
        ("[how] [number] [of] [many] days [have] [passed] since {a:d}",),
        lambda f: call("days_between", start=f["a"], end=TODAY),
        "days_between",
    ),
    Row("d", ("date of today", "today", "today 's date", "current date", "date today"), lambda f: TODAY, "today"),
    Row(
        "d",
        ("tomorrow", "date of tomorrow", "tomorrow 's date"),
        lambda f: call("shift_date", date=TODAY, amount=1, unit="days"),
        "shift_date",
    ),
    Row(
        "d",
        ("yesterday", "date of yesterday", "yesterday 's date"),
        lambda f: call("shift_date", date=TODAY, amount=-1, unit="days"),
        "shift_date",
    ),
    Row(
        "d",
        (
            f"[what|which] [date] [is|was|comes] {{n:n}} {_SPAN} (after|from|past) {{d:d}}",
            f"date {{n:n}} {_SPAN} (after|from) {{d:d}}",
            f"{{d:d}} + {{n:n}} {_SPAN}",
            f"add {{n:n}} {_SPAN} to {{d:d}}",
        ),
        lambda f: _shifted(f["d"], f, 1),
        "shift_date",
    ),
    Row(
        "d",
        (
            f"[what|which] [date] [is|was|comes] {{n:n}} {_SPAN} before {{d:d}}",
            f"date {{n:n}} {_SPAN} before {{d:d}}",
            f"{{d:d}} (-|minus) {{n:n}} {_SPAN}",
            f"subtract {{n:n}} {_SPAN} from {{d:d}}",
        ),
        lambda f: _shifted(f["d"], f, -1),
        "shift_date",
    ),
    Row("d", (f"[date] in {{n:n}} {_SPAN}",), lambda f: _shifted(TODAY, f, 1), "shift_date"),
    Row("d", (f"[date] {{n:n}} {_SPAN} ago",), lambda f: _shifted(TODAY, f, -1), "shift_date"),
    Row(
        "d",
        ("[next|a|one] day (after|following) {d:d}",),
        lambda f: call("shift_date", date=f["d"], amount=1, unit="days"),
        "shift_date",
    ),
    Row(
        "d",
        ("[a|one] day before {d:d}",),
        lambda f: call("shift_date", date=f["d"], amount=-1, unit="days"),
        "shift_date",
    ),
    Row(
        "d",
        (f"[what|which] [date] [is] {{n:n}} {_SPAN} later", f"add {{n:n}} {_SPAN}"),
        lambda f: _shifted(f.previous, f, 1),
        "shift_date",
    ),
    Row(
        "d",
        (f"[what|which] [date] [was] {{n:n}} {_SPAN} earlier", f"subtract {{n:n}} {_SPAN}"),
        lambda f: _shifted(f.previous, f, -1),
        "shift_date",
    ),
    Row(
        "d",
        (
            "date {d:d}",
            "date of {d:d}",
            "[what|which] date (will|would) it be {d:d}",
            "[what|which] date (is|was) [it] {d:d}",
        ),
        lambda f: f["d"],
    ),
    Row(
        "t",
        (
            "(weekday|day) of week (of|on|for|is|will|was) [it] [be] {d:d}",
            "[what|which] weekday [of|on|for|is|was] [it] [on] {d:d}",
            "name of weekday (of|on) {d:d}",
            "(what|which) day [of] [week] (is|was) [it] [on] {d:d}",
            "[on] (what|which) (day|weekday) [of] [week] (is|was|will|does|did|falls|fell) {d:d} [fall|be] [on]",
            "{d:d} 's weekday",
            "weekday {d:d}",
            "(what|which) day [of] [week] will [it] be {d:d}",
            "(what|which) weekday will [it] be {d:d}",
        ),
        lambda f: call("weekday_of", date=f["d"]),
        "weekday_of",
    ),
    Row(
        "t",
        ("its weekday", "[what|which] weekday [is|was] [it] [that]", "(what|which) day of week [is|was] [it|that]"),
        lambda f: call("weekday_of", date=f.previous),
        "weekday_of",
    ),
    Row(
        "b",
        ("is {y:y} [a] leap year", "(is|was) {y:y} leap", "was {y:y} [a] leap year", "will {y:y} be [a] leap year"),
        lambda f: call("is_leap_year", year=f["y"]),
        "is_leap_year",
    ),
    _part("day_of_year", "[what|which] [number] day of year [is|of|for] {d:d}", "day number of {d:d}"),
    _part(
        "iso_week",
        "[what|which] [iso] week [number] (is|of|for|in) {d:d}",
        "[iso] calendar week of {d:d}",
        "week of year (of|is) {d:d}",
        "(what|which) [iso] week [number] is {d:d} in",
    ),
    _part(
        "days_in_month",
        "how many days [are] [there] (in|has|does) [month] [of] {d:m} [have]",
        "number of days in [month] [of] {d:m}",
        "days in {d:m}",
    ),
    _part(
        "days_in_year",
        "how many days [are] [there] (in|has|does) [year] {d:y} [have]",
        "number of days in [year] {d:y}",
        "length of year {d:y}",
    ),
    _part("quarter", "[what|which] quarter (is|of) {d:d} [in]"),
    _part(
        "month_name",
        "name of month (of|in|on) {d:d}",
        "month name of {d:d}",
        "[what|which] month (is|of) {d:d} [in]",
        kind="t",
    ),
    _part("year", "year of {d:d}", "[what|which] year is {d:d} [in]"),
)
