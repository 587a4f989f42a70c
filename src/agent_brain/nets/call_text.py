"""The input of a planned call as models write it: JSON, arguments as in a program, or the bare text that it takes."""

import ast
import json
import math
import re
import warnings
from collections.abc import Mapping
from typing import Any

from agent_brain.core.tooling import ToolSpec
from agent_brain.nets.planned_calls import Notation, read_label
from agent_brain.wires.call_args import read_arguments

CHARACTERS_MAX = 20_000
"""Longer input is not read as a program's arguments."""
OTHERWISE = "input"
"""What the only argument of a tool is called that nobody knows."""
_STAND_IN = "reference_{}_of_the_plan"
_STOOD_IN = re.compile(r"reference_(\d+)_of_the_plan")
_NAMES: Mapping[str, Any] = {"true": True, "false": False, "null": None}
_QUOTES = ("'", '"')


def find_close(text: str, start: int, end: int) -> int:
    """Where the bracket that stands at `start` is closed before `end`; where it never is, the end of its line."""
    opening = text[start]
    closing = {"[": "]", "(": ")"}[opening]
    depth = 0
    for bracket in re.compile(rf"\{opening}|\{closing}").finditer(text, start, end):
        depth += 1 if bracket[0] == opening else -1
        if depth == 0:
            return bracket.start()
    line = text.find("\n", start, end)
    line = end if line < 0 else line
    last = text.rfind(closing, start, line)
    return last if last > start else line


def read_input(text: str, spec: ToolSpec | None, notation: Notation) -> dict[str, Any]:
    """The arguments that a text is; what cannot be read goes to the tool as it is, which says what it wanted."""
    text = text.strip()
    if not text:
        return {}
    if text.startswith("{"):
        found = read_arguments(text, spec)
        if found.args is not None:
            return dict(found.args)
    properties = _find_properties(spec)
    args = _read_program(text, list(properties), notation) if len(text) <= CHARACTERS_MAX else None
    if args is None:
        return {_choose_name(spec, list(properties)): _strip_quotes(text)}
    return {name: _fit(value, source, properties.get(name)) for name, (value, source) in args.items()}


def _find_properties(spec: ToolSpec | None) -> Mapping[str, Any]:
    return (spec.parameters.get("properties") or {}) if spec else {}


def _choose_name(spec: ToolSpec | None, properties: list[str]) -> str:
    """Which argument a bare text is: the one that is required, else the first."""
    required = list(spec.parameters.get("required") or ()) if spec else []
    return next(iter([*required, *properties]), OTHERWISE)


def _strip_quotes(text: str) -> str:
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES and text[0] not in text[1:-1]
    return text[1:-1] if is_quoted else text


def _fit(value: Any, source: str, schema: Any) -> Any:
    """The value; its text as it was written where a text is wanted."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return source if kind == "string" and not isinstance(value, str) else value


def _read_program(text: str, properties: list[str], notation: Notation) -> dict[str, tuple[Any, str]] | None:
    """Each argument with its source, where the text reads as `f(text)`, and its names are the tool's; else None."""
    marked = notation.reference.sub(lambda match: _STAND_IN.format(read_label(match)), text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # escapes that Python does not know are the model's
            call = ast.parse(f"f({marked})", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return None
    given = [*zip(properties, call.args, strict=False), *((word.arg, word.value) for word in call.keywords)]
    names = [name for name, _ in given]
    is_known = all(name in properties for name in names) or (not properties and not call.args)
    if len(call.args) > len(properties) or not is_known or len(set(names)) < len(names):
        return None
    return {str(name): _read_node(node, f"f({marked})", notation) for name, node in given}


def _read_node(node: ast.expr, program: str, notation: Notation) -> tuple[Any, str]:
    """What an argument is, and how it was written."""
    source = _put_back(ast.get_source_segment(program, node) or "", notation)
    try:
        return _put_back(_evaluate(node), notation), source
    except (ValueError, RecursionError):
        return source, source


def _evaluate(node: ast.expr) -> Any:
    """The plain value of a node. Raises: ValueError for what is none."""
    match node:
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.Name(id=name) if _STOOD_IN.fullmatch(name):
            return name
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [_evaluate(part) for part in parts]
        case ast.Dict(keys=keys, values=values):
            return {_evaluate_key(key): _evaluate(value) for key, value in zip(keys, values, strict=True)}
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return _check(-number)
        case ast.Constant(value=value):
            return _check(value)
    raise ValueError("no plain value")


def _evaluate_key(node: ast.expr | None) -> str:
    key = _evaluate(node) if node is not None else None
    if not isinstance(key, str):
        raise ValueError("no plain value")
    return key


def _check(value: object) -> Any:
    """Let a value pass that JSON can say. Raises: ValueError."""
    if value is None or isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value)):
        json.dumps(value)  # a number of too many digits has no text
        return value
    raise ValueError("no plain value")


def _put_back(value: Any, notation: Notation) -> Any:
    """The value with references as the plan writes them."""
    match value:
        case str():
            return _STOOD_IN.sub(lambda match: notation.show(match[1]), value)
        case list():
            return [_put_back(entry, notation) for entry in value]
        case dict():
            return {key: _put_back(entry, notation) for key, entry in value.items()}
    return value
