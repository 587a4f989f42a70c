"""What a run learns of its models' contexts: from what was reported, from refusals, from what was hidden."""

from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.context import Context, choose_reply, describe_fit, describe_refusal
from agent_brain.core.env_json import decode_env, encode_env
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.ports import Room
from agent_brain.core.record_json import decode_records, encode_records
from agent_brain.core.records import Asked, Called, Fitted, Record, Refused
from agent_brain.nets.fitting import find_budget

LEARNT: list[Record] = [
    Called("m", "p", 2, counted=1000, reported=800),
    Refused("m", "p", 9000, 8192, "too long", (8192, 7500, 500)),
    Refused("other", "p", 9000, 4000, "too long"),
    Fitted("m", 9000, 5000, 6000, 12, 13),
    Fitted("m", 9000, 1050, 1050, 0, is_silent=True),
]


def make_env() -> MemoryEnv:
    env = MemoryEnv.begin("r", "net", "f", "reasoning", "Where is it?")
    for record in LEARNT:
        env.update(record)
    return env


def test_what_was_learnt_last_of_each_kind_counts() -> None:
    assert make_env().contexts == {
        "m": Context(window=8192, reply=500, counted=9000, reported=7500, since=13),
        "other": Context(window=4000),
    }


def test_it_comes_back_from_records_from_a_snapshot_and_in_a_further_question() -> None:
    env = make_env()

    assert decode_records(encode_records(LEARNT)) == tuple(LEARNT)
    assert decode_env(encode_env(env)) == env
    assert env.fork().contexts == env.contexts
    before = dict(env.contexts)
    env.update(Asked("r2", "reasoning", "And who?"))
    assert env.contexts == before


def test_where_nothing_is_known_there_is_no_budget() -> None:
    assert find_budget(Context(), None) is None
    assert find_budget(Context(counted=10, reported=9, since=4), None) is None


@given(st.integers(64, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_prompt_within_the_budget_leaves_room_for_the_reply(
    window: int, reply: int, counted: int, reported: int
) -> None:
    context = Context(window, reply, counted, reported)

    budget = find_budget(context, None)

    assert budget is not None
    left = window - max(reply, choose_reply(window))
    assert budget * context.scale <= left * (1 + 1e-9) or budget == 0  # a part of a token is lost in the quotient


def test_of_two_windows_the_smaller_counts_and_a_counted_one_is_taken_as_it_is() -> None:
    assert find_budget(Context(window=4000), Room(100_000, 8192)) == 3000
    assert find_budget(Context(window=100_000), Room(4000, 500)) == 3500
    assert find_budget(Context(window=4000, counted=1, reported=7), Room(777, is_counted=True)) == 777


def test_what_happened_is_told_with_its_sizes() -> None:
    _, told, guessed, fitted, silent = LEARNT
    assert isinstance(told, Refused)
    assert isinstance(guessed, Refused)
    assert isinstance(fitted, Fitted)
    assert isinstance(silent, Fitted)
    assert describe_refusal(told).endswith("did not fit m: its context is 8,192, as its server says")
    assert describe_refusal(guessed).endswith("its context is 4,000, as far as can be guessed")
    assert "12 items are not shown any more (about 9,000 tokens, 5,000 of 6,000 with less)" in describe_fit(fitted)
    assert "has read 1,050 tokens of a prompt of about 9,000" in describe_fit(silent)
