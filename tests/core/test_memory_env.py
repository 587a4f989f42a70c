"""Every change of an env is a record, and the fold of the records is an equal env."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.items import Action, FaultKind, ItemKind, Observation, OutcomeStatus
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import PauseKind
from agent_brain.core.records import ActionFinished, Asked, Failed, Forked, Record, Status
from agent_brain.core.usage import Usage

TEXT = st.text(max_size=12)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | TEXT, lambda x: st.lists(x, max_size=3), max_leaves=4)
ACTIONS = st.builds(Action, name=TEXT, args=st.dictionaries(TEXT, JSON, max_size=3))
OBSERVATIONS = st.builds(Observation, TEXT, st.sampled_from(OutcomeStatus), st.none() | st.sampled_from(FaultKind))
USAGES = st.builds(Usage, *[st.integers(0, 99)] * 7, seconds=st.floats(0, 9))
CHANGES = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(ItemKind), TEXT),
    st.tuples(st.just("choose"), st.lists(ACTIONS, max_size=3)),
    st.tuples(st.just("start_action"), ACTIONS),
    st.tuples(st.just("finish_first"), OBSERVATIONS),
    st.tuples(st.just("settle"), TEXT),
    st.tuples(st.just("fault"), st.sampled_from(FaultKind), TEXT),
    st.tuples(st.just("put_slot"), TEXT, st.none() | TEXT),
    st.tuples(st.just("put_board"), TEXT, JSON),
    st.tuples(st.just("charge"), USAGES, TEXT),
    st.tuples(st.just("meet_limit"), TEXT, TEXT),
    st.tuples(st.just("set_state"), TEXT, TEXT),
    st.tuples(st.just("finish_run")),
    st.tuples(st.just("update"), st.builds(Asked, TEXT, TEXT, TEXT)),
    st.tuples(st.just("update"), st.builds(Failed, TEXT, TEXT)),
    st.tuples(st.just("update"), st.builds(Forked, TEXT)),
    st.tuples(st.just("hold_action"), ACTIONS, TEXT),
    st.tuples(st.just("start_first_held"), st.none() | st.dictionaries(TEXT, JSON, max_size=2)),
    st.tuples(st.just("ask"), TEXT),
    st.tuples(st.just("reply_first"), JSON),
    st.tuples(st.just("ask_for_more"), st.integers(0, 5)),
    st.tuples(st.just("withdraw"), TEXT),
    st.tuples(st.just("keep_words"), TEXT),
    st.tuples(st.just("resume")),
)


def begin() -> MemoryEnv:
    return MemoryEnv.begin("r1", "react", "f0", "reasoning", "What is 2 + 3?")


def change(env: MemoryEnv, name: str, *args: Any) -> None:
    if name == "finish_first":
        for item in env.in_flight[:1]:
            env.finish_action(item.action_id, *args)
    elif name == "start_first_held":
        for item in env.held[:1]:
            env.start_again(item, *args)
    elif name == "reply_first":
        for pause in [pause for pause in env.open_pauses if pause.kind is not PauseKind.BUDGET][:1]:
            env.reply(pause.pause_id, *args)
    elif name == "ask_for_more":
        env.reply(env.ask("More?", kind=PauseKind.BUDGET, token="tokens"), *args)
    elif name == "finish_run":
        env.done = True
    else:
        getattr(env, name)(*args)


@given(st.lists(CHANGES, max_size=30))
def test_the_fold_of_all_records_is_an_equal_env(changes: list[tuple[Any, ...]]) -> None:
    env = begin()
    records: list[Record] = env.take_fresh()
    for name, *args in changes:
        change(env, name, *args)
        records += env.take_fresh()

    assert MemoryEnv.fold(records) == env


@given(st.lists(CHANGES, max_size=20), st.integers(0, 40))
def test_every_change_is_seen_in_the_records_up_to_it(changes: list[tuple[Any, ...]], cut: int) -> None:
    env = begin()
    for name, *args in changes[:cut]:
        change(env, name, *args)
    prefix, before = env.take_fresh(), env.fork()
    for name, *args in changes[cut:]:
        change(env, name, *args)

    assert MemoryEnv.fold(prefix) == before
    assert MemoryEnv.fold([*prefix, *env.take_fresh()]) == env


@given(st.lists(CHANGES, max_size=20))
def test_a_fork_has_a_future_of_its_own(changes: list[tuple[Any, ...]]) -> None:
    env = begin()
    records = env.take_fresh()
    twin = env.fork()
    for name, *args in changes:
        change(twin, name, *args)

    assert env == MemoryEnv.fold(records)
    assert env.take_fresh() == []


def test_an_action_and_its_outcome_are_one_item() -> None:
    env = begin()
    env.next_action = Action(name="add", args={"a": 2, "b": 3})
    action_id = env.start_action(Action(name="add", args={"a": 2, "b": 3}))
    assert env.next_action is None
    assert [item.outcome for item in env.in_flight] == [None]

    env.finish_action(action_id, Observation("5"))

    [item] = [item for item in env.log if item.kind is ItemKind.ACTION]
    assert item.outcome == Observation("5")
    assert env.usage.tool_calls == 1
    assert not env.in_flight


def test_the_first_outcome_of_an_action_counts() -> None:
    env = begin()
    action_id = env.start_action(Action(name="pay"))
    env.finish_action(action_id, Observation("paid"))
    env.finish_action(action_id, Observation("paid again"))

    assert env.log[-1].outcome == Observation("paid")
    assert [record.outcome for record in env.take_fresh() if isinstance(record, ActionFinished)] == [
        Observation("paid")
    ]


def test_settling_gives_what_is_in_flight_an_unknown_outcome() -> None:
    env = begin()
    env.start_action(Action(name="pay"))
    env.settle("killed")

    assert env.log[-1].outcome == Observation("killed", OutcomeStatus.UNKNOWN)


def test_a_further_question_keeps_the_log_and_counts_anew() -> None:
    env = begin()
    env.charge(Usage(model_calls=3))
    env.set_state("reasoning")
    env.fault(FaultKind.EMPTY, "say something")
    env.add(ItemKind.ANSWER, "5")
    env.done = True
    env.update(Asked("r2", "reasoning", "And twice that?"))

    assert (env.status, env.usage, env.steps, env.answer) == (Status.RUNNING, Usage(), 1, "")
    assert (env.visits, env.faults, env.fault_streak) == ({"reasoning": 1}, {}, 0)
    assert [item.text for item in env.log] == ["What is 2 + 3?", "say something", "5", "And twice that?"]
    assert env.goal == "And twice that?"


def test_done_says_whether_a_limit_was_met() -> None:
    env, limited = begin(), begin()
    limited.meet_limit("model_calls", "the limit of 3 model calls was reached")
    env.done = limited.done = True

    assert (env.status, limited.status) == (Status.ANSWERED, Status.LIMITED)


def test_done_cannot_be_taken_back() -> None:
    env = begin()
    with pytest.raises(ValueError, match="further question"):
        env.done = False


def test_faults_are_counted_by_kind_and_in_a_row() -> None:
    env = begin()
    env.fault(FaultKind.UNREADABLE, "write JSON")
    wrong = env.start_action(Action(name="ad"))
    env.finish_action(wrong, Observation("no tool", OutcomeStatus.FAILED, FaultKind.UNKNOWN_TOOL))
    assert env.fault_streak == 2

    env.finish_action(env.start_action(Action(name="add")), Observation("5"))

    assert env.fault_streak == 0
    assert env.faults == {FaultKind.UNREADABLE: 1, FaultKind.UNKNOWN_TOOL: 1}


def test_what_an_env_shows_cannot_be_written_to() -> None:
    env = begin()
    with pytest.raises(TypeError):
        env.board["x"] = 1  # type: ignore[index]
    with pytest.raises(AttributeError):
        env.surprise = 1  # type: ignore[attr-defined]


def test_a_kind_of_item_may_be_said_in_words_and_has_to_exist() -> None:
    env = begin()
    env.add("note", "look")  # type: ignore[arg-type]  # what the types forbid

    with pytest.raises(ValueError, match="weird"):
        env.add("weird", "look")  # type: ignore[arg-type]  # as above
    assert env.log[-1].kind is ItemKind.NOTE
