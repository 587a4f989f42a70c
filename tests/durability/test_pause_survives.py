"""What was asked in one process is answered in others, in any order, days later; no code of a user runs twice."""

from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from durability.nursery import Nursery
from durability.outside import Outside
from durability.spots import House, Spot

pytestmark = pytest.mark.asyncio(loop_scope="session")

REPLIES = {"q1": True, "q2": {"approve": False, "reason": "too dear"}, "q3": "blue"}
OUTCOMES = {"paid 50", "a person refused to let it run: too dear", "blue", "seen"}
ONCE = {"considered": 2, "looked": 1, "model": 3}
"""What happens once for each tool that may need leave, for each tool that was run, and for each reply of the model."""


class Talk:
    """One run, taken on in a new process each time."""

    def __init__(self, nursery: Nursery, spot: Spot) -> None:
        self._nursery = nursery
        self.spot = spot

    async def go_on(self, days: float, **replies: Any) -> Any:
        words = {**self.spot.words, "days": days, "replies": replies, "is_begun": days > 0}
        return await self._nursery.start("converse", **words).finish()

    def count(self) -> Counter[str]:
        return Counter(line.what for line in self.spot.outside.read() if line.what != "ack")


@pytest.fixture
def talk(nursery: Nursery, house: House, tmp_path: Path) -> Talk:
    return Talk(nursery, Spot(house, house.make_url("run"), "run", Outside(tmp_path / "outside.txt")))


@pytest.mark.parametrize("order", list(permutations(REPLIES)), ids="-".join)
async def test_three_pauses_are_answered_by_three_processes_in_any_order(talk: Talk, order: tuple[str, ...]) -> None:
    asked = await talk.go_on(0)
    assert (asked["status"], asked["waits"]) == ("waiting", ["q1", "q2", "q3"])

    found = [await talk.go_on(1 + place / 10, **{one: REPLIES[one]}) for place, one in enumerate(order)]

    env = (await talk.spot.read()).env
    assert [one["waits"] for one in found] == [sorted(order[1:]), [order[2]], []]
    assert (found[2]["status"], found[2]["answer"]) == ("answered", "The end.")
    assert {item.outcome.text for item in env.log if item.outcome} == OUTCOMES
    assert talk.count() == {**ONCE, "paid": 1}


async def test_what_nobody_answers_in_time_is_refused_by_whoever_drives_it_then(talk: Talk) -> None:
    await talk.go_on(0)
    early = await talk.go_on(1, q3="red")
    still = await talk.go_on(1.5)
    done = await talk.go_on(30)

    assert (early["waits"], still["waits"]) == (["q1", "q2"], ["q1", "q2"])
    assert (done["status"], done["answer"]) == ("answered", "The end.")
    assert talk.count() == ONCE


async def test_what_was_answered_in_time_is_run_however_late(talk: Talk) -> None:
    await talk.go_on(0)
    await talk.go_on(1, q3="red", q1=True)
    done = await talk.go_on(30)
    again = await talk.go_on(31, q2=True)

    assert done["answer"] == again["answer"] == "The end."
    assert talk.count() == {**ONCE, "paid": 1}
