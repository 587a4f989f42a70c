"""What a callable says of itself: its name, what it is for, and its parameters, from annotations and docstring."""

import functools
import inspect
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent_brain.core.errors import SetupError
from agent_brain.core.tooling import ActionId

MISSING: Any = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument that a model can give."""

    name: str
    annotation: Any
    default: Any = MISSING
    description: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """A callable's parameters and what its docstring says of it."""

    description: str
    parameters: tuple[Parameter, ...]
    takes_extra: bool = False
    """It has `**kwargs`: arguments beyond its parameters are handed on."""
    id_parameter: str = ""
    """The parameter of type `ActionId`, which is no argument of the model's."""


def get_default_name(function: Callable[..., Any]) -> str:
    """The function's name, or the class name of a callable object in snake_case."""
    inner = _unwrap(function)
    name = getattr(inner, "__name__", None)
    return name if isinstance(name, str) else to_snake_case(type(inner).__name__)


def get_body(function: Callable[..., Any]) -> Callable[..., Any]:
    """What runs when it is called: the function itself, or the `__call__` of a callable object."""
    inner = _unwrap(function)
    return inner if inspect.isroutine(inner) else inner.__call__  # type: ignore[operator]  # any callable has one


def read_signature(name: str, function: Callable[..., Any]) -> Signature:
    """Read annotations and docstring. Raises: SetupError where a model could not give the arguments by name."""
    bound = frozenset(function.keywords) if isinstance(function, functools.partial) else frozenset()
    hints = _get_hints(name, function)
    purpose, docs = _read_docstring(function)
    parameters: list[Parameter] = []
    takes_extra, id_parameter = False, ""
    for parameter in _get_parameters(name, function):
        takes_extra = takes_extra or parameter.kind is parameter.VAR_KEYWORD
        _check_kind(name, parameter)
        if parameter.kind is parameter.VAR_KEYWORD or parameter.name in bound:
            continue
        annotation = hints.get(parameter.name, Any)
        if annotation is ActionId:
            id_parameter = parameter.name
            continue
        parameters.append(Parameter(parameter.name, annotation, parameter.default, docs.get(parameter.name, "")))
    return Signature(purpose, tuple(parameters), takes_extra, id_parameter)


def to_snake_case(name: str) -> str:
    """`WebSearch` as `web_search`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _unwrap(function: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(function, (functools.partial, staticmethod)):
        function = function.func if isinstance(function, functools.partial) else function.__func__
    return function


def _get_parameters(name: str, function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError) as error:
        raise SetupError(f"tool {name!r}: its signature cannot be read ({error}); wrap it in a function") from error
    body = _unwrap(function)
    owner = getattr(body, "__qualname__", "").rpartition(".")[0]
    if inspect.isfunction(body) and parameters and parameters[0].name == "self" and owner and owner[-1] != ">":
        raise SetupError(f"tool {name!r} is a method of {owner}: give the one of an instance, {owner}(...).{name}")
    return parameters


def _check_kind(name: str, parameter: inspect.Parameter) -> None:
    if parameter.kind is parameter.VAR_POSITIONAL:
        found = f"*{parameter.name}: a model gives arguments by name; take a list instead"
    elif parameter.kind is parameter.POSITIONAL_ONLY:
        found = f"the positional-only parameter {parameter.name!r}: a model gives arguments by name; remove the '/'"
    else:
        return
    raise SetupError(f"tool {name!r} has {found}")


def _get_hints(name: str, function: Callable[..., Any]) -> Mapping[str, Any]:
    body = inspect.unwrap(get_body(function))
    inner = getattr(body, "__func__", body)
    cells = getattr(inner, "__closure__", None) or ()
    names = inner.__code__.co_freevars if cells else ()
    try:
        local = {key: cell.cell_contents for key, cell in zip(names, cells, strict=True)}
        return typing.get_type_hints(inner, localns=local or None, include_extras=True)
    except NameError as error:
        raise SetupError(
            f"tool {name!r}: an annotation cannot be resolved ({error}); define or import it at the top of the module"
        ) from error
    except (TypeError, ValueError, AttributeError, SyntaxError) as error:
        if not getattr(inner, "__annotations__", None):
            return {}
        raise SetupError(f"tool {name!r}: its annotations cannot be read: {error}") from error


def _read_docstring(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """What it is for, and what its parameters mean; a callable object's class is asked before its `__call__`."""
    inner = _unwrap(function)
    sources = [inner] if inspect.isroutine(inner) else [type(inner), get_body(function)]
    purpose, docs = "", dict[str, str]()
    for source in sources:
        said, meant = _parse_docstring(inspect.getdoc(source) or "")
        purpose, docs = purpose or said, {**docs, **meant}
    return purpose, docs


def _parse_docstring(text: str) -> tuple[str, dict[str, str]]:
    from docstring_parser import ParseError, parse  # first needed when a schema is

    if not text:
        return "", {}
    try:
        parsed = parse(text)
    except ParseError:
        return text.strip(), {}
    parts = [part.strip() for part in (parsed.short_description, parsed.long_description) if part]
    docs = {meta.arg_name: " ".join((meta.description or "").split()) for meta in parsed.params}
    return "\n".join(parts), docs
