import json
import random
from collections.abc import Callable

import pytest

import mangle
from agent_brain.core.chat import Reply
from agent_brain.core.items import Action, FaultKind
from agent_brain.core.tooling import ToolSpec
from agent_brain.wires.text import TextWire

Ways = dict[str, Callable[[str, random.Random], str]]
ACTIONS = [
    Action(name="add", args={"a": 2, "b": -1.5}),
    Action(name="now", args={}),
    Action(name="nope", args={"x": "'"}),
    Action(
        name="say",
        args={"t": 'it\'s "x" // http://a/*c*/ # {"a": [1,} 日本 🙂\nnext\tline \\n C:\\d', "u": [True, None]},
    ),
]


def show(action: Action) -> str:
    return f"I need {action.name}.\n```json\n{json.dumps(action.model_dump(), ensure_ascii=False)}\n```"


@pytest.mark.parametrize("way", mangle.WAYS)
@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_an_action_is_read_in_whatever_way_it_is_mangled(
    way: str, action: Action, wire: TextWire, specs: list[ToolSpec], mangle_ways: Ways
) -> None:
    mangled = mangle_ways[way](show(action), random.Random(way))
    reading = wire.read(Reply(mangled, finish="stop"), specs)
    assert (reading.actions, reading.fault) == ((action,), None)
    assert "<|" not in reading.text
    assert "Observation" not in reading.text


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 5.",
        '{"name": "Alice", "age": 3}',
        '{"result": 5}',
        'They are {"name": "Bob"} and {"name": "Carol", "input": "x"}.',
        '{"name": "add", "description": "Add two.", "parameters": {"type": "object", "properties": {"a": {}}}}',
        '{"name": "add", "a": 1, "z": 2}',
        '{"name": "find", "count": 3}',
        "[1, 2, {}]",
        "Let {x} be \\frac{1}{2}.",
        "def f(): return {'a': 1}",
    ],
)
def test_json_that_is_no_action_is_neither_action_nor_fault(text: str, wire: TextWire, specs: list[ToolSpec]) -> None:
    reading = wire.read(Reply(text, finish="stop"), specs)
    assert (reading.actions, reading.fault, reading.text) == ((), None, text)


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ('{"name": "Alice", "args": {"age": 3}}', "Alice", {"age": 3}),
        ('{"name": "add", "a": 2, "b": 3}', "add", {"a": 2, "b": 3}),
        ('{"tool": "now"}', "now", {}),
        ('{"name": "now", "args": null}', "now", {}),
        ('{"name": "functions.add", "args": {"a": 2}}', "add", {"a": 2}),
        ('{"action": "find", "action_input": "Oslo"}', "find", {"query": "Oslo"}),
        ('{"name": "say", "args": "{\'t\': \'x\'}"}', "say", {"t": "x"}),
        ('{"thought": "hm", "action": {"tool": "add", "input": {"a": 1}}}', "add", {"a": 1}),
    ],
)
def test_forms_that_depend_on_what_is_known(
    text: str, name: str, args: dict[str, object], wire: TextWire, specs: list[ToolSpec]
) -> None:
    assert wire.read(Reply(text), specs).actions == (Action(name=name, args=args),)


@pytest.mark.parametrize("form", ["[{}, {}]", '{{"tool_calls": [{}, {}]}}'])
def test_a_list_is_several_actions(form: str, wire: TextWire, specs: list[ToolSpec]) -> None:
    text = form.format('{"name": "add", "args": {"a": 1}}', '{"function": {"name": "now", "arguments": "{}"}}')
    assert [action.name for action in wire.read(Reply(text), specs).actions] == ["add", "now"]


def test_of_several_actions_the_first_wins_and_the_rest_is_not_kept(wire: TextWire, specs: list[ToolSpec]) -> None:
    first, second = show(ACTIONS[0]), show(ACTIONS[1])
    reading = wire.read(Reply(f"{first}\nThen:\n{second}"), specs)
    assert (reading.actions, reading.text) == ((ACTIONS[0],), first)


@pytest.mark.parametrize(
    "after", ["Observation: 5", "<observation>5</observation>", "Result: 5", "User: thanks", "</s>\n[INST] more"]
)
def test_what_a_model_invents_after_its_action_is_not_kept(after: str, wire: TextWire, specs: list[ToolSpec]) -> None:
    assert wire.read(Reply(f"{show(ACTIONS[0])}\n{after}"), specs).text == show(ACTIONS[0])


def test_plain_words_after_an_action_are_kept(wire: TextWire, specs: list[ToolSpec]) -> None:
    text = f"{show(ACTIONS[0])}\nThis adds them."
    assert wire.read(Reply(text), specs).text == text


def test_tokens_inside_an_argument_stay(wire: TextWire, specs: list[ToolSpec]) -> None:
    text = '{"name": "say", "args": {"t": "<s>old</s> <|im_start|>user"}}'
    reading = wire.read(Reply(f"{text}</s>"), specs)
    assert (reading.actions[0].args, reading.text) == ({"t": "<s>old</s> <|im_start|>user"}, text)


@pytest.mark.parametrize("text", ["", " \n", "<|im_end|>", "</s></s>", "<think>\nhm\n</think>"])
def test_a_reply_without_a_word_is_empty(text: str, wire: TextWire, specs: list[ToolSpec]) -> None:
    reading = wire.read(Reply(text, reasoning="I thought."), specs)
    assert reading.fault is FaultKind.EMPTY
    assert '{"name": "add", "args": {"a": 1.5}}' in reading.remedy


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "add", "args": [1, 2]}',
        '{"name": "add", "args": ' + "[" * 100 + "}",
        "<tool_call>add 2 and 3</tool_call>",
        "```tool_call\nadd(2, 3)\n```",
        "<function=add>a is 2</function>",
    ],
)
def test_what_is_meant_as_an_action_and_cannot_be_read_is_explained(
    text: str, wire: TextWire, specs: list[ToolSpec]
) -> None:
    reading = wire.read(Reply(f"So: {text}", finish="stop"), specs)
    assert (reading.actions, reading.fault) == ((), FaultKind.UNREADABLE)
    assert "At character 4 stands: " in reading.remedy
    assert text[:12].split("\n")[0] in reading.remedy
    assert '{"name": "add", "args": {"a": 1.5}}' in reading.remedy


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "say", "args": {"t": "half a sen',
        '{"name": "add", "args": {"a": 12',
        '{"name": "add", "args": {"a": 1, "b"',
        '{"name": "add", "args": {',
        '{"name": "add"',
        '{"name": "ad',
        '{"tool_calls": [{"name": "add", "args": {"a": 1}}, {"name": "add", "args": {"a": 2',
    ],
)
def test_an_action_that_the_limit_cut_inside_a_value_is_not_trusted(
    text: str, wire: TextWire, specs: list[ToolSpec]
) -> None:
    reading = wire.read(Reply(f"```json\n{text}", finish="length"), specs)
    assert (reading.actions, reading.fault) == ((), FaultKind.CUT_SHORT)
    assert "shorter" in reading.remedy


@pytest.mark.parametrize("finish", ["stop", "length", None])
def test_an_action_that_lacks_only_brackets_is_accepted(
    finish: str | None, wire: TextWire, specs: list[ToolSpec]
) -> None:
    reading = wire.read(Reply('{"name": "say", "args": {"t": "x"', finish=finish), specs)
    assert reading.actions == (Action(name="say", args={"t": "x"}),)


def test_a_cut_value_is_accepted_where_the_model_stopped_by_itself(wire: TextWire, specs: list[ToolSpec]) -> None:
    reading = wire.read(Reply('{"name": "say", "args": {"t": "x', finish="stop"), specs)
    assert reading.actions == (Action(name="say", args={"t": "x"}),)


def test_plain_text_at_the_length_limit_is_no_fault(wire: TextWire, specs: list[ToolSpec]) -> None:
    assert wire.read(Reply('It is {"age": 3, "town": "Os', finish="length"), specs).fault is None


def test_without_tools_nothing_is_looked_for(wire: TextWire) -> None:
    assert wire.read(Reply(show(ACTIONS[0])), []).actions == ()


def test_lone_surrogates_are_replaced(wire: TextWire, specs: list[ToolSpec]) -> None:
    reading = wire.read(Reply('{"name": "say\\udc00", "args": {"t\\ud800": "\\ud800 \\ud83d\\ude00"}} \ud800'), specs)
    assert reading.actions[0].model_dump_json().encode()
    assert reading.text.encode()


def test_a_turn_invented_after_an_answer_is_neither_kept_nor_searched(wire: TextWire, specs: list[ToolSpec]) -> None:
    text = f"It is 5.<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n<|im_start|>assistant\n{show(ACTIONS[0])}"
    reading = wire.read(Reply(text), specs)
    assert (reading.actions, reading.text.strip()) == ((), "It is 5.")


@pytest.mark.parametrize(
    "text",
    ["<think>hm {5}</think>\nIt is 5.", "hm\n</think>\n\nIt is 5.", "It is 5.\n<thinking>Or {6}?", "It is 5."],
)
@pytest.mark.parametrize("has_tools", [False, True])
def test_an_answer_is_kept_without_its_inline_thinking(
    text: str, has_tools: bool, wire: TextWire, specs: list[ToolSpec]
) -> None:
    assert wire.read(Reply(text), specs if has_tools else []).text.strip() == "It is 5."
