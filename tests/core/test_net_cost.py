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
from agent_brain.wiring.tables import NETS


@dataclass(frozen=True)
class Node(State):
    """A state that goes anywhere, a bounded number of times, and says what it reads and writes."""

    bound: int | None = None
    calls: int = 0
    last: frozenset[str] | None = None
    read: str = ""
    written: str = ""

    @property
    def visits_max(self) -> int | None:
        return self.bound

    @property
    def last_targets(self) -> frozenset[str] | None:
        return self.last

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
        ("ask(react(steps_max=3), max_questions=2)", 6),
        ("plan_execute(react(steps_max=3), steps_max=2)", 3 + 2 * 4 + 2 + 1),
        ("llm_compiler(tries=1)", 2 * (1 + 2) + 1),
    ],
)
def test_the_formula_of_a_net_counts_what_is_inside(spec: str, calls: int) -> None:
    assert find_cost(find_net(spec)).total == calls


@pytest.mark.parametrize(
    ("spec", "calls"),
    [
        ("direct", 1),
        ("retry(tries=4)", 4),
        ("warming(tries=4)", 4),
        ("escalation(tries=4)", 4),
        ("react(steps_max=6)", 5 + 2),
        ("react_brief(steps_max=6)", 5 + 1),
        ("refact(steps_max=6)", 2 * 5 + 1),
        ("refact_inline(steps_max=6)", 5 + 1),
        ("think(react_brief(steps_max=6))", 5 + 1),
        ("plan_solve", 2),
        ("budget_forcing(extensions=3)", 1 + 3),
        ("self_refine(rounds=4)", 1 + 2 * 4),
        ("self_refine(rounds=4, keep='best')", 1 + 2 * 4 + 1),
        ("reflexion(react_brief(steps_max=6), trials=4)", 4 * 6 + 3),
        ("reflexion(react_brief(steps_max=6), trials=4, memory='none')", 4 * 6),
        ("plan_execute(react_brief(steps_max=6), steps_max=5)", 1 + 5 * 6 + 5),
        ("adapt(react_brief(steps_max=6), levels=2, steps_max=5)", 6 + 1 + 5 * 6 + 1),
        ("rewoo", 2),
        ("llm_compiler(replans_max=3)", 2 * (1 + 3)),
        ("self_consistency(samples=7)", 7),
        ("verifier(samples=7)", 7),
        ("debate(agents=4, rounds=3)", 4 * 3),
        ("debate(agents=4, rounds=3, end='judge')", 4 * 3 + 1),
        ("tot(breadth=2, depth=4, candidates=3, samples=2)", (1 + 2 + 2 + 2) * (1 + 3 * 2)),
        ("lats(trajectories=3, branches=2, samples=2, walk=4)", 3 * (2 + 2 * 2 + 4) + 2),
        ("ask(react(steps_max=6), max_questions=2)", 5 + 2 + 2),
    ],
)
def test_where_nothing_goes_wrong_it_is_that_of_the_paper(spec: str, calls: int) -> None:
    cost = find_cost(find_net(spec))
    assert cost.usual == calls
    assert cost.total >= calls


def test_each_shipped_net_is_among_these() -> None:
    marks = test_where_nothing_goes_wrong_it_is_that_of_the_paper.pytestmark  # type: ignore[attr-defined]
    missing = sorted(set(NETS) - {spec.partition("(")[0] for spec, _ in marks[0].args[1]})
    assert not missing, f"no row above says how many calls docs/nets.md tells of {', '.join(missing)}"


def test_the_formula_is_told_with_those_of_the_nets_inside() -> None:
    net = Net("outer", {"reasoning": SubRunState(react, then="answer"), "answer": AnswerState()})
    assert find_cost(net).text().splitlines() == [
        "outer: 1 x reasoning(react) + 1 x answer = 22 model calls at most",
        "react: 20 x reasoning + 1 x answer = 21 model calls at most",
    ]


def test_it_is_told_how_much_of_it_is_for_what_goes_wrong_and_each_net_once() -> None:
    assert find_cost(find_net("tot(breadth=2, depth=2, candidates=3)")).text().splitlines() == [
        "tot: 2 x propose(3 tot_call in all) + 2 x score(9 tot_call in all) + 1 x answer = 13 model calls at most, "
        "12 where no reply is corrected and no limit met",
        "tot_call: 1 x answer = 1 model call at most",
    ]
    told = find_cost(find_net("adapt(direct)")).text().splitlines()
    assert len(told) == len(set(told)) == 3


def test_the_last_visit_of_a_bounded_state_counts_only_where_it_can_move_then() -> None:
    moves = {"a": {"b", "z"}, "b": {"a"}, "z": {END}}
    for last, visits in ((None, 3), (frozenset({"z"}), 2), (frozenset({"b", "z"}), 3)):
        net = make({"a": Node(bound=3, last=last), "b": Node(), "z": Node()}, moves)
        assert count_visits(net.states, net.table, net.start)["b"] == visits


def test_a_state_on_no_cycle_is_visited_once_however_often_it_may() -> None:
    net = make({"a": Node(bound=9, calls=1), "z": Node(calls=1)}, {"a": {"z"}, "z": {END}})
    assert find_cost(net).total == 2


NAMES = ("a", "b", "c", "d", "z")
ROWS = st.sets(st.sampled_from(NAMES)).map(lambda row: row | {"z"})
TABLES = st.fixed_dictionaries({"a": ROWS.map(lambda row: row | set(NAMES[1:])), "b": ROWS, "c": ROWS, "d": ROWS})
BOUND = st.one_of(st.integers(1, 4), st.integers(1, 4), st.none())
BOUNDS = st.fixed_dictionaries(dict.fromkeys(NAMES[:-1], BOUND))
LASTS = st.fixed_dictionaries(dict.fromkeys(NAMES[:-1], st.none() | st.frozensets(st.sampled_from(NAMES))))


@given(TABLES, BOUNDS, LASTS, st.randoms(use_true_random=False))
def test_no_walk_visits_a_state_more_often_than_was_counted(
    table: dict[str, set[str]],
    bounds: dict[str, int | None],
    lasts: dict[str, frozenset[str] | None],
    random: object,
) -> None:
    states: dict[str, State] = {name: Node(bound=bound, last=lasts[name]) for name, bound in bounds.items()}
    states["z"] = Node()
    try:
        net = make(states, {**table, "z": {END}})
    except NetError:
        reject()
    visits = count_visits(net.states, net.table, net.start)
    seen = dict.fromkeys(NAMES, 0)
    place = "a"
    while place != END:
        seen[place] += 1
        ways, last = net.table[place], lasts.get(place)
        if last is not None and seen[place] == bounds.get(place):
            ways &= last
        free = [target for target in sorted(ways) if seen.get(target, 0) < (bounds.get(target) or math.inf)]
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
