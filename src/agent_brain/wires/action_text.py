"""Which JSON values are actions, whatever names a model gives to their parts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent_brain.core.items import Action
from agent_brain.core.tooling import ToolSpec
from agent_brain.wires.json_text import parse_json_response

NAME_KEYS = ("name", "tool", "action", "function", "tool_name")
ARGS_KEYS = ("args", "arguments", "parameters", "input", "params", "kwargs", "action_input", "tool_input")
WRAPPER_KEYS = (*NAME_KEYS, "tool_call", "function_call")
LIST_KEYS = ("tool_calls", "actions")
BESIDE_KEYS = frozenset({"type", "id", "index", "call_id", "thought", "thoughts", "reason", "reasoning", "comment"})
"""What models write beside a name without meaning an argument."""
WRAPPERS_MAX = 4
"""How many wrappers stand around one action at most."""

_NAME_BEFORE = re.compile(
    r"""(?: <function=["']?(?P<tag>[\w.:-]+)["']?>
          | \[TOOL_CALLS\]\s*(?P<token>[\w.:-]+)\s*(?:\[ARGS\])?
          | (?:^|\n)[*\s]*Action[*\s]*:[*\s]*(?P<line>[\w.:-]+)[*\s]*\n[*\s]*Action[ ]Input[*\s]*: )
        [\s*]*(?:```\w*\s*)?\Z""",
    re.VERBOSE,
)
_LOOK_BACK_CHARACTERS = 300

Known = Mapping[str, ToolSpec]


@dataclass(frozen=True, slots=True)
class Shape:
    """The actions that a value stands for, or what is wrong where it is meant as one, or neither."""

    actions: tuple[Action, ...] = ()
    wrong: str = ""
    has_args: bool = False
    """The arguments themselves were written."""


NO_ACTION = Shape()


def get_shape(value: Any, known: Known, wrappers: int = WRAPPERS_MAX) -> Shape:
    """What a JSON value is: one action, several, a wrong one, or none."""
    if wrappers == 0:
        return NO_ACTION
    if isinstance(value, list):
        return _get_shape_of_list(value, known, wrappers)
    if not isinstance(value, dict):
        return NO_ACTION
    for key in LIST_KEYS:
        if isinstance(value.get(key), list):
            return _get_shape_of_list(value[key], known, wrappers)
    for key in WRAPPER_KEYS:
        inner = get_shape(value.get(key), known, wrappers - 1)
        if inner is not NO_ACTION:
            return inner
    return _get_shape_of_object(value, known)


def get_named_shape(text: str, start: int, value: Any, known: Known) -> Shape:
    """The action whose name stands before its arguments, as in `<function=add>{...}`."""
    if not isinstance(value, dict):
        return NO_ACTION
    match = _NAME_BEFORE.search(text, max(0, start - _LOOK_BACK_CHARACTERS), start)
    if match is None:
        return NO_ACTION
    return _make(_resolve(match["tag"] or match["token"] or match["line"], known), value)


def _get_shape_of_list(values: list[Any], known: Known, wrappers: int) -> Shape:
    shapes = [get_shape(value, known, wrappers - 1) for value in values]
    wrong = next((shape for shape in shapes if shape.wrong), None)
    if wrong:
        return wrong
    actions = tuple(action for shape in shapes for action in shape.actions)
    return Shape(actions, has_args=all(shape.has_args for shape in shapes)) if actions else NO_ACTION


def _get_shape_of_object(value: dict[str, Any], known: Known) -> Shape:
    keys = [key for key in NAME_KEYS if isinstance(value.get(key), str) and value[key].strip()]
    if not keys:
        return NO_ACTION
    key = next((key for key in keys if _resolve(value[key], known) in known), keys[0])
    name = _resolve(value[key], known)
    spec = known.get(name)
    rest = {other: value[other] for other in value if other not in BESIDE_KEYS and other != key}
    properties = set(spec.parameters.get("properties") or ()) if spec else set()
    args_key = next((other for other in ARGS_KEYS if other in rest), None)
    if spec and rest and rest.keys() <= properties and not isinstance(rest.get(args_key or ""), dict):
        return _make(name, rest)
    if args_key is None:
        return _make(name, {}, has_args=False) if spec and not rest else NO_ACTION
    return _get_shape_of_args(name, spec, rest[args_key], rest)


def _get_shape_of_args(name: str, spec: ToolSpec | None, args: Any, rest: dict[str, Any]) -> Shape:
    if isinstance(args, str):
        args = _read_args(args, spec)
    if isinstance(args, dict):
        is_description = "description" in rest and "properties" in args  # the line that told the model of the tool
        return NO_ACTION if is_description else _make(name, args)
    if spec is None:
        return NO_ACTION
    if args is None or args == []:
        return _make(name, {})
    return Shape(wrong=f"the arguments of {name!r} are {_describe(args)}, not an object")


def _read_args(text: str, spec: ToolSpec | None) -> Any:
    """Arguments that were written as a string: JSON, or the value of the only property that there is."""
    if not text.strip() or text.strip() == "{}":
        return {}
    args = parse_json_response(text)
    if args:
        return args
    properties = list(spec.parameters.get("properties") or ()) if spec else []
    return {properties[0]: text} if len(properties) == 1 else text


def _resolve(name: str, known: Known) -> str:
    """The tool's own name, where a namespace stands before it."""
    name = name.strip()
    if name in known:
        return name
    last = name.rpartition(".")[2]
    return last if last in known else name


def _make(name: str, args: dict[str, Any], *, has_args: bool = True) -> Shape:
    return Shape((Action(name=name, args=args),), has_args=has_args)


def _describe(value: Any) -> str:
    names = {str: "a text", list: "a list", bool: "a truth value", int: "a number", float: "a number"}
    return names.get(type(value), "no value")
