"""The official conformance suite, all of its scenarios for clients and for servers."""

import subprocess
import sys
from pathlib import Path

from counterparts.mcp_conformance import EXPECTED, SUITE
from counterparts.mcp_conformance_served import EXPECTED_SERVED
from counterparts.npm import require_programs

TESTS = Path(__file__).parents[2]


def test_each_scenario_comes_out_as_is_explained() -> None:
    require_programs(SUITE)

    done = subprocess.run(
        [sys.executable, "-m", "counterparts.mcp_conformance"], cwd=TESTS, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(EXPECTED)} scenarios" in done.stdout
    assert f"{len(EXPECTED_SERVED)} scenarios" in done.stdout
    explained = [why for _, _, why in [*EXPECTED.values(), *EXPECTED_SERVED.values()] if why]
    assert done.stdout.count("why: ") == len(explained)
