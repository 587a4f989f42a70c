"""Answers of a type: asked for as a schema, found anywhere in a reply, read back as the value that was meant."""

import datetime
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter
from typing_extensions import TypedDict

from agent_brain.core.answer_type import Fit, Misfit
from agent_brain.core.chat import Reply
from agent_brain.core.errors import SetupError, WrongAnswer
from agent_brain.core.items import FaultKind
from agent_brain.wires.answer_type import TypedAnswer, make_answer_type
from agent_brain.wires.text import TextWire
from mangle import WAYS


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Person(BaseModel):
    name: str
    age: Annotated[int, Field(ge=0)]
    nickname: str | None = None
    tags: list[str] = []


@dataclass
class Place:
    city: str
    since: datetime.date
    owner: Person | None = None
    notes: list[str] = field(default_factory=list)


class Book(TypedDict):
    title: str
    year: int


class Point(NamedTuple):
    x: float
    y: float


class Tree(BaseModel):
    value: int
    children: "list[Tree]" = []


TYPES: Mapping[str, tuple[Any, Any]] = {
    "model": (Person, Person(name="Ann", age=3)),
    "dataclass": (Place, Place("Bonn", datetime.date(2020, 1, 2), Person(name="Ann", age=3))),
    "TypedDict": (Book, {"title": "Emma", "year": 1815}),
    "NamedTuple": (Point, Point(1.5, -2.0)),
    "recursive": (Tree, Tree(value=1, children=[Tree(value=2)])),
    "Literal": (Literal["yes", "no"], "no"),
    "Enum": (Colour, Colour.BLUE),
    "union of models": (Person | Book, {"title": "Emma", "year": 1815}),
    "union of plain ones": (int | str, "seven"),
    "optional": (Person | None, None),
    "list": (list[Person], [Person(name="Ann", age=3), Person(name="Bo", age=4)]),
    "list of lists": (list[list[int]], [[1], [], [2, 3]]),
    "tuple": (tuple[int, str], (1, "a")),
    "set": (set[int], {1, 2}),
    "dict": (dict[str, int], {"a": 1, "value": 2}),
    "int": (int, -42),
    "float": (float, 2.5),
    "bool": (bool, True),
    "str": (str, 'A "quoted" word,\n{and} <b>more</b>'),
    "date": (datetime.date, datetime.date(2026, 3, 14)),
    "constrained": (Annotated[int, Field(gt=3, lt=9)], 4),
}


def show(answer: TypedAnswer, kind: Any, value: Any) -> str:
    """A value as a server would have a model write it."""
    data = TypeAdapter(kind).dump_python(value, mode="json")
    is_wrapped = answer.form.schema["properties"].keys() == {"value"} if "properties" in answer.form.schema else False
    return json.dumps({"value": data} if is_wrapped else data, ensure_ascii=False)


def load(answer: TypedAnswer, text: str) -> Any:
    found = answer.read(text)
    assert isinstance(found, Fit), found
    return answer.load(found.text)


@pytest.mark.parametrize("name", TYPES)
def test_a_value_of_each_kind_of_type_is_read_back(name: str) -> None:
    kind, value = TYPES[name]
    answer = make_answer_type(kind)
    assert load(answer, show(answer, kind, value)) == value


@pytest.mark.parametrize("name", TYPES)
def test_it_is_read_without_its_wrapping_in_a_fence_and_among_words_too(name: str) -> None:
    kind, value = TYPES[name]
    answer = make_answer_type(kind)
    shown = show(answer, kind, value)
    bare = json.dumps(TypeAdapter(kind).dump_python(value, mode="json"), ensure_ascii=False)
    for text in (bare, f"```json\n{shown}\n```", f"Here it is, {{dear}} reader:\n{shown}\nI hope that helps."):
        assert load(answer, text) == value


@pytest.mark.parametrize("name", TYPES)
def test_what_a_server_is_sent_has_an_object_at_its_root(name: str) -> None:
    form = make_answer_type(TYPES[name][0]).form
    assert form.schema["type"] == "object"
    assert form.strict is None or (form.strict["additionalProperties"] is False and form.strict["required"])


def test_which_types_have_a_strict_form() -> None:
    lax = {name for name, (kind, _) in TYPES.items() if make_answer_type(kind).form.strict is None}
    assert lax == {"NamedTuple", "tuple", "set", "dict"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
PLAIN: Mapping[Any, st.SearchStrategy[Any]] = {
    int: st.integers(-(10**15), 10**15),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    str: st.text(max_size=20),
    datetime.date: st.dates(),
    Colour: st.sampled_from(Colour),
    Literal["a", "b c"]: st.sampled_from(["a", "b c"]),
}


MAKE: Any = TypedDict
"""Whose fields are known when it runs, not to a type checker."""


def of(outer: Any, *inner: Any) -> Any:
    """A type of other types, which a type checker does not see."""
    return outer[inner]


def extend(pair: st.SearchStrategy[tuple[Any, Any]]) -> st.SearchStrategy[tuple[Any, Any]]:
    """Types made of other types, each with the values that it has."""

    def grow(kind: Any, values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, Any]]:
        made = MAKE("Made", {"name": kind, "of it": of(list, kind)})
        return st.sampled_from(
            [
                (of(list, kind), st.lists(values, max_size=3)),
                (of(dict, str, kind), st.dictionaries(st.text(max_size=6), values, max_size=3)),
                (kind | None, st.none() | values),
                (of(tuple, kind, int), st.tuples(values, st.integers(0, 9))),
                (made, st.fixed_dictionaries({"name": values, "of it": st.lists(values, max_size=2)})),
            ]
        )

    return pair.flatmap(lambda inner: grow(*inner))


KINDS = st.recursive(st.sampled_from(list(PLAIN.items())), extend, max_leaves=4)


@settings(max_examples=300, deadline=None)
@given(KINDS.flatmap(lambda pair: st.tuples(st.just(pair[0]), pair[1])), st.sampled_from(["{}", "```json\n{}\n```"]))
def test_any_value_of_any_type_is_read_back_and_loaded_again(pair: tuple[Any, Any], around: str) -> None:
    kind, value = pair
    answer = make_answer_type(kind)
    assert load(answer, around.replace("{}", show(answer, kind, value))) == TypeAdapter(kind).validate_json(
        TypeAdapter(kind).dump_json(value)
    )


class Call(BaseModel):
    name: str
    args: dict[str, Any]


LEFT_OUT = frozenset(
    {
        "all in thinking", "Action Input lines", "[TOOL_CALLS] name", "function tag", "arguments as a string",
        "tool and arguments", "action and action_input", "function and parameters", "tool_name and input",
        "name and params", "name and kwargs", "tool and tool_input", "wrapped in action", "wrapped in function",
        "type function", "tool_calls", "invented continuation",
    }
)  # fmt: skip
"""Ways in which an action has other keys than the type's, or none, or is followed by another one."""


@pytest.mark.parametrize("way", sorted(WAYS.keys() - LEFT_OUT))
@settings(max_examples=25, deadline=None)
@given(args=st.dictionaries(st.from_regex(r"[a-z]{1,6}", fullmatch=True), st.integers(0, 99) | st.booleans()))
def test_however_a_reply_is_mangled_its_value_is_found(way: str, args: dict[str, Any]) -> None:
    clean = f"I know it.\n```json\n{json.dumps({'name': 'add', 'args': {'a': 1, **args}})}\n```"
    text = TextWire().read(Reply(WAYS[way](clean, random.Random(1))), ()).text
    found = make_answer_type(Call).read(text)
    assert isinstance(found, Fit)
    assert found.data == {"name": "add", "args": {"a": 1, **args}}


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80) | JSON.map(json.dumps), st.sampled_from(list(TYPES)), st.booleans())
def test_no_reply_whatever_raises(text: str, name: str, is_limited: bool) -> None:
    answer = make_answer_type(TYPES[name][0])
    found = answer.read(text, is_limited=is_limited)
    assert isinstance(found, Misfit) or answer.read(found.text, is_whole=True) == found


@pytest.mark.parametrize("depth", [10, 63, 100, 900, 100_000])
@pytest.mark.parametrize("kind", [Tree, list[Any], dict[str, Any], {}, str])
def test_no_depth_whatever_raises(depth: int, kind: Any) -> None:
    answer = make_answer_type(kind)
    for text in ("[" * depth + "]" * depth, '{"children":[' * depth, '{"value":' * depth + "1" + "}" * depth):
        answer.read(text)
        answer.watch().add(text)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 70))
def test_a_reply_that_was_cut_is_never_taken_for_the_whole(length: int) -> None:
    text = '{"name": "Annabel Lee", "age": 31, "nickname": "Bel", "tags": ["sea", "b"]}'
    found = make_answer_type(Person).read(text[:length], is_limited=True)
    assert isinstance(found, Misfit)
    assert found.fault is FaultKind.CUT_SHORT


GOLDEN: list[tuple[Any, str, FaultKind, str]] = [
    (Person, '{"name": "Ann", "age": "old"}', FaultKind.WRONG_ANSWER,
     "Your answer does not fit the schema:\n- age: found 'old', wanted a valid integer, unable to parse string as an "
     "integer\nWrite the whole answer again."),
    (Person, '{"age": -1, "tags": [1]}', FaultKind.WRONG_ANSWER,
     "Your answer does not fit the schema:\n- name: missing\n- age: found -1, wanted greater than or equal to 0\n"
     "- tags[0]: found 1, wanted a valid string\nWrite the whole answer again."),
    (list[Person], '[{"name": "Ann", "age": 1}, {"name": "Bo"}]', FaultKind.WRONG_ANSWER,
     "Your answer does not fit the schema:\n- [1].age: missing\nWrite the whole answer again."),
    (Colour, "green", FaultKind.WRONG_ANSWER,
     "Your answer does not fit the schema:\n- the answer: found 'green', wanted 'red' or 'blue'\n"
     "Write the whole answer again."),
    (Person, "I do not know.", FaultKind.WRONG_ANSWER,
     "Your answer holds no JSON that can be read: I do not know.\nWrite it as JSON that fits the schema."),
    (Person, " \n", FaultKind.EMPTY, "Your answer was empty. Write it as JSON that fits the schema."),
    (Person, '{"name": "Annab', FaultKind.CUT_SHORT,
     'Your answer ends in the middle: {"name": "Annab\nWrite the whole answer again.'),
    ({"type": "object", "properties": {"n": {"type": "integer", "maximum": 3}}, "required": ["n"],
      "additionalProperties": False}, '{"n": 4, "m": 1}', FaultKind.WRONG_ANSWER,
     "Your answer does not fit the schema:\n- n: found 4, wanted at most 3\n- m: there is no such property\n"
     "Write the whole answer again."),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "fault", "words"), GOLDEN)
def test_what_is_wrong_is_told_with_its_place_what_was_found_and_what_was_wanted(
    kind: Any, text: str, fault: FaultKind, words: str
) -> None:
    assert make_answer_type(kind).read(text) == Misfit(fault, words)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('First {"name": "A", "age": 1}, no: {"name": "B", "age": 2}.', "B"),
        ('Known: {"age": 7}. So {"name": "C", "age": 7, "nickname": null} as {"x": 1}.', "C"),
        ('```json\n{"name": "D", "age": 4,}\n```\nWhat is {x} here?', "D"),
        ("{'name': 'E', 'age': 5, 'tags': ['x'", "E"),
    ],
)
def test_of_several_values_the_likeliest_is_taken(text: str, wanted: str) -> None:
    assert load(make_answer_type(Person), text).name == wanted


def test_nulls_that_a_strict_form_demands_stand_for_what_was_not_given() -> None:
    class Options(BaseModel):
        size: int = 3
        label: str | None = "x"

    found = make_answer_type(Options).read('{"size": null, "label": null}')
    assert isinstance(found, Fit)
    assert found.data == {"label": None}


def test_an_answer_in_the_log_that_is_no_value_says_so() -> None:
    with pytest.raises(WrongAnswer, match="the answer is no Person: name: missing; age: missing\nThe answer was: "):
        make_answer_type(Person).load("{}")
    with pytest.raises(WrongAnswer, match="it is no JSON"):
        make_answer_type(Person).load("Ann")


class Odd:
    """No JSON is one."""


LATE = MAKE("Late", {"a": "NoWhere"})


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Odd, "answer_type is Odd, which no JSON schema says: Unable to generate pydantic-core schema"),
        (list[Odd], "answer_type is list.*Odd.*, which no JSON schema says"),
        (json.loads, "answer_type is .*loads.*, which no JSON schema says: it is a function; wanted a pydantic model"),
        (5, "answer_type is 5, which no JSON schema says"),
        (LATE, "answer_type is Late, which no JSON schema says"),
        ({"type": "objekt"}, "has the type 'objekt'; wanted one of null, boolean"),
        ({"if": {}}, "has 'if', which is not checked here; wanted a pydantic model"),
        ({"properties": {"a": {"patternProperties": {}}}}, "has 'patternProperties' at /properties/a, which is not"),
        ({"$ref": "#/$defs/a"}, "has the .ref '#/.defs/a', which leads nowhere"),
        ({"type": "string", "pattern": "("}, "has the pattern '\\('"),
        ({"enum": [Odd]}, "wanted what JSON can say"),
    ],
)
def test_a_type_that_no_json_schema_says_is_refused_with_the_reason(kind: Any, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        make_answer_type(kind)
