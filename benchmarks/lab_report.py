"""`python -m benchmarks.lab_report TRIALS FOLDER`: a report of so many rows, and what it took, as JSON."""

import json
import random
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from agent_brain.lab.digests import name_trial
from agent_brain.lab.folder import EXPERIMENT, ROWS, Folder
from agent_brain.lab.rows import encode
from agent_brain.lab.trial import Outcome, Trial
from benchmarks.journal_line import Line

ROOT = Path(__file__).parent.parent
ARMS, REPEATS = 20, 5
SECONDS_BOUND = 30.0
"""CPU time of reading, analysing and writing at the full size."""
WORDS = "x" * 400
"""What a trial answered, and what was said of it."""


def measure_report(trials: int) -> list[Line]:
    """The CPU time of a report in a process of its own, reading included."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.lab_report", str(trials), folder]
        found = json.loads(subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout)
    beside = f"{found['megabytes']:.0f} MB of rows, {found['seconds']:.1f} s on the clock, {found['rss_mb']:.0f} MiB"
    return [Line(f"lab, report of {found['trials']:,} trials", "s", found["cpu"], SECONDS_BOUND, beside)]


def write_rows(trials: int, folder: Path) -> int:
    """Rows of `ARMS` arms, and what their experiment was made of; how many they are."""
    rng = random.Random(0)
    tasks = max(2, trials // (ARMS * REPEATS))
    chances = [rng.random() for _ in range(tasks)]
    arms = [
        {
            "name": f"a{arm}",
            "factors": {"net": f"n{arm % 4}", "memory": f"m{arm // 4}"},
            "parts": {},
            "digest": f"{arm}",
        }
        for arm in range(ARMS)
    ]
    asked = [{"task": f"t{task}", "digest": f"t{task}"} for task in range(tasks)]
    data = {"name": "bench", "repeats": REPEATS, "arms": arms, "tasks": asked}
    (folder / EXPERIMENT).write_text(json.dumps(data), encoding="utf-8")
    with (folder / ROWS).open("wb") as file:
        for place in range(tasks * ARMS * REPEATS):
            task, arm, repeat = place // (ARMS * REPEATS), place // REPEATS % ARMS, place % REPEATS
            trial_id = name_trial("bench", f"{arm}", f"t{task}", repeat, seed=0)
            row = _make_row(f"t{task}", f"a{arm}", repeat, rng.random() < chances[task], rng.random())
            file.write(encode(replace(row, trial_id=trial_id)))
    return tasks * ARMS * REPEATS


def _make_row(task: str, arm: str, repeat: int, passed: bool, seconds: float) -> Trial:
    outcome = Outcome.PASSED if passed else Outcome.WRONG
    return Trial(
        f"{arm}{task}{repeat}", task, arm, repeat, float(passed), outcome, evaluator="exact", answer=WORDS,
        feedback=WORDS, cost_usd=0.01 + seconds / 100, wall_seconds=seconds, model_calls=5, tool_calls=4,
        input_tokens=9_000, output_tokens=300,
    )  # fmt: skip


def main(trials: int, folder: Path) -> None:
    written = write_rows(trials, folder)
    began, cpu = time.perf_counter(), time.process_time()
    from agent_brain.lab.reporting import report_folder  # what it needs is loaded in the time of the report

    report_folder(Folder(folder))
    print(
        json.dumps(
            {
                "trials": written,
                "seconds": time.perf_counter() - began,
                "cpu": time.process_time() - cpu,
                "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "megabytes": (folder / ROWS).stat().st_size / 1e6,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
