"""What a run of a net can cost at most, and what a net must not read too early."""

import math
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from agent_brain import END, MemoryEnv, Net, NetError, State
from agent_brain.core.events import Piece
from agent_brain.core.net_cost import count_visits, find_cost
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.react import react
from agent_brain.nets.sub_run import SubRunState
from agent_brain.wiring.nets import find_net


@dataclass(frozen=True)
class Node(State):
    """A state that goes anywhere, a bounded number of times, and says what it reads and writes."""

    bound: int | None = None
    calls: int = 0
    read: str = ""
    written: str = ""

    @property
    def visits_max(self) -> int | None:
        return self.bound

    @property
    def model_calls(self) -> int:  # type: ignore[override]
        return self.calls

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(filter(None, [self.read]))

    @property
    def writes(self) -> frozenset[str]:
        return frozenset(filter(None, [self.written]))

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        yield ""

    async def _transition(self, env: MemoryEnv) -> None:
        env.done = True


def make(states: dict[str, State], moves: dict[str, set[str]]) -> Net:
    return Net("n", states, moves, start="a", finish="z")


@pytest.mark.parametrize(
    ("spec", "calls"),
    [
        ("react", 21),
        ("react(steps_max=3)", 4),
        ("direct", 1),
        ("retry(react(steps_max=3), tries=2)", 9),
        ("retry(retry(direct, tries=2), tries=3)", 10),
    ],
)
def test_the_formula_of_a_net_counts_what_is_inside(spec: str, calls: int) -> None:
    assert find_cost(find_net(spec)).total == calls


def test_the_formula_is_told_with_those_of_the_nets_inside() -> None:
    net = Net("outer", {"reasoning": SubRunState(react, then="answer"), "answer": AnswerState()})
    assert find_cost(net).text().splitlines() == [
        "outer: 1 x reasoning(react) + 1 x answer = 22 model calls at most",
        "react: 20 x reasoning + 1 x answer = 21 model calls at most",
    ]


def test_a_state_on_no_cycle_is_visited_once_however_often_it_may() -> None:
    net = make({"a": Node(bound=9, calls=1), "z": Node(calls=1)}, {"a": {"z"}, "z": {END}})
    assert find_cost(net).total == 2


NAMES = ("a", "b", "c", "d", "z")
ROWS = st.sets(st.sampled_from(NAMES)).map(lambda row: row | {"z"})
TABLES = st.fixed_dictionaries({"a": ROWS.map(lambda row: row | set(NAMES[1:])), "b": ROWS, "c": ROWS, "d": ROWS})
BOUND = st.one_of(st.integers(1, 4), st.integers(1, 4), st.none())
BOUNDS = st.fixed_dictionaries(dict.fromkeys(NAMES[:-1], BOUND))


@given(TABLES, BOUNDS, st.randoms(use_true_random=False))
def test_no_walk_visits_a_state_more_often_than_was_counted(
    table: dict[str, set[str]], bounds: dict[str, int | None], random: object
) -> None:
    states: dict[str, State] = {**{name: Node(bound=bound) for name, bound in bounds.items()}, "z": Node()}
    try:
        net = make(states, {**table, "z": {END}})
    except NetError:
        reject()
    visits = count_visits(net.states, net.table, net.start)
    seen = dict.fromkeys(NAMES, 0)
    place = "a"
    while place != END:
        seen[place] += 1
        free = [target for target in sorted(net.table[place]) if seen.get(target, 0) < (bounds.get(target) or math.inf)]
        if not free:
            break
        place = random.choice(free)  # type: ignore[attr-defined]
    assert all(seen[name] <= visits[name] for name in NAMES)


def test_what_is_read_before_it_was_written_on_some_way_is_a_fault() -> None:
    states: dict[str, State] = {"a": Node(), "b": Node(written="plan"), "z": Node(read="plan")}
    with pytest.raises(NetError, match="z reads 'plan', which not every way to it has written"):
        make(states, {"a": {"b", "z"}, "b": {"z"}, "z": {END}})
    make(states, {"a": {"b"}, "b": {"z"}, "z": {END}})


def test_what_a_cycle_writes_does_not_count_for_its_first_round() -> None:
    states: dict[str, State] = {"a": Node(bound=3, read="draft"), "b": Node(written="draft"), "z": Node()}
    with pytest.raises(NetError, match="a reads 'draft'"):
        make(states, {"a": {"b"}, "b": {"a", "z"}, "z": {END}})
