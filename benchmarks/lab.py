"""What the lab costs: trials a second on one core and two, beside the bare runs, and memory, which must not grow."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.journal_line import Line
from benchmarks.lab_report import measure_report

ROOT = Path(__file__).parent.parent
GROWTH_BOUND = 1.25
"""The memory of all trials over that of a tenth of them."""
REPORTED = 10
"""Rows of the report over trials that are run."""
OVERHEAD_BOUND = 2.0
"""CPU time of a trial over that of its run alone, which is as short as runs are."""


@dataclass(frozen=True)
class LabSize:
    """How many trials."""

    trials: int


LAB_SIZES: Mapping[str, LabSize] = {"full": LabSize(10_000), "quick": LabSize(1_000), "tiny": LabSize(20)}
"""By the names of `size.py`."""


def measure_lab(size: LabSize) -> list[Line]:
    """Trials a second, what one costs beside its run, and how memory grows."""
    few = max(2, size.trials // 10)
    with TemporaryDirectory() as folder:
        one, two = (_run(size.trials, way, Path(folder)) for way in ("0", "2"))
        bare, short = _run(few, "bare", Path(folder)), _run(few, "0", Path(folder))
    trials = one["trials"]
    return [
        Line(
            f"lab, {trials:,} trials in one process", "/s", trials / one["seconds"], beside=f"{one['rss_mb']:.0f} MiB"
        ),
        Line(f"lab, {trials:,} trials in two more", "/s", trials / two["seconds"]),
        Line(
            "lab, a trial over its run alone", "ratio", short["cpu"] / bare["cpu"], OVERHEAD_BOUND, _tell(short, bare)
        ),
        Line("lab, memory of all over a tenth", "ratio", one["rss_mb"] / short["rss_mb"], GROWTH_BOUND),
        *measure_report(REPORTED * size.trials),
    ]


def _tell(short: Mapping[str, Any], bare: Mapping[str, Any]) -> str:
    each, alone = (1_000 * found["cpu"] / found["trials"] for found in (short, bare))
    return f"{each:.2f} ms of CPU time, {alone:.2f} alone"


def _run(trials: int, way: str, folder: Path) -> dict[str, Any]:
    """What it took, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.lab_trials", str(trials), way, str(folder / f"{trials}-{way}")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
