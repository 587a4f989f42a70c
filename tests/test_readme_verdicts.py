"""The verdicts that the README prints are those that are true of its experiment; `make experiment` finds them anew."""

import re
from dataclasses import dataclass
from math import hypot

import pytest
from calibration.agreement import ERRORS, FILE, find_truth, judge_truth

from agent_brain.lab.experiment_file import read_experiment
from agent_brain.lab.statistics.verdict import Ruling
from agent_brain.lab.worlds.truth import read_truth

README = (FILE.parents[2] / "README.md").read_text(encoding="utf-8")
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight")
LINE = re.compile(r"^(better|worse|equivalent|inconclusive) +(\S+ - \S+): (.*)$", re.MULTILINE)
SAID = re.compile(
    r"It scores (?P<points>[\d.]+) points (?P<side>more|less): 95 % interval (?P<low>\S+) to (?P<high>\S+), sign-flip "
    r"p below 0\.001, adjusted for (?P<contrasts>\d+) contrasts\."
    r"|The difference of (?P<difference>\S+) points is smaller than the margin of (?P<margin>[\d.]+) points: its 90 % "
    r"interval (?P<inner>\S+) to (?P<outer>\S+) lies within it on both sides\."
)


@dataclass(frozen=True)
class Printed:
    """A line of the README. Units: points of a hundred."""

    ruling: Ruling
    contrast: str
    sentence: re.Match[str]

    @property
    def difference(self) -> float:
        it = self.sentence
        return float(it["difference"] or {"more": "+", "less": "-"}[it["side"]] + it["points"])

    @property
    def interval(self) -> tuple[float, float]:
        it = self.sentence
        return float(it["low"] or it["inner"]), float(it["high"] or it["outer"])


def read_printed() -> list[Printed]:
    lines = [(ruling, contrast, SAID.fullmatch(sentence)) for ruling, contrast, sentence in LINE.findall(README)]
    return [Printed(Ruling(ruling), contrast, said) for ruling, contrast, said in lines if said is not None]


def test_every_line_of_verdicts_is_read_and_as_many_are_there_as_the_readme_says() -> None:
    printed, asked = read_printed(), read_experiment(FILE).asked

    assert len(printed) == len(LINE.findall(README))
    assert f"its verdicts; {COUNTS[len(printed)]} of the {COUNTS[len(asked)]}:" in README
    assert {int(each.sentence["contrasts"] or len(asked)) for each in printed} == {len(asked)}


@pytest.mark.parametrize("printed", read_printed(), ids=lambda printed: printed.contrast)
def test_a_printed_verdict_is_the_true_one(printed: Printed) -> None:
    experiment, known = read_experiment(FILE), read_truth()
    asked = {str(each): each for each in experiment.asked}[printed.contrast]
    arm, control = (find_truth(experiment.find_arm(name), known) for name in (asked.arm, asked.control))
    truth, error = arm.success - control.success, hypot(arm.success_se, control.success_se)

    assert printed.ruling is judge_truth(truth, error, experiment.margin)
    low, high = printed.interval
    assert low < printed.difference < high
    assert low - 100 * ERRORS * error < 100 * truth < high + 100 * ERRORS * error
    assert float(printed.sentence["margin"] or 100 * experiment.margin) == 100 * experiment.margin
