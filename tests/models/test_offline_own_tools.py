"""The offline model with tools of the user's own, which it knows from the prompt alone."""

import json
import re
from typing import Any

import pytest

from agent_brain.core.items import Message
from agent_brain.models.offline.model import write_reply

INSTRUCTION = "<instruction>\nAnswer.\n</instruction>"


def describe(name: str, description: str, **types: str) -> str:
    properties = {key: {"type": kind} for key, kind in types.items()}
    schema = {"type": "object", "properties": properties, "required": list(types)}
    return json.dumps({"name": name, "description": description, "parameters": schema})


ADD = describe("add", "Add two numbers.", a="number", b="number")
ROLL = describe("roll", "Roll a die with so many sides.", sides="integer")
WEATHER = describe("get_weather", "Tell the weather of a city.", city="string")
MULTIPLY = describe("multiply", "Multiply two numbers.", a="number", b="number")
CALCULATE = describe("calculate", "Work out an expression.", expression="string")


def start(question: str, *cards: str) -> list[Message]:
    return [
        {"role": "system", "content": "\n".join(["Tools, one a line:", *cards])},
        {"role": "user", "content": question},
    ]


def find_action(reply: str) -> dict[str, Any] | None:
    fence = re.search(r"```json\n(.*)\n```", reply)
    return json.loads(fence[1]) if fence else None


def go_on(messages: list[Message], text: str, status: str = "finished") -> str:
    """Carry out the action of the next reply with this outcome; the reply after it."""
    reply = write_reply(messages)
    action = find_action(reply)
    assert action is not None
    block = f'<observation tool="{action["name"]}" status="{status}">\n{text}\n</observation>'
    messages += [{"role": "assistant", "content": reply}, {"role": "user", "content": block}]
    return write_reply(messages)


@pytest.mark.parametrize(
    ("question", "cards", "name", "args"),
    [
        ("What is 2 + 3?", [ADD], "add", {"a": 2, "b": 3}),
        ("add 2 and 3", [ADD, CALCULATE], "add", {"a": 2, "b": 3}),
        ("add(2, 3)", [ADD, CALCULATE], "add", {"a": 2, "b": 3}),
        ("What is add(2, -3)?", [ADD], "add", {"a": 2, "b": -3}),
        ("call add with b=2 and a=3", [ADD], "add", {"a": 3, "b": 2}),
        ('use add with {"a": 1.5, "b": 2}', [ADD], "add", {"a": 1.5, "b": 2}),
        ("What is two times four?", [ADD, MULTIPLY], "multiply", {"a": 2, "b": 4}),
        ("use roll with sides=6", [ROLL], "roll", {"sides": 6}),
        ("Please roll a die with 20 sides", [ROLL, CALCULATE], "roll", {"sides": 20}),
        ("What is the weather in New York?", [WEATHER, CALCULATE], "get_weather", {"city": "New York"}),
        ("get_weather('Paris')", [WEATHER], "get_weather", {"city": "Paris"}),
        ("Let a die with 8 sides fall", [ROLL, CALCULATE], "roll", {"sides": 8}),
        ("What is 2 + 3?", [ADD, CALCULATE], "calculate", {"expression": "2 + 3"}),
    ],
)
def test_a_tool_that_fits_the_question_is_called(
    question: str, cards: list[str], name: str, args: dict[str, Any]
) -> None:
    assert find_action(write_reply(start(question, *cards))) == {"name": name, "args": args}


def describe_two(name: str, description: str, first: str, second: str) -> str:
    return describe(name, description, **{first: "number", second: "number"})


@pytest.mark.parametrize(
    ("question", "card", "args"),
    [
        ("10 / 4", describe_two("divide", "Divide.", "denominator", "numerator"), {"numerator": 10, "denominator": 4}),
        ("What is 10 - 4?", describe_two("subtract", "a minus b", "b", "a"), {"a": 10, "b": 4}),
        ("What is 10 - 4?", describe_two("sub", "Subtract b from a.", "a", "b"), {"a": 10, "b": 4}),
        (
            "subtract 4 from 10",
            describe_two("subtract", "Take the second from the first.", "x", "y"),
            {"x": 10, "y": 4},
        ),
        ("2 ** 3", describe_two("power", "Raise base to exponent.", "exponent", "base"), {"base": 2, "exponent": 3}),
    ],
)
def test_each_operand_goes_to_the_parameter_that_means_it(question: str, card: str, args: dict[str, Any]) -> None:
    action = find_action(write_reply(start(question, card)))
    assert action is not None
    assert action["args"] == args


@pytest.mark.parametrize(
    ("question", "card"),
    [
        ("What is 10 - 4?", describe_two("sub", "Subtract a from b.", "a", "b")),
        ("What is 10 - 4?", describe_two("sub", "Subtract one number from another.", "a", "b")),
        ("What is 10 - 4?", describe_two("sub", "b minus a", "a", "b")),
        ("What is 10 - 4?", describe_two("sub", "Subtract.", "from_value", "amount")),
        ("2 + 3", describe_two("add", "Add business days to a year.", "start", "days")),
        ("add 2 and 3", describe_two("add", "Add business days to a year.", "a", "b")),
        ("2 ** 3", describe_two("power", "Raise y to the power x.", "x", "y")),
        ("add 5 and the square root of 16", ADD),
        ("half of add(2, 3)", ADD),
        ("add √4 and 2", ADD),
        ("Is the weather in Paris better than in Rome?", WEATHER),
        ("get a route from 'Paris' to 'Rome'", describe("get_route", "Find a route.", end="string", start="string")),
        ("add(2 * 3, 4)", ADD),
        ("roll a die with 6 sides twice", ROLL),
        ("do not roll a die with 6 sides", ROLL),
        ("roll two dice", ROLL),
        ("What is the weather in Paris and London?", WEATHER),
        ("How do I get the weather in Paris?", WEATHER),
        ("What was the weather in Paris last year?", WEATHER),
    ],
)
def test_a_tool_that_may_mean_something_else_is_not_called(question: str, card: str) -> None:
    assert find_action(write_reply(start(question, card))) is None


def test_the_answer_of_an_own_tool_is_the_answer() -> None:
    messages = start("What is 2 + 3?", ADD)
    assert find_action(go_on(messages, "5.0")) is None
    messages.append({"role": "user", "content": INSTRUCTION})
    assert write_reply(messages) == "The answer is 5.0."


def test_arithmetic_is_nested_over_own_tools() -> None:
    messages = start("What is 2 + 3 * 4?", ADD, MULTIPLY)
    assert find_action(go_on(messages, "12")) == {"name": "add", "args": {"a": 2, "b": 12}}


def test_a_later_step_uses_what_an_own_tool_gave() -> None:
    messages = start("roll a die with 6 sides, then double it", ROLL, CALCULATE)
    assert find_action(go_on(messages, "4")) == {"name": "calculate", "args": {"expression": "4 * 2"}}


def test_a_tool_is_not_called_with_values_that_are_not_there() -> None:
    for question in ("roll a die", "add 2", "What is the weather?"):
        assert find_action(write_reply(start(question, ADD, ROLL, WEATHER))) is None


@pytest.mark.parametrize(
    ("status", "word"), [("failed", "boom"), ("unknown", "nobody knows"), ("pending", "not ended")]
)
def test_an_action_without_a_result_is_told_and_not_repeated(status: str, word: str) -> None:
    messages = start("use roll with sides=6", ROLL)
    assert find_action(go_on(messages, "boom", status)) is None
    messages.append({"role": "user", "content": INSTRUCTION})
    assert word in write_reply(messages)


def test_a_failure_that_may_pass_is_tried_twice_and_no_more() -> None:
    messages = start("use roll with sides=6", ROLL)
    assert find_action(go_on(messages, "timed out", "failed")) is not None
    assert find_action(go_on(messages, "timed out", "failed")) is None


def test_a_failure_that_names_the_right_word_is_mended() -> None:
    messages = start("get_weather('Parris')", WEATHER)
    after = go_on(messages, "no city called 'Parris'; did you mean 'Paris'?", "failed")
    assert find_action(after) == {"name": "get_weather", "args": {"city": "Paris"}}
    assert find_action(go_on(messages, "no city called 'Paris'; did you mean 'Parris'?", "failed")) is None


def test_a_word_is_not_replaced_by_one_that_is_quite_another() -> None:
    messages = start("get_weather('Rome')", WEATHER)
    assert find_action(go_on(messages, "no city called 'Rome'; did you mean 'Bremen'?", "failed")) is None


def test_a_correction_counts_as_a_failure() -> None:
    messages = start("use roll with sides=6", ROLL)
    messages += [
        {"role": "assistant", "content": write_reply(messages)},
        {"role": "user", "content": "<correction>\nsides must be even\n</correction>"},
    ]
    assert find_action(write_reply(messages)) is None
