"""References between planned calls: what they are filled with, and plans that can never be carried out."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain.nets.plan_text import COMPILER, REWOO
from agent_brain.nets.planned_calls import Notation, PlannedCall, find_wrong

NOTATIONS = pytest.mark.parametrize("notation", [REWOO, COMPILER], ids=["rewoo", "compiler"])


def make_calls(notation: Notation, needs: Mapping[str, str]) -> list[PlannedCall]:
    """Calls with the labels that each refers to, as in `{"2": "1"}`."""
    return [
        PlannedCall(label, "f", {"x": [f"see {notation.show(other)}." for other in others.split()]})
        for label, others in needs.items()
    ]


@NOTATIONS
def test_a_reference_to_1_does_not_clobber_one_to_10(notation: Notation) -> None:
    texts = {"1": "one", "10": "ten", "11": "eleven"}
    said = " ".join(map(notation.show, ("10", "1", "11", "1", "10")))
    assert notation.fill(said, texts) == "ten one eleven one ten"


@NOTATIONS
@given(st.lists(st.integers(1, 400), min_size=1, max_size=12))
def test_each_of_any_number_of_references_is_filled_with_its_own(notation: Notation, labels: list[int]) -> None:
    texts = {str(label): f"<{label}>" for label in labels}
    said = "-".join(notation.show(str(label)) for label in labels)
    assert notation.fill(said, texts) == "-".join(f"<{label}>" for label in labels)
    assert list(notation.find_labels({"a": [said]})) == [str(label) for label in labels]


@NOTATIONS
def test_what_a_result_says_is_no_reference(notation: Notation) -> None:
    texts = {"1": notation.show("2"), "2": "secret"}
    assert notation.fill(f"{notation.show('1')}!", texts) == f"{notation.show('2')}!"


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("5", {"type": "integer"}, 5),
        ("5.5", {"type": "number"}, 5.5),
        ("[1, 2]", {"type": "array"}, [1, 2]),
        ("true", {"anyOf": [{"type": "boolean"}, {"type": "null"}]}, True),
        ("true", {"type": "integer"}, "true"),
        ("5 apples", {"type": "integer"}, "5 apples"),
        ("5", {"type": "string"}, "5"),
        ("5", {"anyOf": [{"type": "string"}, {"type": "integer"}]}, "5"),
        ("5", {}, "5"),
    ],
)
def test_a_whole_reference_becomes_what_the_tool_wants(text: str, schema: dict[str, object], value: object) -> None:
    assert REWOO.fill({"x": " #E1 "}, {"1": text}, {"properties": {"x": schema}}) == {"x": value}


@pytest.mark.parametrize("text", ["$1.50", "$1,000", "US$2.5 and $3,000,000", "$ 1", "$x"])
def test_an_amount_of_money_is_no_reference(text: str) -> None:
    assert list(COMPILER.find_labels(text)) == []


@NOTATIONS
def test_a_plan_in_any_order_can_be_carried_out(notation: Notation) -> None:
    assert not find_wrong(make_calls(notation, {"3": "1 2", "1": "", "2": "1"}), (), notation)
    assert not find_wrong(make_calls(notation, {"4": "1 3"}), ("1", "2", "3"), notation)


@NOTATIONS
@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ({"1": "", "2": "7"}, "{2} refers to {7}, which no call gives"),
        ({"1": "2", "2": "1"}, "these wait for each other: {1} -> {2} -> {1}"),
        ({"1": "1"}, "these wait for each other: {1} -> {1}"),
    ],
)
def test_dangling_and_cyclic_references_are_found(notation: Notation, needs: dict[str, str], said: str) -> None:
    words = said
    for label in "127":
        words = words.replace(f"{{{label}}}", notation.show(label))
    found = find_wrong(make_calls(notation, needs), (), notation)
    assert found == words or sorted(found) == sorted(words)


@NOTATIONS
def test_a_number_is_given_once(notation: Notation) -> None:
    twice = [PlannedCall("1", "f"), PlannedCall("1", "g")]
    assert "is there already" in find_wrong(twice, (), notation)
    assert "is there already" in find_wrong(twice[:1], ("1",), notation)
