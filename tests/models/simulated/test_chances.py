"""Chances that hang on their names alone."""

import pytest

from agent_brain.models.simulated.chances import Chances

DRAWN = 0.3630803587098849


def test_a_name_has_the_same_chance_in_every_process_and_version() -> None:
    assert Chances(7, ("task", "shared", 0)).draw(" 1.reasoning#3", "right") == pytest.approx(DRAWN, abs=1e-15)


def test_chances_are_spread_evenly() -> None:
    drawn = [Chances().draw(number, "right") for number in range(5000)]

    assert sum(drawn) / 5000 == pytest.approx(0.5, abs=0.015)
    assert [sum(tenth <= 10 * each < tenth + 1 for each in drawn) for tenth in range(10)] == pytest.approx(
        [500] * 10, abs=80
    )


@pytest.mark.parametrize("other", [Chances(1), Chances(0, ("arm",)), Chances(0, ("", "arm"))])
def test_another_seed_or_key_draws_others(other: Chances) -> None:
    own = [Chances().draw(number) for number in range(200)]
    pairs = [(mine - 0.5) * (other.draw(number) - 0.5) for number, mine in enumerate(own)]

    assert abs(sum(pairs) / 200) < 3 / 12 / 200**0.5


def test_a_name_in_two_parts_is_not_the_name_that_they_make() -> None:
    assert Chances().draw("a", "b") != Chances().draw("ab")
    assert Chances(0, ("a", "b")).draw("c") != Chances(0, ("ab",)).draw("c")


def test_normal_numbers_have_the_spread_that_they_should() -> None:
    drawn = [Chances().draw_normal(number) for number in range(5000)]

    assert sum(drawn) / 5000 == pytest.approx(0, abs=0.045)
    assert sum(each**2 for each in drawn) / 5000 == pytest.approx(1, abs=0.06)
