import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.wires.json_text import FAILURES_MAX, find_json, parse_json_response
from agent_brain.wires.loose_json import WALK_CHARACTERS_MAX, walk

MEGABYTE = 1 << 20


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", {}),
        ("no JSON at all", {}),
        ("\\frac{a}{b} and {x}", {}),
        ("[1, 2]", {}),
        ('{"a": 1}', {"a": 1}),
        ('so: {"a": {"b": [1, null]}} there', {"a": {"b": [1, None]}}),
        ("{'a': 'it's here', 'b': True, 'c': None,}", {"a": "it's here", "b": True, "c": None}),
        ('{"a": "he said "hi" there"}', {"a": 'he said "hi" there'}),
        ('{"url": "http://x/*y*/#z", /* c */ "b": 1, // d\n}', {"url": "http://x/*y*/#z", "b": 1}),
        ('{"path": "C:\\dir"}', {"path": "C:\\dir"}),
        ('{"a": "one\ntwo"}', {"a": "one\ntwo"}),
        ('{"a": [1, {"b": "c"', {"a": [1, {"b": "c"}]}),
        ('{"a": 1 "b": 2}', {"a": 1, "b": 2}),
        ("{“a”: “b”}", {"a": "b"}),
        ('{"a": NaN}', {"a": "NaN"}),
        ('{"a": 1e999, "b": -1e999, "c": 1.5e3}', {"a": "1e999", "b": "-1e999", "c": 1500.0}),
        ("{a: 1e999, }", {"a": "1e999"}),
        ('[{"a": 1}, {"a": 2}]', {"a": 1}),
        ('{} {"x": 1} {"name": "add", "args": {}}', {"name": "add", "args": {}}),
    ],
)
def test_the_object_in_a_text_is_read_and_repaired(text: str, wanted: dict[str, object]) -> None:
    assert parse_json_response(text) == wanted


HOSTILE = {
    "open braces": "{",
    "open brackets": "[",
    "open lists of objects": "[{",
    "deep objects": '{"a":',
    "open quotes in braces": '{"x',
    "open single quotes": "{'x",
    "spaced quotes": '{" ',
    "comments": "{/*",
    "hashes": "{#",
    "no commas": '{"a": x "b" ',
    "empty objects": "{}",
    "missing colons": '{"a" "b"}',
    "zeros": "{\0",
    "lone surrogates": '{"\ud800":',
    "parentheses": '{"a": (((((',
    "backslashes": '{"\\',
    "digits": '{"a": 1111111111',
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_megabyte_of_hostile_text_is_never_an_error(unit: str) -> None:
    assert isinstance(parse_json_response(unit * (MEGABYTE // len(unit))), dict)


def test_failures_are_counted_and_walks_have_an_end() -> None:
    assert len(list(find_json("{'" * 10_000))) <= FAILURES_MAX
    assert walk("{'" + "x" * MEGABYTE, 0).end == WALK_CHARACTERS_MAX
    assert walk('{"a":' * 1000, 0).is_too_deep


@pytest.mark.parametrize(
    ("text", "is_cut"),
    [
        ('{"a": "b', True),
        ('{"a": 12', True),
        ('{"a": tru', True),
        ('{"a": 1, "b"', True),
        ('{"a": 1,', True),
        ('{"a":', True),
        ('{"a": {', True),
        ('{"a": "b"', False),
        ('{"a": ["b"', False),
        ('{"a": {"b": 1}', False),
        ('{"a": 1\n```\n', False),
    ],
)
def test_a_cut_inside_a_value_is_told_from_missing_brackets(text: str, is_cut: bool) -> None:
    assert walk(text, 0).is_cut is is_cut


@given(st.text(alphabet=st.sampled_from("{}[]\"'“”:,\\ \n#/*`<|>aTrue1.-\ud800\0é")))
def test_no_text_raises(text: str) -> None:
    assert isinstance(parse_json_response(text), dict)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), JSON, min_size=1, max_size=4), st.integers())
def test_python_and_commented_forms_mean_the_same(value: dict[str, object], seed: int) -> None:
    text = json.dumps(value, ensure_ascii=False)
    comment = random.Random(seed).choice(["/* } */", "// ]\n", "# {\n"])
    assert parse_json_response(f"x {text} y") == value
    assert parse_json_response(f"{{{comment}{text[1:-1]},}}") == value
