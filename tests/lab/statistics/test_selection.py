from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from agent_brain.core.errors import SetupError
from agent_brain.lab.statistics.distributions import expected_normal
from agent_brain.lab.statistics.selection import optimism, rungs, split, survivors, winners_curse

SHARES = {"selection": 0.5, "confirmation": 0.3, "training": 0.2}
TASKS = [f"task-{number}" for number in range(100)]
FAMILIES = [f"family-{number // 5}" for number in range(100)]


@pytest.mark.parametrize(
    ("tasks", "repeats", "arms", "best"),
    [(50, 1, 24, 0.615), (50, 1, 6, 0.575), (50, 5, 24, 0.552), (100, 3, 24, 0.547)],
    ids=["50x1-of-24", "50x1-of-6", "50x5-of-24", "100x3-of-24"],
)
def test_the_published_scores_of_the_best_of_equals(tasks: int, repeats: int, arms: int, best: float) -> None:
    noise = expected_normal(lambda z: expit(1.5 * z) * expit(-1.5 * z))
    assert 0.5 + winners_curse(arms, tasks, repeats, noise=noise) == pytest.approx(best, abs=0.002)


def test_one_arm_was_not_selected() -> None:
    assert winners_curse(1, 50) == 0.0


def test_the_best_of_two_by_its_formula() -> None:
    assert winners_curse(2, 25) == pytest.approx(0.1 / np.sqrt(np.pi))


@given(st.randoms(use_true_random=False))
def test_a_split_depends_on_which_tasks_there_are_and_not_on_their_order(random: Random) -> None:
    shuffled = random.sample(TASKS, len(TASKS))
    found, other = split(TASKS, SHARES, seed=3), split(shuffled, SHARES, seed=3)
    assert {name: set(tasks) for name, tasks in found.items()} == {name: set(tasks) for name, tasks in other.items()}
    assert other["selection"] == [task for task in shuffled if task in set(found["selection"])]


def test_every_task_is_in_one_split_of_its_share() -> None:
    found = split(TASKS, SHARES)
    assert [len(found[name]) for name in SHARES] == [50, 30, 20]
    assert sorted(task for tasks in found.values() for task in tasks) == sorted(TASKS)
    assert found != split(TASKS, SHARES, seed=1)


def test_a_family_is_in_one_split_alone() -> None:
    found = split(TASKS, SHARES, FAMILIES)
    family = dict(zip(TASKS, FAMILIES, strict=True))
    kept = [{family[task] for task in tasks} for tasks in found.values()]
    assert sum(map(len, kept)) == len(set(FAMILIES)) == len(set().union(*kept))
    assert [len(found[name]) for name in SHARES] == [50, 30, 20]


def test_a_share_of_nothing_gets_nothing() -> None:
    assert split(["a", "b"], {"selection": 1.0, "confirmation": 0.0}) == {"selection": ["a", "b"], "confirmation": []}


def test_rounds_halve_the_arms_and_double_the_tasks() -> None:
    assert [(rung.arms, rung.tasks) for rung in rungs(24, 100)] == [(24, 13), (12, 25), (6, 50), (3, 100)]
    assert [(rung.arms, rung.tasks) for rung in rungs(3, 100)] == [(3, 100)]
    assert [(rung.arms, rung.tasks) for rung in rungs(100, 2, keep=1, eta=10)] == [(100, 1), (10, 1), (1, 2)]


def test_the_best_survive_in_order() -> None:
    assert survivors({"a": 0.1, "b": 0.4, "c": 0.4, "d": 0.2}) == ["b", "c", "d"]
    assert survivors({"a": 0.1}, keep=3) == ["a"]


def test_what_was_selected_loses_on_tasks_it_was_not_selected_on() -> None:
    rng = np.random.default_rng(0)
    chosen, confirmed = rng.binomial(50, 0.5, (2, 3_000, 24)) / 50
    lost = [optimism(one, two) for one, two in zip(chosen, confirmed, strict=True)]
    assert np.mean(lost) == pytest.approx(winners_curse(24, 50), abs=0.006)
    assert np.mean(confirmed[np.arange(3_000), chosen.argmax(axis=1)]) == pytest.approx(0.5, abs=0.005)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: split(["a", "a"], SHARES), "1 tasks are named twice"),
        (lambda: split(["a"], {"selection": 0.5}), "sum to 1"),
        (lambda: split(["a", "b"], SHARES, ["x"]), "1 families are named for 2 tasks"),
        (lambda: rungs(0, 10), "0 arms"),
        (lambda: survivors({}), "of 0 arms"),
        (lambda: survivors({"a": float("nan")}), "nan"),
        (lambda: winners_curse(0, 10), "0 arms"),
        (lambda: optimism([0.1], [0.1, 0.2]), "1 arms were selected from and 2 confirmed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_selected_from_is_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        call()
