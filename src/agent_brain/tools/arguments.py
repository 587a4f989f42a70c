"""A tool's arguments: the JSON schema that a model is shown, and the check of what it sent."""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, Optional, get_args, get_origin

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, from_json, to_json
from typing_extensions import TypedDict

from agent_brain.core.errors import SetupError, nearest_hint
from agent_brain.tools.result_text import cut_middle, make_safe
from agent_brain.tools.signature import MISSING, Parameter, Signature

ERRORS_MAX = 8
EXCERPT_CHARACTERS_MAX = 80
REMEDY_CHARACTERS_MAX = 4_000
REMINDER_CHARACTERS_MAX = 1_000

_excerpt = reprlib.Repr()
_excerpt.maxstring = _excerpt.maxother = _excerpt.maxlong = EXCERPT_CHARACTERS_MAX


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one tool."""

    adapter: TypeAdapter[dict[str, Any]]
    schema: Mapping[str, Any]

    @classmethod
    def of(cls, name: str, signature: Signature) -> "Arguments":
        """Build the check and the schema. Raises: SetupError for a type that no JSON fits."""
        try:
            adapter = TypeAdapter(_build_type(name, signature))
            schema = _strip_titles(adapter.json_schema(mode="validation"))
        except (PydanticUserError, PydanticInvalidForJsonSchema, TypeError, NameError) as error:
            reason = str(error).splitlines()[0]
            raise SetupError(f"tool {name!r}: a parameter has a type that no JSON fits: {reason}") from error
        schema.setdefault("properties", {})
        _show_defaults(schema["properties"], signature)
        return cls(adapter, schema)

    def read(self, args: Mapping[str, Any]) -> dict[str, Any] | str:
        """The values as the function wants them, or the words that tell the model what to mend."""
        try:
            return self.adapter.validator.validate_python(_copy(args))  # type: ignore[no-any-return]  # the adapter's own type
        except ValidationError as error:
            return self._explain(error)

    def _explain(self, error: ValidationError) -> str:
        known = list(self.schema["properties"])
        faults = error.errors(include_url=False, include_context=False)
        lines = [_describe_fault(fault, known) for fault in faults[:ERRORS_MAX]]
        if len(faults) > ERRORS_MAX:
            lines.append(f"- and {len(faults) - ERRORS_MAX} more")
        reminder = cut_middle(self.reminder, REMINDER_CHARACTERS_MAX)
        text = "\n".join(["wrong arguments:", *lines, f"expected: {reminder}"])
        return make_safe(cut_middle(text, REMEDY_CHARACTERS_MAX))

    @property
    def reminder(self) -> str:
        """The expected arguments in one line."""
        required = self.schema.get("required", ())
        parts = [
            f"{name}{'' if name in required else '?'}: {_name_type(rule, self.schema.get('$defs', {}))}"
            for name, rule in self.schema["properties"].items()
        ]
        return "{" + ", ".join(parts) + "}" if parts else "no arguments, {}"


def _build_type(name: str, signature: Signature) -> Any:
    fields = {parameter.name: _build_field(parameter) for parameter in signature.parameters}
    make: Any = TypedDict  # its fields are known when it runs, not to a type checker
    made = make(name, fields)
    extra: Literal["allow", "forbid"] = "allow" if signature.takes_extra else "forbid"
    made.__pydantic_config__ = ConfigDict(extra=extra, coerce_numbers_to_str=True)
    return made


def _build_field(parameter: Parameter) -> Any:
    annotation = parameter.annotation
    notes = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    if parameter.default is None and parameter.annotation is not Any:
        annotation = Optional[annotation]  # noqa: UP045  # a string annotation inside has no `|`
    if isinstance(parameter.default, FieldInfo):
        annotation, notes = Annotated[annotation, parameter.default], (*notes, parameter.default)
    said = [note.description for note in notes if isinstance(note, FieldInfo) and note.description]
    plain = [note for note in notes if isinstance(note, str)]
    description = "" if said else (plain[0] if plain else parameter.description)
    if description:
        annotation = Annotated[annotation, FieldInfo(description=description)]
    elif said:
        annotation = Annotated[annotation, FieldInfo(description=said[-1])]
    if parameter.default is MISSING or isinstance(parameter.default, FieldInfo):
        return annotation
    return NotRequired[annotation]


def _show_defaults(properties: dict[str, Any], signature: Signature) -> None:
    for parameter in signature.parameters:
        default = parameter.default
        if default is MISSING or isinstance(default, FieldInfo) or parameter.name not in properties:
            continue
        try:
            shown = from_json(to_json(default, inf_nan_mode="strings"))
        except ValueError:  # no JSON: an object, bytes that are no text, a list that holds itself
            continue
        properties[parameter.name].setdefault("default", shown)


def _copy(value: Any) -> Any:
    """The same JSON value in other containers: a function may change its arguments, and the run's record stays."""
    if isinstance(value, Mapping):
        return {name: _copy(part) for name, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, list) else value


def _strip_titles(schema: Any) -> Any:
    """The schema without the titles that repeat a name in other letters; property names are left alone."""
    if isinstance(schema, list):
        return [_strip_titles(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            plain[key] = {name: _strip_titles(part) for name, part in value.items()}
        elif key in ("default", "const", "enum", "examples", "required"):
            plain[key] = value
        elif key != "title":
            plain[key] = _strip_titles(value)
    return plain


def _describe_fault(fault: ErrorDetails, known: list[str]) -> str:
    path = _spell_path(fault["loc"])
    match fault["type"]:
        case "missing":
            return f"- {path}: missing"
        case "extra_forbidden":
            hint = nearest_hint(str(fault["loc"][-1]), known) if len(fault["loc"]) == 1 else ""
            return f"- {path}: unknown argument{hint}"
        case _:
            found = cut_middle(_excerpt.repr(fault["input"]), 2 * EXCERPT_CHARACTERS_MAX)
            wanted = fault["msg"].removeprefix("Input should be ")
            return f"- {path}: found {found}, wanted {cut_middle(wanted, 400)}"


def _spell_path(loc: tuple[int | str, ...]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).removeprefix(".")
    return cut_middle(text, 200) or "the arguments"


def _name_type(rule: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """A JSON schema in a word or two."""
    if "$ref" in rule:
        name = str(rule["$ref"]).rpartition("/")[2]
        target = definitions.get(name, {})
        return _name_type(target, {}) if "enum" in target else name
    if "enum" in rule:
        return "|".join(map(repr, rule["enum"]))
    if "const" in rule:
        return repr(rule["const"])
    options = rule.get("anyOf") or rule.get("oneOf")
    if options:
        return "|".join(dict.fromkeys(_name_type(option, definitions) for option in options))
    kind = rule.get("type", "any")
    if kind == "array" and isinstance(rule.get("items"), dict):
        return f"array of {_name_type(rule['items'], definitions)}"
    return f"{kind} ({rule['format']})" if "format" in rule else str(kind)
