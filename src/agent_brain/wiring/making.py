"""Parts by name: a row of a table, or an entry point of an installed package; made with the values in brackets."""

import inspect
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from agent_brain.core.errors import SetupError, UnknownName

GROUP = "agent_brain."
"""Entry points of `agent_brain.nets`, `agent_brain.memories`, ... are rows of the table of that name."""

Maker = Callable[..., Any]
MAKERS_MAX = 256
"""Makers of which it is remembered what they take."""
PLAIN: Mapping[Any, str] = {
    int: "a whole number", float: "a number", str: "a text", bool: "True or False", NoneType: "None",
}  # fmt: skip
"""What may stand in brackets, and how it is called."""


def find_maker(what: str, name: str, table: Mapping[str, str]) -> Maker:
    """What makes the part of this name. Raises: UnknownName; SetupError for an entry point that cannot be loaded."""
    if name in table:
        return load_place(table[name])
    maker = load_entry_point(what, name)
    if maker is None:
        raise UnknownName(what, name, [*table, *find_entry_points(what)])
    return cast(Maker, maker)


def find_entry_points(what: str) -> Mapping[str, Any]:
    """The parts of this kind that installed packages have, by name."""
    from importlib.metadata import entry_points  # on first use: it reads every installed package

    return {entry.name: entry for entry in entry_points(group=f"{GROUP}{_plural(what)}")}


def load_entry_point(what: str, name: str) -> Any:
    """What an installed package has under this name; None for nothing. Raises: SetupError where it cannot be loaded."""
    found = find_entry_points(what).get(name)
    if found is None:
        return None
    try:
        return found.load()
    except Exception as error:
        raise SetupError(f"{what} {name!r} of an installed package cannot be loaded: {error!r:.200}") from error


def load_place(place: str) -> Maker:
    """What stands at `module:name`."""
    module, _, name = place.partition(":")
    return cast(Maker, getattr(import_module(module), name))


def describe_makers(what: str, table: Mapping[str, str]) -> Mapping[str, str]:
    """What each part of a table is good for by name, then each of installed packages: how its docstring begins."""
    own = {name: _describe(load_place(place)) for name, place in table.items()}
    return own | {name: _describe_entry(what, name) for name in sorted(find_entry_points(what)) if name not in table}


def _describe_entry(what: str, name: str) -> str:
    try:
        return f"{_describe(load_entry_point(what, name))} (of an installed package)".strip()
    except SetupError as error:
        return f"({error})"


def _describe(maker: Maker) -> str:
    return " ".join((inspect.getdoc(maker) or "").partition("\n\n")[0].split())


def call_maker(what: str, spec: str, maker: Maker, args: Sequence[Any], given: Mapping[str, Any]) -> Any:
    """The part, made with these values, as its spec has them.

    Raises: SetupError where they do not fit, or the part refuses them.
    """
    if not callable(maker) and not args and not given:
        return maker  # the part itself, as a package may have it
    signature = read_signature(maker)
    try:
        bound = signature.bind(*args, **given).arguments
    except TypeError as error:
        takes = [name for name in signature.parameters if name != "words"]
        raise SetupError(f"{what} {spec!r}: {error}; it takes: {', '.join(takes) or 'nothing'}") from None
    wrong = _find_wrong(maker, bound)
    try:
        made = maker(*args, **given)
    except (TypeError, AttributeError) as error:
        if wrong:
            raise SetupError(f"{what} {spec!r}: {wrong}") from error
        raise
    except SetupError as error:
        if type(error) is SetupError:  # others say themselves of what they are
            raise SetupError(f"{what} {spec!r}: {error}") from error
        raise
    if wrong:  # where it has not said so itself, in better words
        raise SetupError(f"{what} {spec!r}: {wrong}")
    return made


def _find_wrong(maker: Maker, given: Mapping[str, Any]) -> str:
    """The first plain value that is of another type than it is said to be, in words; empty for none."""
    hints = _read(maker)[1]
    for name, value in given.items():
        hint = hints.get(name)
        kinds = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
        if PLAIN.keys() >= set(kinds) and not any(_is_of(value, kind) for kind in kinds):
            return f"{name} is {value!r:.60}; wanted {' or '.join(PLAIN[kind] for kind in kinds)}"
    return ""


def read_signature(maker: Maker) -> inspect.Signature:
    """What a maker takes. Raises: TypeError, ValueError for what is none."""
    return _read(maker)[0]


def _read(maker: Maker) -> tuple[inspect.Signature, Mapping[str, Any]]:
    """What a maker takes, and of which types, where these are there at run time."""
    is_known = isinstance(maker, Hashable)  # an object that can be called need not be
    return _look_at(maker) if is_known else _look_at.__wrapped__(maker)


@lru_cache(MAKERS_MAX)
def _look_at(maker: Maker) -> tuple[inspect.Signature, Mapping[str, Any]]:
    """Once for each: it takes as long as all else that a short trial of an experiment has made for it."""
    signature = inspect.signature(maker)
    try:
        return signature, get_type_hints(maker)
    except (NameError, TypeError):  # types that are not there, and callables that have none
        return signature, {}


def _is_of(value: object, kind: Any) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)


def _plural(what: str) -> str:
    return "memories" if what == "memory" else f"{what}s"
