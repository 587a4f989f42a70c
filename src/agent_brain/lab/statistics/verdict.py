"""What a comparison comes to: better, worse, equivalent or inconclusive, with the sentence that justifies it."""

from dataclasses import dataclass
from enum import StrEnum

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.equivalence import MARGIN, Equivalence, equivalence
from agent_brain.lab.statistics.estimate import Estimate, Interval, other_share


class Ruling(StrEnum):
    """The four things that can be said of an arm beside its control."""

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A ruling, and why."""

    ruling: Ruling
    reason: str
    """One or two sentences, in points of score."""
    equivalence: Equivalence


def decide(  # noqa: PLR0913  # one keyword for each thing that was declared beforehand
    difference: Estimate,
    p: float | None,
    *,
    margin: float = MARGIN,
    alpha: float = 0.05,
    p_equivalence: float | None = None,
    contrasts: int = 1,
    test: str = "sign-flip p",
) -> Verdict:
    """Rule on `arm - control`, given the p-value of `test`, adjusted for the family of `contrasts`.

    - *equivalent*: both one-sided tests reject, so that the difference is smaller than the margin, whether or not it
      is also surely not 0: the margin was declared as what matters, and a difference below it does not.
    - *better*, *worse*: p is below alpha, and the interval at 1 - alpha leaves 0 out; where they disagree, the
      careful one counts.
    - *inconclusive*: anything else; a test that found nothing has not shown that there is nothing.

    `p` may be None where there was nothing to test. `p_equivalence` takes the place of the one-sided tests' own p-value
    where it was adjusted too. Raises: SetupError for a p-value that is none.
    """
    for value in (p, p_equivalence):
        if value is not None and not 0.0 <= value <= 1.0:
            raise SetupError(f"a p-value is {value:g}; wanted a number from 0 to 1")
    tested = equivalence(difference, margin, alpha=alpha)
    case = _Case(difference, 1.0 if p is None else p, tested, alpha, contrasts, test)
    same = (tested.p if p_equivalence is None else p_equivalence) < alpha
    if same:
        return Verdict(Ruling.EQUIVALENT, case.why_equivalent(), tested)
    if case.is_found:
        ruling = Ruling.BETTER if difference.value > 0.0 else Ruling.WORSE
        return Verdict(ruling, case.why_different(ruling), tested)
    return Verdict(Ruling.INCONCLUSIVE, case.why_inconclusive(), tested)


@dataclass(frozen=True, slots=True)
class _Case:
    """The words for it."""

    difference: Estimate
    p: float
    tested: Equivalence
    alpha: float
    contrasts: int
    name: str

    @property
    def interval(self) -> Interval:
        return self.difference.interval_at(1.0 - self.alpha)

    @property
    def leaves_zero_out(self) -> bool:
        return self.interval.low > 0.0 or self.interval.high < 0.0

    @property
    def is_found(self) -> bool:
        return self.p < self.alpha and self.leaves_zero_out

    @property
    def test(self) -> str:
        family = f", adjusted for {self.contrasts} contrasts" if self.contrasts > 1 else ""
        return f"{self.name} {chance(self.p)}{family}"

    @property
    def margin(self) -> str:
        return f"the margin of {points(self.tested.margin, sign=False)} points"

    def why_equivalent(self) -> str:
        if self._has_no_discordance:
            return f"{self._no_discordance()}, which is below {self.margin}."
        text = (
            f"The difference of {points(self.difference.value)} points is smaller than {self.margin}: "
            f"its {spread(self.tested.interval)} lies within it on both sides."
        )
        return text + (f" It is not nothing ({self.test}), but too small to matter." if self.is_found else "")

    def why_different(self, ruling: Ruling) -> str:
        text = (
            f"It scores {points(abs(self.difference.value), sign=False)} points "
            f"{'more' if ruling is Ruling.BETTER else 'less'}: {spread(self.interval)}, {self.test}."
        )
        is_clear = min(abs(self.interval.low), abs(self.interval.high)) >= self.tested.margin
        return text if is_clear else f"{text} Whether it is as much as {self.margin} is not settled."

    def why_inconclusive(self) -> str:
        if self.difference.count < 2:
            return "There is one task or family: it says nothing of the others."
        if self._has_no_discordance:
            return f"{self._no_discordance()}; {self._tell_bound()}."
        text = (
            f"The difference of {points(self.difference.value)} points may be chance ({self.test}) and may matter: "
            f"{spread(self.interval)}, beside {self.margin}."
        )
        return text + self._hint()

    @property
    def _has_no_discordance(self) -> bool:
        return self.difference.is_degenerate and self.difference.value == 0.0

    def _no_discordance(self) -> str:
        share = other_share(self.difference.count, 1.0 - self.alpha)
        return (
            f"No discordant task among {self.difference.tasks}: at {100 * (1 - self.alpha):g} % confidence at most "
            f"{100 * share:.1f} % of all tasks would be scored differently"
        )

    def _tell_bound(self) -> str:
        if self.tested.is_shown:
            return f"alone that would be below {self.margin}, with the other contrasts it is not"
        return f"that is not yet below {self.margin}"

    def _hint(self) -> str:
        if self.tested.is_shown:
            alone = spread(self.tested.interval)
            return f" Alone it would be smaller than that ({alone}); with the other contrasts it is not."
        least = 2.0 ** -(self.difference.count - 1)
        if least >= self.alpha:
            return (
                f" So few tasks or families ({self.difference.count}) could not have given a p below {chance(least)}."
            )
        if self.leaves_zero_out and self.p >= self.alpha:
            return " The interval by itself leaves 0 out, but the test does not reject."
        if self.p < self.alpha:
            return " The test rejects, but the interval holds 0."
        return ""


def points(value: float, *, sign: bool = True) -> str:
    """A score as points of a hundred: `+3.2`."""
    return f"{100 * value:{'+' if sign else ''}.1f}"


def chance(p: float) -> str:
    """A p-value as it is printed: never 0."""
    return f"{min(p, 1.0):.3f}" if p >= 0.001 else "below 0.001"


def spread(interval: Interval) -> str:
    """An interval in points: `95 % interval +0.4 to +6.0`."""
    return f"{100 * interval.level:g} % interval {points(interval.low)} to {points(interval.high)}"
