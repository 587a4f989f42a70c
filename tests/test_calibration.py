"""The short form of `make calibrate`, and faults that it has to find out.

Fewer experiments of fewer tasks: the ranges are as wide as their number makes them. The seed is settled, so that what
is in its range here stays there until the lab changes.
"""

import pytest
from calibration.__main__ import CASES, main
from calibration.crew import Crew
from calibration.faults import FAULTS
from calibration.product import SHIPPED
from calibration.size import SHORT


@pytest.mark.parametrize("case", list(CASES))
def test_the_lab_errs_no_more_than_it_says(case: str) -> None:
    found = list(CASES[case](SHORT, Crew(), SHIPPED))

    assert found
    assert not [check for check in found if not check.is_good]


@pytest.mark.parametrize("fault", list(FAULTS))
def test_a_lab_with_a_fault_is_found_out(fault: str) -> None:
    product, case = FAULTS[fault]

    assert [check for check in CASES[case](SHORT, Crew(), product) if not check.is_good]


def test_the_command_prints_each_check_with_its_error_and_what_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--case", "grids", "--case", "passes", "--size", "short", "--processes", "0"])

    shown = capsys.readouterr().out
    assert code == 0
    assert shown.count(" ok") == len([line for line in shown.splitlines() if line.startswith("  ")])
    assert "checks, 0 out" in shown
