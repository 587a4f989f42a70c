"""Whether data is a value of a type: what pydantic knows, with faults in the words that a model can act on."""

import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import isroutine
from typing import Any, Protocol

from pydantic import PydanticUserError, TypeAdapter, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic_core import ErrorDetails, SchemaError, to_json

from agent_brain.core.errors import SetupError

EXCERPT_CHARACTERS_MAX = 80
WANTED_CHARACTERS_MAX = 400
_excerpt = reprlib.Repr()
_excerpt.maxstring = _excerpt.maxother = _excerpt.maxlong = EXCERPT_CHARACTERS_MAX


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing in which data is not what it should be."""

    path: str
    """Where, as in `people[2].age`; empty: all of it."""
    found: str
    """Empty where something is missing, or where there should be nothing."""
    wanted: str

    def tell(self) -> str:
        """In words, on a line."""
        path = self.path or "the answer"
        return f"{path}: found {self.found}, wanted {self.wanted}" if self.found else f"{path}: {self.wanted}"


class Check(Protocol):
    """Knows a type's schema, and its values."""

    @property
    def name(self) -> str:
        """What people call the type."""

    @property
    def schema(self) -> Mapping[str, Any]:
        """Its JSON schema."""

    def make(self, data: Any) -> Any:
        """The value that plain data says. Raises: Unfit."""


class Unfit(ValueError):
    """Data that is no value of a type; `wrongs` says why."""

    def __init__(self, wrongs: Sequence[Wrong]) -> None:
        super().__init__("; ".join(wrong.tell() for wrong in wrongs))
        self.wrongs = list(wrongs)


@dataclass(frozen=True)
class TypeCheck:
    """A type of Python's: a pydantic model, a dataclass, a TypedDict, a union, a list, a number.

    Raises: SetupError for a type that no JSON schema says.
    """

    kind: Any
    name: str = field(init=False)
    schema: Mapping[str, Any] = field(init=False)
    _adapter: TypeAdapter[Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        name = name_type(self.kind)
        try:
            if isroutine(self.kind):  # pydantic would check its arguments, and call it
                raise TypeError("it is a function")
            adapter = TypeAdapter(self.kind)
            schema = adapter.json_schema(mode="validation")
        except (
            PydanticUserError,
            PydanticInvalidForJsonSchema,
            SchemaError,
            TypeError,
            NameError,
            ValueError,
        ) as error:
            reason = str(error).splitlines()[0]
            raise SetupError(
                f"answer_type is {name:.100}, which no JSON schema says: {reason}; wanted a pydantic model, a "
                "dataclass, a TypedDict, a NamedTuple, a union, a list or dict of these, a Literal, an Enum, int, "
                "float, bool, str, date, or a JSON schema as a mapping"
            ) from error
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "schema", drop_titles(schema))
        object.__setattr__(self, "_adapter", adapter)

    def make(self, data: Any) -> Any:
        """The value that plain data says. Raises: Unfit."""
        try:
            return self._adapter.validate_json(to_json(data))
        except ValidationError as error:
            faults = error.errors(include_url=False, include_context=False)
            raise Unfit([_describe(fault) for fault in faults]) from None


def name_type(kind: Any) -> str:
    """A class by its name, any other type as it is written."""
    return (
        kind.__name__
        if isinstance(kind, type) and not hasattr(kind, "__args__")
        else re.sub(r"\b(?:typing|typing_extensions|__main__)\.", "", repr(kind))
    )


def drop_titles(schema: Any) -> Any:
    """The schema without the titles that repeat a name in other letters; property names are left alone."""
    if isinstance(schema, list):
        return [drop_titles(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {}
    for key, value in schema.items():
        if key in ("properties", "$defs"):
            plain[key] = {name: drop_titles(part) for name, part in value.items()}
        elif key in ("default", "const", "enum", "examples", "required"):
            plain[key] = value
        elif key != "title":
            plain[key] = drop_titles(value)
    return plain


def quote(value: Any) -> str:
    """A value as a model is shown what it wrote."""
    text = _excerpt.repr(value)
    return text if len(text) <= 2 * EXCERPT_CHARACTERS_MAX else text[: 2 * EXCERPT_CHARACTERS_MAX] + "..."


def _describe(fault: ErrorDetails) -> Wrong:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).removeprefix(".")
    match fault["type"]:
        case "missing":
            return Wrong(path, "", "missing")
        case "extra_forbidden":
            return Wrong(path, "", "there is no such property")
        case _:
            wanted = fault["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
            return Wrong(path, quote(fault["input"]), wanted[:WANTED_CHARACTERS_MAX])
