"""Phrases of unit conversion; any words may be units, the tool knows which are."""

from agent_brain.models.offline.plan import Node, Operation, UnitOf, call
from agent_brain.models.offline.row import Found, Row


def _convert(found: Found) -> Node:
    """Raises: LookupError for `10 + 5 km in miles` and `square 5 km in m`, where it is unclear what is converted."""
    value = found["n"]
    if isinstance(value, Operation) and value.sign in ("+", "-", "**") and len(value.parts) > 1:
        raise LookupError
    return call("convert_units", value=value, from_unit=found["u"], to_unit=found["v"])


def _convert_previous(found: Found) -> Node:
    return call("convert_units", value=found.previous, from_unit=UnitOf(found.previous), to_unit=found["v"])


UNITS = (
    Row(
        "q",
        (
            "convert (it|that|this|result) [back] (to|into|in) {v:u}",
            "(it|that|this) (in|into) {v:u}",
            "convert [back] (to|into) {v:u}",
            "how much is (it|that) in {v:u}",
            "how many {v:u} is (it|that)",
            "(in|into) {v:u}",
        ),
        _convert_previous,
        "convert_units",
    ),
    Row(
        "q",
        (
            "[convert|change|turn|express] {n:n} {u:u} (to|into|in|as) {v:u}",
            "how many {v:u} (are|is) [there] [in] {n:n} {u:u}",
            "how many {v:u} (in|make|has|have) {n:n} {u:u}",
            "how many {v:u} (do|does) {n:n} {u:u} (have|make|contain)",
        ),
        _convert,
        "convert_units",
    ),
    Row(
        "q",
        ("how many {v:u} (are|is) [there] [in] [a|an] {u:u}", "how many {v:u} in [a|an] {u:u}"),
        lambda f: call("convert_units", value=1, from_unit=f["u"], to_unit=f["v"]),
        "convert_units",
    ),
)
