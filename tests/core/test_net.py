"""A net is checked when it is built: each fault has its sentence."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from enum import Enum
from typing import Any

import pytest

from agent_brain.core.errors import IllegalMove, NetError, UnknownName
from agent_brain.core.events import Piece
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.net import Net
from agent_brain.core.state import END, State, StateType
from agent_brain.nets.answering import AnswerState
from agent_brain.nets.react import react
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.nets.sub_run import SubRunState


class Going(State):
    """A state that goes where it is told."""

    def __init__(self, *targets: str, visits_max: int | None = None) -> None:
        self.goals = frozenset(targets)
        self.bound = visits_max

    @property
    def targets(self) -> frozenset[str]:
        return self.goals

    @property
    def visits_max(self) -> int | None:
        return self.bound

    def aimed_at(self, target: str) -> "Going":
        return self.changed(goals=frozenset({target}))

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        yield "gone"

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(next(iter(self.goals)))


def build(
    states: dict[str, State], moves: dict[str, set[str]] | None = None, start: str = "a", finish: str = "z"
) -> Net:
    return Net("test", states, moves or {}, start, finish)


def test_rows_come_from_what_states_declare() -> None:
    net = build({"a": Going("z"), "z": Going(END)})

    assert dict(net.table) == {"a": {"z"}, "z": {END}}


@pytest.mark.parametrize(
    ("states", "moves", "sentence"),
    [
        ({"a": Going("z"), "z": Going(END)}, {"a": {"z", "q"}}, "a -> 'q', which is no state; known: a, z"),
        ({"a": Going("z"), "z": Going(END)}, {"q": {"z"}}, "a row for 'q', which is no state"),
        ({"b": Going("z"), "z": Going(END)}, {}, "the start 'a' is no state; known: b, z"),
        ({"a": Going(END)}, {}, "the finish 'z' is no state"),
        ({"a": Going("z"), "z": Going(END), "lost": Going("z")}, {}, "lost cannot be reached from a"),
        ({"a": Going("b"), "b": Going("b", visits_max=3), "z": Going(END)}, {}, "b has no way to the end"),
        (
            {"a": Going("z"), "b": Going("z"), "z": Going(END)},
            {"a": {"b"}},
            "a wants to go to z, which its row forbids",
        ),
        ({"a": Going("z"), "z": Going(END)}, {"a": {"z", END}}, "a -> end is a move that Going cannot make"),
        ({"a": Going("b"), "b": Going("a", "z"), "z": Going(END)}, {}, "has no bound"),
        ({"a": Going("a", "z"), "z": Going(END)}, {}, "the cycle a -> a has no bound"),
        ({"a": Going("z"), "z": Going(END), END: Going("z")}, {}, "cannot name a state"),
    ],
)
def test_the_checker_says_what_is_wrong(states: dict[str, State], moves: dict[str, set[str]], sentence: str) -> None:
    with pytest.raises(NetError) as caught:
        build(states, moves)

    assert sentence in str(caught.value)


def test_a_row_that_is_a_text_is_refused_before_it_is_read_letter_by_letter() -> None:
    with pytest.raises(NetError, match=r"the row of a is the text 'z'; wanted a set: \{'z'\}"):
        Net("test", {"a": Going("z"), "z": Going(END)}, {"a": "z"}, "a", "z")


def test_a_bound_on_one_state_bounds_its_cycle() -> None:
    net = build({"a": Going("b"), "b": Going("a", "z", visits_max=5), "z": Going(END)})

    assert net.name == "test"


def test_an_illegal_move_names_the_legal_ones() -> None:
    react.check_move(StateType.ACTION, StateType.REASONING)
    with pytest.raises(IllegalMove, match="action -> answer; from action it allows: reasoning"):
        react.check_move(StateType.ACTION, StateType.ANSWER)


def test_an_unknown_state_names_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="did you mean 'action'"):
        react["actoin"]


def test_extending_adds_a_state_and_aims_the_one_whose_row_changed() -> None:
    careful = react.extend("careful", {"doubt": Going(StateType.REASONING)}, {StateType.ACTION: {"doubt"}})

    assert careful.table[StateType.ACTION] == {"doubt"}
    assert careful[StateType.ACTION].targets == frozenset({"doubt"})
    assert careful.table["doubt"] == {StateType.REASONING}
    assert react.table[StateType.ACTION] == {StateType.REASONING}
    assert careful.fingerprint != react.fingerprint


def test_extending_with_a_state_of_an_old_name_replaces_it() -> None:
    short = react.extend("short", {StateType.REASONING: ReasoningState(steps_max=1)})

    assert short[StateType.REASONING].visits_max == 1


def test_extending_can_begin_elsewhere() -> None:
    doubtful = react.extend("doubtful", {"doubt": Going(StateType.REASONING)}, start="doubt")

    assert doubtful.start == "doubt"
    assert doubtful.extend("more", {}).start == "doubt"


def test_the_slots_of_nets_inside_are_shown_too() -> None:
    inner = replace(react, slots=frozenset({"todo"}), moves=react.table)
    outer = Net(
        "outer",
        {"reasoning": SubRunState(inner, then="answer"), "answer": AnswerState()},
        slots=frozenset({"plan"}),
    )

    assert outer.shown_slots == {"plan", "todo"}


def test_a_state_of_a_frozen_net_holds_nothing_that_changes() -> None:
    for state in react.states.values():
        with pytest.raises(AttributeError):
            state.then = "elsewhere"


def test_a_member_of_any_enum_names_a_state() -> None:
    class Mood(str, Enum):  # noqa: UP042  # its `str` is "Mood.CALM", which is the trap
        CALM = "calm"

    net = Net("moods", {Mood.CALM: Going(END)}, {Mood.CALM: {END}}, start=Mood.CALM, finish="calm")

    assert list(net.states) == ["calm"]


@pytest.mark.parametrize("states", [{"a": None}, {"a": ReasoningState}, {1: ReasoningState()}])
def test_what_is_no_state_is_named(states: Any) -> None:
    with pytest.raises(NetError, match="wanted a name and a State"):
        Net("odd", states)
