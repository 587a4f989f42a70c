"""Tool calls become actions, or the words that tell the model how to mend them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.core.chat import Reply
from agent_brain.core.items import Action, FaultKind, ReplyCall
from agent_brain.core.ports import Reading
from agent_brain.core.tooling import ToolSpec
from agent_brain.wires.native import NativeWire
from wires.test_text_fuzz import SPECS, TOKENS, VALUES

SAFE = st.characters(exclude_categories=["Cs"])


@pytest.fixture
def native() -> NativeWire:
    return NativeWire()


def read(native: NativeWire, specs: list[ToolSpec], *calls: tuple[str, str], finish: str = "tool_calls") -> Reading:
    return native.read(Reply("So.", "", finish, tuple(ReplyCall(*call) for call in calls)), specs)


def test_every_call_is_an_action_in_order(native: NativeWire, specs: list[ToolSpec]) -> None:
    reading = read(native, specs, ("add", '{"a": 1}'), ("now", "{}"), ("add", '{"a": 2, "b": 3}'))
    assert reading.actions == (
        Action(name="add", args={"a": 1}), Action(name="now"), Action(name="add", args={"a": 2, "b": 3}),
    )  # fmt: skip
    assert (reading.text, reading.fault, reading.remedy) == ("So.", None, "")


@pytest.mark.parametrize(
    "arguments",
    [
        '{"a": 1}', ' \n{"a": 1}\n ', "{'a': 1}", '{"a": 1,}', '{a: 1}', '{"a": 1', '"{\\"a\\": 1}"', '[{"a": 1}]',
        '```json\n{"a": 1}\n```', '{"a": 1}{"a": 2}', 'Sure: {"a": 1}', '{"a": 1, "b": null}', '{"a": 1} // one',
    ],
)  # fmt: skip
def test_arguments_are_read_however_they_are_written(arguments: str, native: NativeWire, specs: list[ToolSpec]) -> None:
    assert read(native, specs, ("add", arguments)).actions == (Action(name="add", args={"a": 1}),)


@pytest.mark.parametrize("arguments", ["", " ", "null", "{}", "[]", '"{}"', '""'])
def test_no_arguments_are_an_empty_object(arguments: str, native: NativeWire, specs: list[ToolSpec]) -> None:
    assert read(native, specs, ("now", arguments)).actions == (Action(name="now"),)


@pytest.mark.parametrize(
    ("arguments", "query"),
    [('"Oslo"', "Oslo"), ("Oslo", "Oslo"), ("7", 7), ('["a"]', ["a"]), ("true", True), ("1e999", "1e999")],
)
def test_a_bare_value_is_the_only_argument_that_there_is(
    arguments: str, query: object, native: NativeWire, specs: list[ToolSpec]
) -> None:
    assert read(native, specs, ("find", arguments)).actions == (Action(name="find", args={"query": query}),)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ("7", "they are a number, not an object"),
        ("[1, 2]", "they are a list, not an object"),
        ("two and three", "they are a text, not an object"),
        ('{"a": ' + "[" * 100, "they are nested too deeply"),
        ("{:::", "they are not valid JSON"),
    ],
)
def test_what_cannot_be_read_is_explained(
    arguments: str, wrong: str, native: NativeWire, specs: list[ToolSpec]
) -> None:
    reading = read(native, specs, ("add", arguments))
    assert (reading.actions, reading.fault) == ((), FaultKind.UNREADABLE)
    assert f"call of add was not run: its arguments cannot be read: {wrong}" in reading.remedy
    assert '{"a": 1.5}' in reading.remedy


def test_one_that_cannot_be_read_does_not_lose_the_others(native: NativeWire, specs: list[ToolSpec]) -> None:
    reading = read(native, specs, ("add", "7"), ("now", ""), ("", "{}"))
    assert reading.actions == (Action(name="now"),)
    assert reading.fault is FaultKind.UNREADABLE
    assert "it names no tool" in reading.remedy


@pytest.mark.parametrize("name", ["functions.add", " add ", "add<|im_end|>"])
def test_a_name_is_read_without_what_does_not_belong_to_it(
    name: str, native: NativeWire, specs: list[ToolSpec]
) -> None:
    assert read(native, specs, (name, '{"a": 1}')).actions == (Action(name="add", args={"a": 1}),)


def test_an_unknown_name_is_left_to_the_tools(native: NativeWire, specs: list[ToolSpec]) -> None:
    reading = read(native, specs, ("nope", "not JSON"))
    assert (reading.actions, reading.fault) == ((Action(name="nope"),), None)


@pytest.mark.parametrize("arguments", ['{"a": 12', '{"a": 1, "b"', '{"a"', "{", "", "12"])
def test_the_last_call_is_not_trusted_where_the_limit_cut_it(
    arguments: str, native: NativeWire, specs: list[ToolSpec]
) -> None:
    reading = read(native, specs, ("add", '{"a": 1}'), ("add", arguments), finish="length")
    assert reading.actions == (Action(name="add", args={"a": 1}),)
    assert reading.fault is FaultKind.CUT_SHORT
    assert "shorter" in reading.remedy


def test_a_whole_call_at_the_length_limit_is_trusted(native: NativeWire, specs: list[ToolSpec]) -> None:
    assert read(native, specs, ("add", '{"a": 1}'), finish="length").actions == (Action(name="add", args={"a": 1}),)


def test_a_call_written_as_text_is_read_as_over_the_text_wire(native: NativeWire, specs: list[ToolSpec]) -> None:
    reading = native.read(Reply('Let me.\n```json\n{"name": "add", "args": {"a": 2}}\n```', finish="stop"), specs)
    assert reading.actions == (Action(name="add", args={"a": 2}),)


def test_a_reply_without_a_word_and_a_call_is_empty(native: NativeWire, specs: list[ToolSpec]) -> None:
    reading = native.read(Reply(" "), specs)
    assert (reading.fault, reading.remedy) == (
        FaultKind.EMPTY, "Your reply was empty. Write your answer as plain text, or call a tool.",
    )  # fmt: skip


def test_a_state_without_tools_takes_no_call(native: NativeWire) -> None:
    reading = native.read(Reply("Five.", calls=(ReplyCall("add", "{}"),)), ())
    assert (reading.text, reading.actions, reading.fault) == ("Five.", (), None)


def test_half_a_character_is_replaced(native: NativeWire, specs: list[ToolSpec]) -> None:
    reading = read(native, specs, ("say", '{"t": "\\ud83d \\ud83d\\ude42"}'), ("find", '"\\ud800"'))
    assert [action.model_dump_json().encode() for action in reading.actions]
    assert reading.actions[0].args == {"t": "\ufffd 🙂"}


@given(st.dictionaries(st.text(SAFE), VALUES, max_size=4))
def test_a_clean_call_is_read_exactly(args: dict[str, object]) -> None:
    arguments = json.dumps(args, ensure_ascii=False)
    assert read(NativeWire(), SPECS, ("add", arguments)).actions == (Action(name="add", args=args),)


@given(
    st.lists(st.tuples(st.sampled_from(["add", "", "x"]) | st.text(), st.text() | st.sampled_from(TOKENS)), max_size=4),
    st.sampled_from(["stop", "length", "tool_calls"]),
)
def test_no_call_raises_in_a_reading(calls: list[tuple[str, str]], finish: str) -> None:
    reading = read(NativeWire(), SPECS, *calls, finish=finish)
    assert bool(reading.fault) == bool(reading.remedy)
    assert len(reading.actions) <= max(1, len(calls))
    for action in reading.actions:
        action.model_dump_json().encode()
