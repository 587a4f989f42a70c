"""Dates as people write them."""

from datetime import date

import pytest

from agent_brain.evaluators.dates import read_date


@pytest.mark.parametrize(
    "text",
    ["2024-03-12", "2024/3/12", "12 March 2024", "March 12, 2024", "12th of March 2024", "Mar. 12 2024", "12-Mar-2024",
     " 12  MARCH, 2024 ", "2024-03-12T00:00:00"],
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(text: str) -> None:
    assert read_date(text) == date(2024, 3, 12)


@pytest.mark.parametrize(
    "text", ["03/04/2024", "31 February 2024", "2024", "March 2024", "on 12 March 2024", "12 Foo 2024", ""]
)
def test_what_is_no_single_day_is_none(text: str) -> None:
    assert read_date(text) is None
