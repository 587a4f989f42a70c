"""What stands in a journal in place of a secret, and which arguments are secret by their tool's JSON schema."""

from collections.abc import Iterator, Mapping
from typing import Any

HIDDEN = "[secret]"
REFERENCES_MAX = 16
"""How many references a schema may follow in a row."""


def has_hidden(value: object) -> bool:
    """True where some text in it was a secret once."""
    match value:
        case str():
            return HIDDEN in value
        case Mapping():
            return any(has_hidden(key) or has_hidden(entry) for key, entry in value.items())
        case list() | tuple():
            return any(map(has_hidden, value))
        case _:
            return False


def find_secret_names(schema: Mapping[str, Any]) -> set[str]:
    """The names of the properties that are secret, at any depth: `format: password`, or `writeOnly`."""
    names: set[str] = set()
    for rule in [schema, *schema.get("$defs", {}).values()]:
        for node in _walk(rule):
            for name, inner in (node.get("properties") or {}).items():
                if any(map(_is_secret, _choose(inner, schema))):
                    names.add(name)
    return names


def hide_secrets(schema: Mapping[str, Any], value: Any, found: list[Any]) -> Any:
    """The value with a placeholder for each part that its schema types as secret; these parts join `found`.

    Where an object may hold a secret, what no property of it is called is one too: a misspelt name hides nothing less.
    """
    return _hide([schema], value, schema, found)


def _hide(rules: list[Mapping[str, Any]], value: Any, root: Mapping[str, Any], found: list[Any]) -> Any:
    chosen = [node for rule in rules for node in _choose(rule, root)]
    if value is not None and any(map(_is_secret, chosen)):
        found += _find_leaves(value)
        return HIDDEN
    if isinstance(value, list):
        inner = [
            node[key] for node in chosen for key in ("items", "additionalItems") if isinstance(node.get(key), dict)
        ]
        inner += [rule for node in chosen for rule in node.get("prefixItems", ())]
        return [_hide(inner, entry, root, found) for entry in value]
    if not isinstance(value, dict):
        return value
    properties: dict[str, list[Mapping[str, Any]]] = {}
    for node in chosen:
        for name, rule in (node.get("properties") or {}).items():
            properties.setdefault(name, []).append(rule)
    others = [node["additionalProperties"] for node in chosen if isinstance(node.get("additionalProperties"), dict)]
    if any(_is_secret(node) for inner in properties.values() for rule in inner for node in _choose(rule, root)):
        others = [{"writeOnly": True}]
    return {name: _hide(properties.get(name, others), entry, root, found) for name, entry in value.items()}


def _is_secret(rule: Mapping[str, Any]) -> bool:
    return rule.get("format") == "password" or rule.get("writeOnly") is True


def _choose(rule: Any, root: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """A rule and all that it refers to or lets one choose from."""
    if depth > REFERENCES_MAX:
        return
    if not isinstance(rule, Mapping):
        return
    yield rule
    reference = rule.get("$ref")
    if isinstance(reference, str):
        name = reference.rpartition("/")[2]
        yield from _choose(root.get("$defs", root.get("definitions", {})).get(name), root, depth + 1)
    for key in ("anyOf", "oneOf", "allOf"):
        for inner in rule.get(key, ()):
            yield from _choose(inner, root, depth + 1)


def _walk(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


def _find_leaves(value: Any) -> Iterator[Any]:
    match value:
        case Mapping():
            for entry in value.values():
                yield from _find_leaves(entry)
        case list():
            for entry in value:
                yield from _find_leaves(entry)
        case None | bool():
            return
        case _:
            yield value
