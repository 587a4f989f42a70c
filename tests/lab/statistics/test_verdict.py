import numpy as np
import pytest

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.estimate import Estimate
from agent_brain.lab.statistics.paired import compare
from agent_brain.lab.statistics.sign_flip import sign_flip
from agent_brain.lab.statistics.verdict import Ruling, decide


def estimate(value: float, se: float, tasks: int = 200) -> Estimate:
    return Estimate(value, se, tasks, tasks, bounds=(-1.0, 1.0))


@pytest.mark.parametrize(
    ("difference", "p", "ruling"),
    [
        (estimate(0.10, 0.02), 0.001, Ruling.BETTER),
        (estimate(-0.10, 0.02), 0.001, Ruling.WORSE),
        (estimate(0.005, 0.01), 0.6, Ruling.EQUIVALENT),
        (estimate(0.012, 0.004), 0.01, Ruling.EQUIVALENT),
        (estimate(0.02, 0.02), 0.3, Ruling.INCONCLUSIVE),
        (estimate(0.10, 0.04), 0.06, Ruling.INCONCLUSIVE),
        (estimate(0.10, 0.06), 0.04, Ruling.INCONCLUSIVE),
    ],
    ids=["better", "worse", "nothing", "too-small-to-matter", "unclear", "adjusted-away", "interval-holds-0"],
)
def test_four_things_can_be_said(difference: Estimate, p: float, ruling: Ruling) -> None:
    assert decide(difference, p).ruling is ruling


def test_a_difference_that_is_found_is_told_with_its_interval_and_test() -> None:
    reason = decide(estimate(0.10, 0.02), 0.0004, contrasts=3).reason
    assert reason == (
        "It scores 10.0 points more: 95 % interval +6.1 to +13.9, sign-flip p below 0.001, adjusted for 3 contrasts."
    )


def test_a_difference_that_may_be_below_the_margin_is_told_so() -> None:
    reason = decide(estimate(-0.05, 0.02), 0.012).reason
    assert reason == (
        "It scores 5.0 points less: 95 % interval -8.9 to -1.1, sign-flip p 0.012. "
        "Whether it is as much as the margin of 3.0 points is not settled."
    )


def test_a_real_difference_within_the_margin_is_too_small_to_matter() -> None:
    verdict = decide(estimate(0.012, 0.004), 0.01)
    assert verdict.ruling is Ruling.EQUIVALENT
    assert verdict.reason.endswith("It is not nothing (sign-flip p 0.010), but too small to matter.")


def test_a_test_that_finds_nothing_shows_nothing() -> None:
    reason = decide(estimate(0.02, 0.02), 0.312).reason
    assert reason == (
        "The difference of +2.0 points may be chance (sign-flip p 0.312) and may matter: "
        "95 % interval -1.9 to +5.9, beside the margin of 3.0 points."
    )


def test_no_discordant_task_is_equivalent_only_with_enough_tasks() -> None:
    few, many = (decide(compare(np.ones(n), np.ones(n)).estimate, None) for n in (50, 150))
    assert few.ruling is Ruling.INCONCLUSIVE
    assert few.reason.startswith("No discordant task among 50: at 95 % confidence at most 5.8 % of all tasks")
    assert many.ruling is Ruling.EQUIVALENT


def test_no_discordant_task_that_other_contrasts_leave_open_is_not_told_to_be_above_the_margin() -> None:
    verdict = decide(compare(np.ones(110), np.ones(110)).estimate, None, p_equivalence=0.18, contrasts=5)
    assert verdict.ruling is Ruling.INCONCLUSIVE
    assert verdict.reason.endswith(
        "at most 2.7 % of all tasks would be scored differently; "
        "alone that would be below the margin of 3.0 points, with the other contrasts it is not."
    )


def test_one_task_is_no_verdict() -> None:
    verdict = decide(compare([1.0], [0.0]).estimate, 1.0)
    assert verdict.ruling is Ruling.INCONCLUSIVE
    assert verdict.reason == "There is one task or family: it says nothing of the others."


def test_too_few_tasks_are_told_that_they_are() -> None:
    arm = [1.0, 1.0, 1.0, 0.5]
    verdict = decide(compare(arm, [0.0] * 4).estimate, sign_flip(arm).p)
    assert verdict.ruling is Ruling.INCONCLUSIVE
    assert verdict.reason.endswith("So few tasks or families (4) could not have given a p below 0.125.")


def test_a_win_on_every_task_is_better() -> None:
    verdict = decide(compare(np.ones(30), np.zeros(30)).estimate, sign_flip(np.ones(30)).p)
    assert verdict.ruling is Ruling.BETTER


def test_exchanging_the_arms_exchanges_better_and_worse() -> None:
    rng = np.random.default_rng(0)
    arm, control = rng.random(80) + 0.3, rng.random(80)
    rulings = [decide(one.estimate, 0.001).ruling for one in (compare(arm, control), compare(control, arm))]
    assert rulings == [Ruling.BETTER, Ruling.WORSE]


def test_equivalence_may_be_adjusted_for_its_family_too() -> None:
    difference = estimate(0.01, 0.01)
    verdict = decide(difference, 0.4, p_equivalence=0.07, contrasts=4)
    assert verdict.ruling is Ruling.INCONCLUSIVE
    assert verdict.reason.endswith(
        "Alone it would be smaller than that (90 % interval -0.7 to +2.7); with the other contrasts it is not."
    )
    assert decide(difference, 0.4).ruling is Ruling.EQUIVALENT


def test_another_test_and_level_are_named() -> None:
    reason = decide(estimate(0.10, 0.02), 0.0004, alpha=0.01, test="anytime-valid p").reason
    assert reason == "It scores 10.0 points more: 99 % interval +4.8 to +15.2, anytime-valid p below 0.001."


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(SetupError, match=r"a p-value is 1\.5"):
        decide(estimate(0.1, 0.1), 1.5)
