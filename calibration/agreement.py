"""`python -m calibration.agreement`: the offline experiment of the README, its verdicts beside what is true.

The truth is that of `agent_brain.lab.worlds.truth`: means over many more houses than the experiment has.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from pathlib import Path
from tempfile import TemporaryDirectory

from agent_brain.core.errors import SetupError
from agent_brain.lab.analysis.analysis import ContrastResult
from agent_brain.lab.arms.arm import Arm
from agent_brain.lab.experiment import Experiment
from agent_brain.lab.experiment_file import read_experiment
from agent_brain.lab.folder import Folder
from agent_brain.lab.reporting import report_folder
from agent_brain.lab.running import run_experiment
from agent_brain.lab.statistics.verdict import Ruling
from agent_brain.lab.worlds.keychain import DOORS, SPARE_STEPS
from agent_brain.lab.worlds.truth import Truth, read_truth

FILE = Path(__file__).parents[1] / "examples" / "experiments" / "keychain.toml"
ERRORS = 3.0
"""What is true is known but for so many of its own standard errors: so far from 0, or so far below the margin."""
HEAD = f"{'contrast':<42}{'found':>8}{'95 % interval':>18}{'true':>8}{'error':>7}  verdict"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contrast as it was found, and as it is."""

    found: ContrastResult
    truth: float
    error: float
    """The standard error of the truth, at most: its houses are the same in all arms, which makes it less."""
    ruling: Ruling
    """What a verdict would have to be that knows the truth."""

    @property
    def is_good(self) -> bool:
        """The verdict is the true one."""
        return self.found.verdict is self.ruling

    def show(self) -> str:
        """A line of the table."""
        it = self.found.difference
        value, low, high = (float("nan") if each is None else each for each in (it.value, it.low, it.high))
        told = self.ruling if self.is_good else f"{self.found.verdict}, BUT IT IS {self.ruling}"
        return (
            f"{self.found.name:<42}{value:>+8.3f}{f'{low:+.3f} to {high:+.3f}':>18}"
            f"{self.truth:>+8.3f}{self.error:>7.3f}  {told}"
        )


def compare_with_truth(experiment: Experiment, contrasts: Sequence[ContrastResult]) -> list[Agreement]:
    """Each contrast beside its truth. Raises: SetupError for an arm whose truth nobody has measured."""
    known = read_truth()
    found = []
    for each in contrasts:
        arm, control = (find_truth(experiment.find_arm(name), known) for name in (each.arm, each.control))
        difference, error = arm.success - control.success, hypot(arm.success_se, control.success_se)
        found.append(Agreement(each, difference, error, judge_truth(difference, error, experiment.margin)))
    return found


def find_truth(arm: Arm, known: Mapping[tuple[str, str], Truth]) -> Truth:
    """What is kept of an arm's net and memory. Raises: SetupError."""
    net, _, options = str(arm.parts.get("net")).partition("(")
    place = net, str(arm.parts.get("memory"))
    if place not in known or options != f"steps_max={DOORS + SPARE_STEPS})":
        raise SetupError(
            f"arm {arm.name!r} is {arm.parts.get('net')} with {place[1]}; known with steps_max={DOORS + SPARE_STEPS}: "
            f"{', '.join(truth.name for truth in known.values())}"
        )
    return known[place]


def judge_truth(difference: float, error: float, margin: float) -> Ruling:
    """The verdict that a true difference calls for, as far as its own standard error lets it be known."""
    if abs(difference) + ERRORS * error < margin:
        return Ruling.EQUIVALENT
    if abs(difference) < ERRORS * error:
        return Ruling.INCONCLUSIVE
    return Ruling.BETTER if difference > 0.0 else Ruling.WORSE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the experiment, and print each contrast beside its truth; 1 where one is not as it is."""
    parser = argparse.ArgumentParser(prog="python -m calibration.agreement", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=FILE, help="another experiment on keychain")
    parser.add_argument("--processes", type=int, default=2, help="that share the trials")
    parser.add_argument("--folder", help="to keep it in, and go on from; otherwise nothing is kept")
    given = parser.parse_args(arguments)
    experiment = read_experiment(given.file)
    with TemporaryDirectory() as temporary:
        folder = Folder(given.folder or temporary)
        began = time.monotonic()
        progress = asyncio.run(run_experiment(experiment, folder.path, processes=given.processes))
        seconds = time.monotonic() - began
        found = compare_with_truth(experiment, report_folder(folder).analysis.contrasts)
    print("\n".join([HEAD, *(each.show() for each in found)]))
    print(
        f"\n{progress.done:,} trials, {progress.tokens:,} tokens of the simulated model, {seconds:.0f} s; "
        f"{sum(each.is_good for each in found)} of {len(found)} verdicts are as the truth is"
    )
    return int(not all(each.is_good for each in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
