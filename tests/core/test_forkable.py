"""Forks of an env share its past, so that one costs the same however long that is, and none sees what another does."""

from collections.abc import Callable
from itertools import combinations

import pytest

from agent_brain import MemoryEnv
from agent_brain.core.items import Action, ItemKind, Observation
from agent_brain.core.records import Started


def make(length: int = 3) -> MemoryEnv:
    env = MemoryEnv.begin("r", "react", "f", "reasoning", "What?")
    for place in range(length):
        env.add(ItemKind.THOUGHT, f"thought {place}")
    env.put_board("votes", 1)
    env.put_slot("plan", "look")
    env.nest("s1-0", Started("r:s1-0", "direct", "f", "answer", "Inside?", {}))
    env.start_action(Action(name="look"))
    env.take_fresh()
    return env


CHANGES: dict[str, Callable[[MemoryEnv], object]] = {
    "log": lambda env: env.add(ItemKind.NOTE, "more"),
    "outcome": lambda env: env.finish_action(env.in_flight[0].action_id, Observation("found")),
    "board": lambda env: env.put_board("votes", 2),
    "slot": lambda env: env.put_slot("plan", None),
    "words": lambda env: env.keep_words("You look."),
    "pause": lambda env: env.ask("Which?"),
    "visit": lambda env: env.set_state("answer"),
    "inside": lambda env: env.nest("s1-0", Started("r:s1-0", "direct", "f", "answer", "Further?", {})),
    "name": lambda env: env.fork_to("other"),
}


def test_a_fork_shares_the_past_until_one_of_the_two_is_changed() -> None:
    env = make()
    twin = env.fork()
    assert twin.log is env.log
    twin.put_board("votes", 2)
    assert twin.log is not env.log
    assert twin.log == env.log
    assert (env.board["votes"], twin.board["votes"]) == (1, 2)


@pytest.mark.parametrize("first", CHANGES)
@pytest.mark.parametrize("second", CHANGES)
def test_whichever_is_changed_first_no_other_fork_sees_it(first: str, second: str) -> None:
    env, untouched = make(), make()
    forks = [env.fork(), env.fork()]
    deep = forks[0].fork()
    CHANGES[first](env)
    CHANGES[second](forks[0])
    assert forks[1] == deep == untouched
    CHANGES[first](deep)
    assert deep == env
    assert forks[1] == untouched
    assert all(one.log is not other.log for one, other in combinations([env, *forks, deep], 2))


def test_a_fork_has_no_records_of_its_own_and_works_things_out_anew() -> None:
    env = make()
    env.add(ItemKind.NOTE, "fresh")
    known: dict[str, str] = env.derive(dict)
    twin = env.fork()
    assert (len(env.fresh), list(twin.fresh), twin.is_urgent) == (1, [], False)
    assert env.derive(dict) is known
    assert twin.derive(dict) is not known
