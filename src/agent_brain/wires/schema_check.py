"""Whether plain data fits a JSON schema: the keywords that say what a value is, and a refusal of all others."""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.pauses import check_json
from agent_brain.wires.answer_check import Unfit, Wrong, quote

DEPTH_MAX = 64
"""References and choices that one value is followed through."""
TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
    "number": lambda value: _is_number(value),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_BOUNDS: Mapping[str, tuple[str, Callable[[Any, Any], bool], str]] = {
    "minimum": ("number", lambda value, bound: value >= bound, "at least {}"),
    "maximum": ("number", lambda value, bound: value <= bound, "at most {}"),
    "exclusiveMinimum": ("number", lambda value, bound: value > bound, "more than {}"),
    "exclusiveMaximum": ("number", lambda value, bound: value < bound, "less than {}"),
    "multipleOf": ("number", lambda value, step: _is_multiple(value, step), "a multiple of {}"),
    "minLength": ("string", lambda value, bound: len(value) >= bound, "at least {} characters"),
    "maxLength": ("string", lambda value, bound: len(value) <= bound, "at most {} characters"),
    "pattern": ("string", lambda value, pattern: re.search(pattern, value) is not None, "what matches {}"),
    "minItems": ("array", lambda value, bound: len(value) >= bound, "at least {} entries"),
    "maxItems": ("array", lambda value, bound: len(value) <= bound, "at most {} entries"),
    "uniqueItems": ("array", lambda value, wanted: not wanted or _are_unlike(value), "no entry twice"),
    "minProperties": ("object", lambda value, bound: len(value) >= bound, "at least {} properties"),
    "maxProperties": ("object", lambda value, bound: len(value) <= bound, "at most {} properties"),
}
"""For each keyword the type that it is about, whether a value keeps it, and what was wanted."""
_READ = frozenset(
    {
        "type", "enum", "const", "properties", "required", "additionalProperties", "items", "prefixItems", "anyOf",
        "oneOf", "allOf", "$ref", "$defs", "definitions", *_BOUNDS,
    }
)  # fmt: skip
_TOLD = frozenset(
    {
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "$schema", "$id",
        "$comment", "format", "discriminator", "contentEncoding", "contentMediaType",
    }
)  # fmt: skip
"""Keywords that tell and demand nothing here."""


@dataclass(frozen=True)
class SchemaCheck:
    """A JSON schema; its values are plain data. Raises: SetupError for a schema that says more than is checked here."""

    schema: Mapping[str, Any]
    name: str = field(init=False)

    def __post_init__(self) -> None:
        check_json(self.schema, "the JSON schema")
        for wrong in _find_unknown(self.schema, self.schema, ""):
            raise SetupError(f"the JSON schema of answer_type {wrong}")
        object.__setattr__(self, "name", str(self.schema.get("title") or "value of the JSON schema"))

    def make(self, data: Any) -> Any:
        """The same data. Raises: Unfit."""
        wrongs = list(_find_wrong(data, self.schema, self.schema, "", DEPTH_MAX))
        if wrongs:
            raise Unfit(wrongs)
        return data


def _find_wrong(  # noqa: C901, PLR0912  # one flat case for each keyword that is no bound
    value: Any, rule: Any, root: Mapping[str, Any], path: str, depth_left: int
) -> Iterator[Wrong]:
    if depth_left == 0:
        yield Wrong(path, quote(value), "a value that is nested less deeply")
        return
    if isinstance(rule, bool):
        if not rule:
            yield Wrong(path, "", "there is no such value")
        return
    if "$ref" in rule:
        yield from _find_wrong(value, _resolve(rule["$ref"], root), root, path, depth_left - 1)
    kinds = [rule["type"]] if isinstance(rule.get("type"), str) else rule.get("type", ())
    if kinds and not any(TYPES[kind](value) for kind in kinds):
        yield Wrong(path, quote(value), " or ".join(kinds))
        return
    if "enum" in rule and not any(_is_same(value, choice) for choice in rule["enum"]):
        yield Wrong(path, quote(value), "one of " + ", ".join(map(_spell, rule["enum"])))
    if "const" in rule and not _is_same(value, rule["const"]):
        yield Wrong(path, quote(value), _spell(rule["const"]))
    for part in rule.get("allOf", ()):
        yield from _find_wrong(value, part, root, path, depth_left - 1)
    for choice in ("anyOf", "oneOf"):
        if choice in rule:
            yield from _find_unchosen(value, rule[choice], root, path, depth_left - 1, is_one=choice == "oneOf")
    for keyword, (kind, is_kept, wanted) in _BOUNDS.items():
        if keyword in rule and TYPES[kind](value) and not is_kept(value, rule[keyword]):
            yield Wrong(path, quote(value), wanted.format(rule[keyword]))
    if isinstance(value, dict):
        yield from _find_wrong_properties(value, rule, root, path, depth_left - 1)
    if isinstance(value, list):
        first = rule.get("prefixItems", ())
        for place, entry in enumerate(value):
            own = first[place] if place < len(first) else rule.get("items", True)
            yield from _find_wrong(entry, own, root, f"{path}[{place}]", depth_left - 1)


def _find_wrong_properties(
    value: Mapping[str, Any], rule: Mapping[str, Any], root: Mapping[str, Any], path: str, depth_left: int
) -> Iterator[Wrong]:
    properties, others = rule.get("properties", {}), rule.get("additionalProperties", True)
    for name in rule.get("required", ()):
        if name not in value:
            yield Wrong(_join(path, name), "", "missing")
    for name, entry in value.items():
        if name not in properties and others is False:
            yield Wrong(_join(path, name), "", "there is no such property")
        else:
            yield from _find_wrong(entry, properties.get(name, others), root, _join(path, name), depth_left)


def _find_unchosen(
    value: Any, options: Sequence[Any], root: Mapping[str, Any], path: str, depth_left: int, *, is_one: bool
) -> Iterator[Wrong]:
    """What the nearest option says, where the value fits none; or that it fits several where it may fit one."""
    tried = [list(_find_wrong(value, option, root, path, depth_left)) for option in options]
    fitting = sum(not wrongs for wrongs in tried)
    if fitting == 0:
        yield from min(tried, key=lambda wrongs: (any(wrong.path == path for wrong in wrongs), len(wrongs)))
    elif is_one and fitting > 1:
        yield Wrong(path, quote(value), f"what fits one of the {len(options)} choices, and not {fitting} of them")


def _find_unknown(rule: Any, root: Mapping[str, Any], path: str) -> Iterator[str]:  # noqa: C901, PLR0912  # as above
    """What is wrong with the schema itself, in words."""
    place = f" at {path}" if path else ""
    if isinstance(rule, bool) and path:
        return
    if not isinstance(rule, Mapping):
        yield f"holds {rule!r:.60}{place}; wanted a schema"
        return
    for keyword in sorted(rule.keys() - _READ - _TOLD):
        yield f"has {keyword!r}{place}, which is not checked here; wanted a pydantic model, or a schema without it"
    kinds = [rule["type"]] if isinstance(rule.get("type"), str) else rule.get("type", [])
    for kind in kinds:
        if kind not in TYPES:
            yield f"has the type {kind!r:.60}{place}; wanted one of {', '.join(TYPES)}"
    if "$ref" in rule and _resolve(rule["$ref"], root) is None:
        yield f"has the $ref {rule['$ref']!r:.60}{place}, which leads nowhere"
    if "pattern" in rule:
        try:
            re.compile(rule["pattern"])
        except (re.error, TypeError) as error:
            yield f"has the pattern {rule['pattern']!r:.60}{place}: {error}"
    for keyword in ("properties", "$defs", "definitions"):
        for name, part in rule.get(keyword, {}).items():
            yield from _find_unknown(part, root, f"{path}/{keyword}/{name}")
    for keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for number, part in enumerate(rule.get(keyword, ())):
            yield from _find_unknown(part, root, f"{path}/{keyword}/{number}")
    for keyword in ("items", "additionalProperties"):
        if keyword in rule:
            yield from _find_unknown(rule[keyword], root, f"{path}/{keyword}")


def _resolve(reference: Any, root: Mapping[str, Any]) -> Any:
    """What a reference inside the schema leads to, or None."""
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found: Any = root
    for part in filter(None, reference[1:].split("/")):
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping | bool) else None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_multiple(value: float, step: float) -> bool:
    return math.isclose(value / step, round(value / step), rel_tol=0, abs_tol=1e-9) if step else True


def _is_same(value: Any, other: Any) -> bool:
    """Equal as JSON: true is no 1."""
    return _spell(value) == _spell(other) or (_is_number(value) and _is_number(other) and value == other)


def _are_unlike(values: Sequence[Any]) -> bool:
    return len({_spell(value) for value in values}) == len(values)


def _spell(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
