"""Records and envs come back from JSON as they were, also those that an older version wrote."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.env_json import ENV_VERSION, decode_env, encode_env
from agent_brain.core.errors import StoreBroken
from agent_brain.core.items import Action, ItemKind, ReplyCall
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.record_json import KIND, RECORDS_VERSION, decode_records, encode_records
from agent_brain.core.records import ActionsChosen, Called, ItemAdded, Record
from core.test_memory_env import CHANGES, begin, change

OLDEST = Path(__file__).parents[1] / "data" / "records" / "version_1.json"


def make(changes: list[tuple[object, ...]]) -> tuple[MemoryEnv, list[Record]]:
    env = begin()
    for name, *args in changes:
        change(env, str(name), *args)
    return env, env.take_fresh()


@given(st.lists(CHANGES, max_size=30))
def test_records_come_back_from_json_as_they_were(changes: list[tuple[object, ...]]) -> None:
    env, records = make(changes)

    text = encode_records(records).encode().decode()

    assert decode_records(text) == tuple(records)
    assert MemoryEnv.fold(decode_records(text)) == env


@given(st.lists(CHANGES, max_size=30))
def test_an_env_comes_back_from_its_snapshot_as_it_was(changes: list[tuple[object, ...]]) -> None:
    env, _ = make(changes)

    assert decode_env(encode_env(env)) == env


def test_whatever_a_model_writes_can_be_kept() -> None:
    text = 'NUL \0, half a character \ud83d, a whole one \U0001f9e0, quotes " and a backslash \\'
    env = begin()
    env.choose([Action(name=text, args={text: [float("inf"), 10**40, text]})])
    records = env.take_fresh()

    assert decode_records(encode_records(records)) == tuple(records)


@pytest.mark.parametrize("calls", [(), None, (ReplyCall("add", '{"a": 1'), ReplyCall("", "\ud800"))])
def test_the_calls_of_a_reply_come_back_as_they_were(calls: tuple[ReplyCall, ...] | None) -> None:
    called = Called("m", "p", 2, text="", reasoning="", finish="tool_calls", calls=calls, tools="t")

    assert decode_records(encode_records([called])) == (called,)


def test_what_a_server_wants_back_comes_back_as_it_was() -> None:
    details = {"by": "gemini/m", "fields": {"reasoning_details": [{"data": "gA==", "index": 0, "format": None}]}}
    called = Called(
        "m", "p", 2, text="", reasoning="", details={**details, "calls": [{"extra_content": {"a": [1]}}, {}]}
    )
    added = ItemAdded(ItemKind.THOUGHT, "", "reasoning", "hm", details)

    assert decode_records(encode_records([called, added])) == (called, added)
    env = MemoryEnv.fold([*begin().fresh, added])
    assert decode_env(encode_env(env)).log[-1].details == details


def test_a_field_at_its_default_takes_no_place() -> None:
    env = begin()
    env.take_fresh()
    env.choose(())
    env.set_state("action")

    assert encode_records(env.take_fresh()) == '[{"k":"ActionsChosen","actions":[]},{"k":"StateSet","state":"action"}]'


@pytest.mark.parametrize(
    "text",
    ["", "1", "[1]", "[{}]", '[{"k":"Nonsense"}]', '[{"k":"Finished"}]', '[{"k":"Finished","answer":"","x":1}]'],
)
def test_what_is_no_record_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(StoreBroken, match="no records of version 1"):
        decode_records(text)


def test_records_of_a_newer_version_are_refused() -> None:
    with pytest.raises(StoreBroken, match="reads up to"):
        decode_records("[]", RECORDS_VERSION + 1)


def test_a_snapshot_of_a_newer_version_is_refused() -> None:
    data = json.loads(encode_env(begin()))

    with pytest.raises(StoreBroken, match="reads up to"):
        decode_env(json.dumps(data | {"version": ENV_VERSION + 1}).encode())


def test_the_oldest_kept_snapshot_is_read() -> None:
    records = decode_records(OLDEST.read_text(), version=1)

    assert decode_env(OLDEST.with_name("env_version_1.json").read_bytes()) == MemoryEnv.fold(records)


def test_what_is_no_snapshot_is_refused() -> None:
    with pytest.raises(StoreBroken, match="no snapshot"):
        decode_env(b"[]")


def test_the_oldest_kept_records_are_read() -> None:
    kept = json.loads(OLDEST.read_text())

    records = decode_records(json.dumps(kept), version=1)

    assert [data[KIND] for data in kept] == [type(record).__name__ for record in records]
    assert {type(record) for record in records} >= {ItemAdded, ActionsChosen}
    assert MemoryEnv.fold(records).answer == "5"
