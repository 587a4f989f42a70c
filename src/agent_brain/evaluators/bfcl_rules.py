"""Our own reading of how BFCL compares calls of one turn, for Python: used where its checker is not there.

A wanted call is `{name: {parameter: [values that count]}}`; with an empty text among them it may be left out.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

Wanted = Mapping[str, Mapping[str, Sequence[Any]]]
_DRESS = re.compile(r"[ ,./\-_*^]")
"""What does not count in a text, beside its case and the kind of its quotes."""
_MARKS = re.compile(r"[,./\-_*^()]")
"""The same of an answer in words."""


def find_fault(calls: Sequence[tuple[str, Mapping[str, Any]]], wanted: Sequence[Wanted], docs: Sequence[Any]) -> str:
    """Why these are not the wanted calls, in whatever order; empty where they are."""
    if len(calls) != len(wanted):
        return f"{len(calls)} calls, and {len(wanted)} were wanted"
    rules = {doc["name"]: doc["parameters"] for doc in docs}
    left = list(calls)
    for each in wanted:
        ((name, values),) = each.items()
        match = next((call for call in left if _is_right(call, name, values, rules.get(name, {}))), None)
        if match is None:
            return "a call that was wanted was not made, or with other arguments"
        left.remove(match)
    return ""


def find_missing(answer: str, right: Sequence[str]) -> str:
    """Why none of the right answers stands in this one as whole words; empty where one does."""
    said = _bare(answer)
    is_there = any(re.search(rf"\b{re.escape(_bare(each))}\b", said) for each in right)
    return "" if is_there else "none of the right answers is in it"


def _is_right(
    call: tuple[str, Mapping[str, Any]], name: str, values: Mapping[str, Any], rule: Mapping[str, Any]
) -> bool:
    said, args = call
    known = rule.get("properties", {})
    if said not in (name, name.replace(".", "_")) or set(rule.get("required", ())) - args.keys():
        return False
    if any(key not in known or key not in values for key in args):
        return False
    if any(key not in args and "" not in allowed for key, allowed in values.items()):
        return False
    return all(_counts(value, values[key], known[key].get("type", "any")) for key, value in args.items())


def _counts(value: Any, allowed: Sequence[Any], kind: str) -> bool:
    """Whole numbers are taken for a `float`, and a `float` is not for a whole number."""
    if kind == "float":
        value, allowed = _to_float(value), list(map(_to_float, allowed))
    return any(_is_same(value, each) for each in allowed)


def _to_float(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _is_same(value: Any, right: Any) -> bool:
    """Values of one type that are equal; in an object each key has a list of values that count."""
    match right:
        case str():
            return isinstance(value, str) and _undress(value) == _undress(right)
        case list():
            pairs = isinstance(value, list) and len(value) == len(right)
            return pairs and all(_is_same(one, other) for one, other in zip(value, right, strict=True))
        case Mapping():
            return isinstance(value, Mapping) and _has_keys(value, right)
        case float():
            return isinstance(value, int | float) and not isinstance(value, bool) and value == right
    return type(value) is type(right) and bool(value == right)


def _has_keys(value: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Objects inside of others may have one value a key, and no list of them."""
    if value == right:
        return True
    allowed = {key: each if isinstance(each, list) else [each] for key, each in right.items()}
    if value.keys() - allowed.keys() or any("" not in allowed[key] for key in allowed.keys() - value.keys()):
        return False
    return all(any(_is_same(each, one) for one in allowed[key]) for key, each in value.items())


def _undress(text: str) -> str:
    return _DRESS.sub("", text).casefold().replace("'", '"')


def _bare(text: str) -> str:
    """An answer in words, with the spaces between them."""
    return _MARKS.sub("", text).lower().replace("'", '"')
