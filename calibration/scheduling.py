"""Whoever does the trials, in whatever order, killed as often as one likes: the rows are the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from agent_brain.lab.experiment import Experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.trial import Trial
from agent_brain.lab.worlds.keychain import make_tasks
from calibration.check import Check, equal
from calibration.crew import Crew
from calibration.product import Product
from calibration.size import SIZES, Size
from calibration.trials import STEPS, make_experiment, new_folder, run

ARMS = {
    "react": {"net": f"react(steps_max={STEPS})"},
    "refact": {"net": f"refact(steps_max={STEPS})", "memory": "mask(2)+todo"},
    "retry": {"net": f"retry(react(steps_max={STEPS}), tries=2)", "memory": "window(6)", "evaluator": "task"},
}
POLL_SECONDS = 0.02
WAIT_SECONDS_MAX = 120.0


def check_schedules(size: Size, crew: Crew, product: Product) -> Iterator[Check]:
    """One experiment, again and again."""
    it = make(size, crew.seed)
    with new_folder() as folder:
        calm = run(replace(it, concurrency=1), folder)
    passed = sum(row.score for row in calm) / len(calm)
    yield Check("one trial at a time: passed", passed, 0.05, 0.95, len(calm))
    others = {
        "16 at once": (replace(it, concurrency=16), 0),
        "another order, 5 at once": (_turn(it), 0),
    }
    if size.kills:
        others["two processes"] = (it, 2)
    for what, (experiment, processes) in others.items():
        with new_folder() as folder:
            yield _compare(f"{what}: rows that differ", run(experiment, folder, processes), calm)
    if not size.kills:
        return
    with new_folder() as folder:
        for kill in range(1, size.kills + 1):
            _run_and_kill(size, crew.seed, folder, kill * len(calm) // (size.kills + 1))
        yield _compare(f"killed {size.kills} times: rows that differ", run(it, folder), calm)


def make(size: Size, seed: int) -> Experiment:
    """Three arms, of which one has runs inside its runs."""
    tasks = make_tasks(size.schedules.tasks, seed, doors=3)
    return make_experiment("schedules", tasks, ARMS, repeats=size.schedules.repeats, seed=seed, concurrency=3)


def main(folder: str, size: str, seed: str) -> None:
    """Run it in a process of its own, which may be killed."""
    run(make(SIZES[size], int(seed)), Path(folder))


def _turn(it: Experiment) -> Experiment:
    return replace(it, tasks=it.tasks[::-1], arms=it.arms[::-1], contrasts=(), concurrency=5)


def _compare(what: str, rows: Sequence[Trial], calm: Sequence[Trial]) -> Check:
    parted = [one.untimed() != other.untimed() for one, other in zip(rows, calm, strict=False)]
    return equal(what, [*parted, len(rows) != len(calm)], 0.0)


def _run_and_kill(size: Size, seed: int, folder: Path, rows: int) -> None:
    """Run it in another process until so many rows are kept, and kill that process."""
    name = next(name for name, each in SIZES.items() if each == size)
    command = [sys.executable, "-m", "calibration.scheduling", str(folder), name, str(seed)]
    root = Path(__file__).parents[1]
    program = subprocess.Popen(command, cwd=root)
    patience = time.monotonic() + WAIT_SECONDS_MAX
    while program.poll() is None and _count_rows(folder) < rows and time.monotonic() < patience:
        time.sleep(POLL_SECONDS)
    if program.poll() is None:
        os.kill(program.pid, signal.SIGKILL)
    program.wait()


def _count_rows(folder: Path) -> int:
    file = Folder(folder).rows
    return file.read_bytes().count(b"\n") if file.is_file() else 0


if __name__ == "__main__":
    main(*sys.argv[1:])
