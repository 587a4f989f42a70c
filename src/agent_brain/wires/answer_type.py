"""TypedAnswer: an answer that is a value of a type, as JSON between the model and the run."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_brain.core.answer_type import Fit, Grown, Misfit, ReplyForm
from agent_brain.core.errors import WrongAnswer
from agent_brain.core.items import FaultKind
from agent_brain.wires.answer_check import Check, TypeCheck, Unfit
from agent_brain.wires.answer_text import find_candidates, read_whole
from agent_brain.wires.growing_json import GrowingJson, drop_empty
from agent_brain.wires.remedies import shorten
from agent_brain.wires.reply_text import mend_characters
from agent_brain.wires.strict_schema import NotStrict, drop_nulls, make_strict

WRAP = "value"
"""The one property of the object around a value that is no object: servers want an object at the root."""
WRONGS_MAX = 8
TRIED_MAX = 16
"""Values of one reply that are checked."""
NAME_CHARACTERS_MAX = 64
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
_BARE = frozenset({"string", "number", "integer", "boolean", "null"})


def make_answer_type(given: Any) -> "TypedAnswer":
    """The answer type of a Python type, or of a JSON schema as a mapping. Raises: SetupError."""
    if isinstance(given, Mapping):
        from agent_brain.wires.schema_check import SchemaCheck  # only where somebody has a schema and no type

        return TypedAnswer(SchemaCheck(given))
    return TypedAnswer(TypeCheck(given))


@dataclass(frozen=True)
class TypedAnswer:
    """Asks for JSON that fits a check's schema, finds it in replies, and makes the value of it."""

    check: Check
    name: str = field(init=False)
    form: ReplyForm = field(init=False)
    directive: str = field(init=False, repr=False)
    _is_wrapped: bool = field(init=False, repr=False)
    _keys: frozenset[str] = field(init=False, repr=False)
    _roots: frozenset[str] = field(init=False, repr=False)
    """The types of JSON that a value may be of; empty where that is not plain to see."""

    def __post_init__(self) -> None:
        schema = _open_root(self.check.schema)
        is_wrapped = schema.get("type") != "object"
        shown = _wrap(schema) if is_wrapped else dict(schema)
        name = _UNFIT.sub("_", self.check.name).strip("_")[:NAME_CHARACTERS_MAX] or "answer"
        values = {
            "name": self.check.name,
            "form": ReplyForm(name, shown, _find_strict(shown)),
            "directive": _write_directive(shown, is_wrapped=is_wrapped),
            "_is_wrapped": is_wrapped,
            "_keys": frozenset((WRAP,) if is_wrapped else schema.get("properties", ())),
            "_roots": frozenset(_find_roots(schema, schema)),
        }
        for key, value in values.items():
            object.__setattr__(self, key, value)

    def read(self, text: str, *, is_limited: bool = False, is_whole: bool = False) -> Fit | Misfit:
        """Find the answer in a reply; never raises. Of several values the likeliest that fits is taken."""
        text = mend_characters(text)
        if is_whole:
            only = read_whole(text)
            found = [] if only is None else [only]
        else:
            is_bare = bool(self._roots) and self._roots <= _BARE
            found = find_candidates(
                text, self._keys, takes_list=self._is_wrapped, takes_bare=is_bare, is_limited=is_limited
            )
        whole = [candidate.data for candidate in found if not candidate.is_cut]
        first: Unfit | None = None
        for data in whole[:TRIED_MAX]:
            try:
                return self._fit(data)
            except Unfit as unfit:
                first = first or unfit
        if first is not None and not (is_limited and len(whole) < len(found)):
            return Misfit(FaultKind.WRONG_ANSWER, self._explain(first))
        return _miss(text, is_limited=is_limited, is_cut=is_limited or len(whole) < len(found))

    def load(self, text: str) -> Any:
        """The value of an answer as the log keeps it. Raises: WrongAnswer."""
        try:
            return self.check.make(json.loads(text))
        except Unfit as unfit:
            raise WrongAnswer(self.name, text, str(unfit)) from None
        except (ValueError, RecursionError) as error:
            raise WrongAnswer(self.name, text, f"it is no JSON: {error}") from None

    def watch(self) -> GrowingJson:
        """What reads one answer while it is written."""
        return GrowingJson(self._choose)

    def _fit(self, data: Any) -> Fit:
        """The answer that a value is, without its wrapping and the nulls that stand for nothing. Raises: Unfit."""
        first: Unfit | None = None
        for plain in self._list_readings(data):
            try:
                self.check.make(plain)
            except Unfit as unfit:
                first = first or unfit
            else:
                return Fit(json.dumps(plain, ensure_ascii=False), plain)
        assert first is not None  # there is at least one reading
        raise first

    def _list_readings(self, data: Any) -> list[Any]:
        is_wrapping = self._is_wrapped and isinstance(data, dict) and data.keys() == {WRAP}
        bare = data[WRAP] if is_wrapping else data
        lean = drop_nulls(self.check.schema, bare)
        readings = [bare] if lean == bare else [bare, lean]
        if isinstance(bare, list) and len(bare) == 1 and self._roots and "array" not in self._roots:
            readings.append(bare[0])
        return [*readings, data] if is_wrapping else readings

    def _choose(self, data: Any) -> Grown | None:
        """What is shown of data that grows. Raises: ValueError where it is no beginning of an answer."""
        if isinstance(data, list) and self._is_wrapped and "array" in self._roots:
            return Grown(drop_empty(data))
        if not isinstance(data, dict) or (data and self._keys and next(iter(data)) not in self._keys):
            raise ValueError("another value")
        if self._is_wrapped:
            return Grown(drop_empty(data[WRAP])) if data.get(WRAP) is not None else None
        return Grown(drop_empty(data)) if data else None

    def _explain(self, unfit: Unfit) -> str:
        lines = [f"- {wrong.tell()}" for wrong in unfit.wrongs[:WRONGS_MAX]]
        if len(unfit.wrongs) > WRONGS_MAX:
            lines.append(f"- and {len(unfit.wrongs) - WRONGS_MAX} more")
        return "\n".join(["Your answer does not fit the schema:", *lines, "Write the whole answer again."])


def _miss(text: str, *, is_limited: bool, is_cut: bool) -> Misfit:
    """What is said where no whole value was found."""
    if not text.strip():
        return Misfit(FaultKind.EMPTY, "Your answer was empty. Write it as JSON that fits the schema.")
    if is_cut:
        how = f"was cut off at its length limit, after {len(text)} characters" if is_limited else "ends in the middle"
        shorter = ", shorter: the JSON alone, with short texts" if is_limited else ""
        return Misfit(
            FaultKind.CUT_SHORT, f"Your answer {how}: {shorten(text)}\nWrite the whole answer again{shorter}."
        )
    return Misfit(
        FaultKind.WRONG_ANSWER,
        f"Your answer holds no JSON that can be read: {shorten(text)}\nWrite it as JSON that fits the schema.",
    )


def _open_root(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema with what its root refers to in the place of the reference: that of a type which holds itself."""
    if "$ref" not in schema:
        return schema
    name = str(schema["$ref"]).rpartition("/")[2]
    shared = schema.get("$defs", schema.get("definitions", {}))
    inner = shared.get(name)
    return {**inner, **{key: value for key, value in schema.items() if key != "$ref"}} if inner else schema


def _wrap(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an object whose one property is the value."""
    inner = {key: value for key, value in schema.items() if key not in ("$defs", "definitions", "$schema", "$id")}
    shared = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    return {
        "type": "object", "properties": {WRAP: inner}, "required": [WRAP], "additionalProperties": False, **shared,
    }  # fmt: skip


def _find_strict(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    try:
        return make_strict(schema) if schema.get("properties") else None
    except NotStrict:
        return None


def _write_directive(schema: Mapping[str, Any], *, is_wrapped: bool) -> str:
    shown = json.dumps(schema, ensure_ascii=False, separators=(",", ":"), default=dict)
    example = f' (as in {{"{WRAP}": ...}})' if is_wrapped else ""
    return f"Write the answer as one JSON object{example} that fits this JSON schema, and no word besides:\n{shown}"


def _find_roots(rule: Any, root: Mapping[str, Any], depth_left: int = 8) -> set[str]:
    """The types of JSON that values of a schema are of, or nothing where one cannot be told."""
    if not isinstance(rule, Mapping) or depth_left == 0:
        return set()
    if "$ref" in rule:
        name = str(rule["$ref"]).rpartition("/")[2]
        return _find_roots(root.get("$defs", root.get("definitions", {})).get(name), root, depth_left - 1)
    options = rule.get("anyOf") or rule.get("oneOf")
    if options:
        kinds = [_find_roots(option, root, depth_left - 1) for option in options]
        return set().union(*kinds) if all(kinds) else set()
    kind = rule.get("type")
    if kind is None and ("enum" in rule or "const" in rule):
        return {"string"}
    return {kind} if isinstance(kind, str) else set(kind or ())
