"""Strict schemas: what servers that hold a model to a schema take of JSON Schema, and why a schema is none of them.

A strict schema closes every object and requires every property; what was optional may be null instead, so that whoever
reads the arguments drops the nulls that the tool's own schema does not know. Source: OpenAI's guide to structured
outputs, supported schemas.
"""

from collections.abc import Iterator, Mapping
from typing import Any

DEPTH_MAX = 10
PROPERTIES_MAX = 5000
REFERENCES_MAX = 16
"""How many references a schema may follow in a row."""

_KEPT = frozenset(
    {
        "type", "description", "enum", "const", "pattern", "multipleOf", "minimum", "maximum", "exclusiveMinimum",
        "exclusiveMaximum", "minItems", "maxItems",
    }
)  # fmt: skip
_DROPPED = frozenset(
    {
        "title", "default", "examples", "deprecated", "readOnly", "writeOnly", "$schema", "$id", "$comment",
        "discriminator", "required", "additionalProperties",
    }
)  # fmt: skip
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
_TOLD_ONLY = frozenset({"password", "uri", "binary", "int32", "int64", "float", "double"})
"""Formats that tell and demand nothing."""
_NULL = {"type": "null"}


class NotStrict(ValueError):
    """A schema that cannot be strict; the message says where and why."""


def make_strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The strict form of a tool's parameters. Raises: NotStrict."""
    if schema.get("additionalProperties") not in (None, False):
        raise NotStrict("it takes arguments of any name")
    root = {"type": "object", "properties": {}, **schema}
    strict = _close(root, "the arguments", 0)
    for key in ("$defs", "definitions"):
        if key in schema:
            strict[key] = {name: _convert(rule, name, 1) for name, rule in schema[key].items()}
    if sum(len(node.get("properties", ())) for node in _walk(strict)) > PROPERTIES_MAX:
        raise NotStrict(f"it has more than {PROPERTIES_MAX} properties")
    return strict


def drop_nulls(schema: Mapping[str, Any], value: Any, root: Mapping[str, Any] | None = None) -> Any:
    """The arguments without the nulls that say that an optional one is not given."""
    root = schema if root is None else root
    schema = _resolve(schema, root)
    if isinstance(value, list):
        items = schema.get("items")
        return [drop_nulls(items, entry, root) for entry in value] if isinstance(items, Mapping) else value
    if not isinstance(value, dict):
        return value
    for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        if value.keys() <= (_resolve(option, root).get("properties") or {}).keys():
            return drop_nulls(option, value, root)
    properties, required = schema.get("properties") or {}, schema.get("required") or ()
    return {
        name: drop_nulls(properties.get(name, {}), entry, root)
        for name, entry in value.items()
        if entry is not None or name not in properties or name in required or _takes_null(properties[name], root)
    }


def _convert(schema: Any, path: str, depth: int) -> dict[str, Any]:
    """One node of a strict schema."""
    if depth > DEPTH_MAX:
        raise NotStrict(f"{path} is nested deeper than {DEPTH_MAX}")
    if not isinstance(schema, Mapping):
        raise NotStrict(f"{path} may be anything")
    if len(schema.get("allOf", ())) == 1:
        schema = {**schema["allOf"][0], **{key: value for key, value in schema.items() if key != "allOf"}}
    told = {"description": schema["description"]} if "description" in schema else {}
    if "$ref" in schema:
        reference = {"$ref": schema["$ref"]}
        return {"anyOf": [reference], **told} if told else reference
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        _check_keys(schema, path, {"anyOf", "oneOf"})
        return {"anyOf": [_convert(option, path, depth) for option in options], **told}
    if schema.get("type") == "object" or "properties" in schema:
        return _close(schema, path, depth)
    return _copy_plain(schema, path, depth)


def _copy_plain(schema: Mapping[str, Any], path: str, depth: int) -> dict[str, Any]:
    """A node that is no object and no choice."""
    if not schema.keys() & {"type", "enum", "const"}:
        raise NotStrict(f"{path} may be anything")
    _check_keys(schema, path, {"items", "format"})
    plain = {key: value for key, value in schema.items() if key in _KEPT}
    if schema.get("format") in _FORMATS:
        plain["format"] = schema["format"]
    elif "format" in schema and schema["format"] not in _TOLD_ONLY:
        raise NotStrict(f"{path} has the format {schema['format']!r:.60}")
    if schema.get("type") == "array":
        plain["items"] = _convert(schema.get("items"), f"{path}[]", depth + 1)
    return plain


def _close(schema: Mapping[str, Any], path: str, depth: int) -> dict[str, Any]:
    """An object with its own properties and no others."""
    _check_keys(schema, path, {"properties", "$defs", "definitions"})
    properties = schema.get("properties") or {}
    if schema.get("additionalProperties") not in (None, False) or (depth and not properties):
        raise NotStrict(f"{path} takes keys of any name")
    required = schema.get("required") or ()
    strict = {
        name: _convert(rule, name, depth + 1)
        if name in required
        else _allow_null(rule, _convert(rule, name, depth + 1))
        for name, rule in properties.items()
    }
    told = {"description": schema["description"]} if "description" in schema else {}
    return {
        "type": "object", **told, "properties": strict, "required": list(strict), "additionalProperties": False,
    }  # fmt: skip


def _allow_null(rule: Mapping[str, Any], strict: dict[str, Any]) -> dict[str, Any]:
    """An optional property: null where it is not given; its default is told in words."""
    told = str(strict.get("description", ""))
    if rule.get("default") is not None:
        told = f"{told} (null: {rule['default']!r:.100})".strip()
    if not _takes_null(strict, strict):
        strict = {"anyOf": [strict, _NULL]}
    return {**strict, "description": told} if told else strict


def _check_keys(schema: Mapping[str, Any], path: str, others: set[str]) -> None:
    wrong = sorted(schema.keys() - _KEPT - _DROPPED - others)
    if wrong:
        raise NotStrict(f"{path} has {wrong[0]!r:.60}")


def _takes_null(rule: Any, root: Mapping[str, Any]) -> bool:
    rule = _resolve(rule, root)
    kind = rule.get("type")
    if kind == "null" or (isinstance(kind, list) and "null" in kind) or None in rule.get("enum", ()):
        return True
    if any(_takes_null(option, root) for option in (*rule.get("anyOf", ()), *rule.get("oneOf", ()))):
        return True
    return not rule.keys() & {"type", "enum", "const", "anyOf", "oneOf", "allOf", "properties", "$ref"}


def _resolve(rule: Any, root: Mapping[str, Any]) -> Mapping[str, Any]:
    for _ in range(REFERENCES_MAX):
        if not isinstance(rule, Mapping):
            return {}
        reference = rule.get("$ref")
        if not isinstance(reference, str):
            return rule
        name = reference.rpartition("/")[2]
        rule = root.get("$defs", root.get("definitions", {})).get(name)
    return {}


def _walk(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)
