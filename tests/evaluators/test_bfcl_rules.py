"""Our own reading of BFCL's rules for calls of one turn."""

from typing import Any

import pytest

from agent_brain.evaluators.bfcl_rules import find_fault

RULE = {
    "type": "dict", "required": ["place"],
    "properties": {"place": {"type": "string"}, "days": {"type": "integer"}, "degrees": {"type": "float"},
                   "tags": {"type": "array"}, "range": {"type": "dict"}},
}  # fmt: skip
DOCS = [{"name": "weather.get", "parameters": RULE}]
WANTED: dict[str, list[Any]] = {
    "place": ["New York, NY", "NYC"], "days": [3, ""], "degrees": [5.0, ""], "tags": [["A", "b"], ""],
    "range": [{"low": [1], "high": ["", 9]}, ""],
}  # fmt: skip


@pytest.mark.parametrize(
    ("args", "is_right"),
    [
        ({"place": "new york ny"}, True), ({"place": "NYC", "days": 3}, True), ({"place": "Boston"}, False),
        ({"days": 3}, False), ({"place": "NYC", "days": 3.0}, False), ({"place": "NYC", "days": True}, False),
        ({"place": "NYC", "degrees": 5}, True), ({"place": "NYC", "tags": ["a", "B"]}, True),
        ({"place": "NYC", "tags": ["b", "a"]}, False), ({"place": "NYC", "range": {"low": 1}}, True),
        ({"place": "NYC", "range": {"high": 9}}, False), ({"place": "NYC", "range": {"low": 1, "mid": 2}}, False),
        ({"place": "NYC", "wind": 1}, False), ({"place": ["NYC"]}, False),
    ],
)  # fmt: skip
def test_values_count_as_the_answer_lists_them(args: dict[str, Any], is_right: bool) -> None:
    assert (find_fault([("weather_get", args)], [{"weather.get": WANTED}], DOCS) == "") is is_right


def test_calls_may_come_in_any_order_and_each_counts_once() -> None:
    wanted = [{"weather.get": {"place": [place]}} for place in ("a", "b")]
    calls = [("weather.get", {"place": place}) for place in ("b", "a")]
    assert find_fault(calls, wanted, DOCS) == ""
    assert find_fault([calls[0], calls[0]], wanted, DOCS).startswith("a call that was wanted was not made")
    assert find_fault(calls[:1], wanted, DOCS) == "1 calls, and 2 were wanted"
    assert find_fault([("other", {"place": "a"}), calls[0]], wanted, DOCS)
