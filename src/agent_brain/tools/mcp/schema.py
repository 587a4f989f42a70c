"""JSON Schema as MCP servers use it: checks of arguments and of a person's reply to a form."""

from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema
import referencing
from jsonschema.exceptions import SchemaError, ValidationError
from referencing.exceptions import Unresolvable

FAULTS_MAX = 8
VALUE_CHARACTERS_MAX = 300


def find_faults(schema: Mapping[str, Any], value: Any) -> list[str]:
    """What the schema does not allow, with its path; empty too where the schema itself is broken or lies elsewhere.

    Nothing is fetched: a schema that points to the network is left to the server to check.
    """
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
        checker = kind(schema, registry=referencing.Registry())
        found = sorted(checker.iter_errors(value), key=lambda fault: list(map(str, fault.absolute_path)))
    except (SchemaError, Unresolvable, RecursionError):
        return []
    lines = [f"- {_describe(fault)}"[:VALUE_CHARACTERS_MAX] for fault in found[:FAULTS_MAX]]
    return [*lines, f"- and {len(found) - FAULTS_MAX} more"] if len(found) > FAULTS_MAX else lines


def _describe(fault: ValidationError) -> str:
    path = _spell(fault.absolute_path)
    if fault.validator == "required":
        inner = [*fault.absolute_path, fault.message.split("'")[1]]
        return f"{_spell(inner)}: missing"
    return f"{path}: {fault.message}" if path else fault.message


def _spell(path: Iterable[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
