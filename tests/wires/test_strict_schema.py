"""Schemas that a server can hold a model to, and the reasons where it cannot."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from agent_brain.core.tooling import ToolSpec
from agent_brain.tools.function_tool import tool
from agent_brain.wires.native import NativeWire
from agent_brain.wires.strict_schema import NotStrict, drop_nulls, make_strict

TEXT = {"type": "string"}


class Place(BaseModel):
    """Where."""

    town: str
    zip: str = "?"


@tool
async def visit(place: Place, day: int, notes: list[str] | None = None, *, is_loud: bool = False) -> str:
    """Visit it.

    :param day: Of the month.
    """
    return f"{place} {day} {notes} {is_loud}"


def test_every_property_is_required_and_every_object_closed() -> None:
    strict = make_strict(visit.spec.parameters)
    assert strict["required"] == ["place", "day", "notes", "is_loud"]
    assert strict["additionalProperties"] is strict["$defs"]["Place"]["additionalProperties"] is False
    assert strict["$defs"]["Place"]["required"] == ["town", "zip"]
    assert strict["properties"]["day"] == {"type": "integer", "description": "Of the month."}
    assert strict["properties"]["is_loud"] == {
        "anyOf": [{"type": "boolean"}, {"type": "null"}], "description": "(null: False)",
    }  # fmt: skip
    assert strict["properties"]["notes"] == {"anyOf": [{"type": "array", "items": TEXT}, {"type": "null"}]}
    Draft202012Validator.check_schema(strict)


async def test_what_a_strict_server_sends_is_what_the_tool_takes() -> None:
    sent = {"place": {"town": "Oslo", "zip": None}, "day": 3, "notes": None, "is_loud": None}
    assert Draft202012Validator(make_strict(visit.spec.parameters)).is_valid(sent)
    args = drop_nulls(visit.spec.parameters, sent)
    assert args == {"place": {"town": "Oslo"}, "day": 3, "notes": None}
    pieces = [piece async for piece in visit.call(args, "id")]
    assert getattr(pieces[-1], "text", "") == "town='Oslo' zip='?' 3 None False"


def test_a_null_that_the_tool_itself_knows_or_demands_stays() -> None:
    schema = {"properties": {"a": TEXT, "b": {}, "c": TEXT}, "required": ["c"]}
    assert drop_nulls(schema, {"a": None, "b": None, "c": None, "d": None}) == {"b": None, "c": None, "d": None}


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"properties": {"a": {}}, "required": ["a"]}, "a may be anything"),
        ({"properties": {"a": {"type": "object"}}}, "a takes keys of any name"),
        ({"properties": {"a": {"type": "object", "additionalProperties": TEXT}}}, "a takes keys of any name"),
        ({"additionalProperties": True}, "it takes arguments of any name"),
        ({"properties": {"a": {"type": "array"}}}, "a[] may be anything"),
        ({"properties": {"a": {**TEXT, "minLength": 2}}}, "a has 'minLength'"),
        ({"properties": {"a": {**TEXT, "format": "iban"}}}, "a has the format 'iban'"),
        ({"properties": {"a": {"allOf": [TEXT, TEXT]}}}, "a may be anything"),
        ({"properties": {"a": {"not": TEXT}}}, "a may be anything"),
        ({"properties": {}, "if": TEXT}, "the arguments has 'if'"),
    ],
)
def test_what_cannot_be_strict_says_why(schema: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotStrict) as caught:
        make_strict({"type": "object", **schema})
    assert str(caught.value) == reason


def test_a_schema_that_is_nested_too_deeply_is_not_strict() -> None:
    schema: dict[str, Any] = TEXT
    for _ in range(11):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    with pytest.raises(NotStrict, match="nested deeper than 10"):
        make_strict(schema)


def test_a_description_beside_a_reference_is_kept_without_it() -> None:
    schema = {
        "properties": {"a": {"$ref": "#/$defs/X", "description": "An X."}},
        "required": ["a"],
        "$defs": {"X": TEXT},
    }
    assert make_strict(schema)["properties"]["a"] == {"anyOf": [{"$ref": "#/$defs/X"}], "description": "An X."}


def test_the_wire_sends_strict_where_it_can_and_tells_where_not(specs: list[ToolSpec]) -> None:
    sent = {tool["function"]["name"]: tool["function"] for tool in NativeWire().get_tools(specs)}
    assert {name: function.get("strict") for name, function in sent.items()} == {
        "add": True, "say": None, "find": True, "now": True,
    }  # fmt: skip
    assert sent["say"]["parameters"] == specs[1].parameters
    assert NativeWire().explain_lax(specs) == {"say": "u may be anything"}


def test_a_wire_can_be_told_to_send_schemas_as_they_are(specs: list[ToolSpec]) -> None:
    lax = NativeWire(is_strict=False)
    assert [tool["function"]["parameters"] for tool in lax.get_tools(specs)] == [spec.parameters for spec in specs]
    assert lax.explain_lax(specs).keys() == {"add", "say", "find", "now"}


def test_the_list_of_tools_follows_its_specs(specs: list[ToolSpec]) -> None:
    native = NativeWire()
    assert native.get_tools(specs) is native.get_tools(specs)
    assert [len(native.get_tools(specs[:count])) for count in (1, 4, 1, 0)] == [1, 4, 1, 0]
