"""Plain data against a JSON schema."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agent_brain.wires.answer_check import Unfit
from agent_brain.wires.schema_check import SchemaCheck

LEAVES: list[dict[str, Any]] = [
    {"type": "integer", "minimum": 2}, {"type": "number", "exclusiveMaximum": 3, "multipleOf": 0.5},
    {"type": "string", "minLength": 1, "maxLength": 2}, {"type": "string", "pattern": "^a"}, {"type": "boolean"},
    {"enum": [1, "a", None, True]}, {"const": [1]}, {"type": ["string", "null"]}, {},
]  # fmt: skip
VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 2, 2.0, 2.5, 3, "", "a", "ab", "abc", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=5,
)


def extend(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.builds(lambda part: {"type": "array", "items": part, "minItems": 1, "uniqueItems": True}, inner),
        st.builds(lambda part: {"type": "array", "prefixItems": [part], "items": False, "maxItems": 2}, inner),
        st.builds(
            lambda part, more: {
                "type": "object",
                "properties": {"a": part},
                "required": ["a"],
                "additionalProperties": more,
            },
            inner,
            inner | st.booleans(),
        ),
        st.builds(
            lambda parts, word: {word: parts},
            st.lists(inner, min_size=1, max_size=2),
            st.sampled_from(["anyOf", "oneOf", "allOf"]),
        ),
    )


SCHEMAS = st.recursive(st.sampled_from(LEAVES), extend, max_leaves=4)


@settings(max_examples=1000, deadline=None)
@given(SCHEMAS, VALUES)
def test_data_fits_where_a_validator_by_others_says_so(schema: dict[str, Any], value: Any) -> None:
    try:
        SchemaCheck(schema).make(value)
        fits = True
    except Unfit:
        fits = False
    assert fits == Draft202012Validator(schema).is_valid(value)


def test_references_are_followed_and_end() -> None:
    schema = {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}
        },
    }
    assert SchemaCheck(schema).make({"next": {"next": None}})
    with pytest.raises(Unfit, match=r"next\.next: found 3, wanted object"):
        SchemaCheck(schema).make({"next": {"next": 3}})
    with pytest.raises(Unfit, match="nested less deeply"):
        SchemaCheck({"$ref": "#"}).make(1)
