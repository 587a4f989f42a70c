"""What a run remembers of the wire that goes with a model."""

import pytest

from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.record_json import decode_records, encode_records
from agent_brain.core.wire_choice import WireChoice, describe_choice, is_choice, make_key, read_choice

KEY = make_key("mock", "host:80")


def test_a_choice_comes_back_from_the_board_and_from_json() -> None:
    env = MemoryEnv.begin("r", "react", "f", "reasoning", "Add.")
    choice = WireChoice("text", "its server refuses tools", 1)
    env.put_board(KEY, choice.data())
    again = MemoryEnv.fold(decode_records(encode_records(env.fresh)))
    assert read_choice(again.board, KEY) == choice
    assert read_choice(again.board, make_key("mock", "other")) is None


@pytest.mark.parametrize("kept", [None, "text", {}, {"wire": "pigeon"}, ["text"]])
def test_what_is_no_choice_is_none(kept: object) -> None:
    assert read_choice({KEY: kept}, KEY) is None
    assert describe_choice(KEY, kept) == f"mock at host:80: {kept!r}"


def test_a_refusal_counts_at_once_and_broken_calls_when_there_are_two() -> None:
    native = WireChoice("native", "it called")
    assert native.refused("no tools").way == "text"
    once = native.broken("cannot parse")
    assert (once.way, once.broken("cannot parse").way) == ("native", "text")


def test_a_choice_is_told_in_words() -> None:
    native = WireChoice("native", "it called")
    told = [describe_choice(KEY, choice.data()) for choice in (native, native.refused("no"), native.broken("hm"))]
    assert told == [
        "mock at host:80 is asked over tool calls: it called",
        "mock at host:80 is asked over text: no",
        "mock at host:80 was asked over text for once: hm",
    ]
    assert is_choice(KEY)
    assert not is_choice("wires")
