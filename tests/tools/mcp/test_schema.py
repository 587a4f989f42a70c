"""Arguments and replies are checked by the schemas of servers, whatever these are."""

from typing import Any

import pytest

from agent_brain.tools.mcp.schema import find_faults

NESTED = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "object", "required": ["b"]}}}}


@pytest.mark.parametrize(
    ("schema", "value", "faults"),
    [
        ({"type": "object"}, {"any": 1}, []),
        ({"required": ["x"]}, {}, ["- x: missing"]),
        (NESTED, {"a": [{}, {"b": 1}]}, ["- a[0].b: missing"]),
        ({"properties": {"n": {"maximum": 3}}}, {"n": 4}, ["- n: 4 is greater than the maximum of 3"]),
        ({"additionalProperties": False}, {"c": 1}, ["- Additional properties are not allowed ('c' was unexpected)"]),
    ],
)
def test_faults_are_named_by_their_path(schema: Any, value: Any, faults: list[str]) -> None:
    assert find_faults(schema, value) == faults


@pytest.mark.parametrize("schema", [{"type": "pigeon"}, {"$ref": "http://127.0.0.1:1/x"}, {"$ref": "#/nowhere"}])
def test_a_schema_that_cannot_be_used_forbids_nothing_and_fetches_nothing(schema: Any) -> None:
    assert find_faults(schema, {"x": 1}) == []


def test_many_faults_are_counted() -> None:
    assert find_faults({"required": [f"f{n}" for n in range(20)]}, {})[-1] == "- and 12 more"
