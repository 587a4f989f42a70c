"""Parts by name: a row of a table, or an entry point of an installed package; made with the values in brackets."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, cast

from agent_brain.core.errors import SetupError, UnknownName

GROUP = "agent_brain."
"""Entry points of `agent_brain.nets`, `agent_brain.memories`, ... are rows of the table of that name."""

Maker = Callable[..., Any]


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


def describe_maker(place: str) -> str:
    """What the part at `module:name` is good for: the first paragraph of its docstring."""
    return " ".join((inspect.getdoc(load_place(place)) or "").partition("\n\n")[0].split())


def call_maker(what: str, spec: str, maker: Maker, args: Sequence[Any], given: Mapping[str, Any]) -> Any:
    """The part, made with these values, as its spec has them.

    Raises: SetupError where they do not fit, or the part refuses them.
    """
    if not callable(maker) and not args and not given:
        return maker  # the part itself, as a package may have it
    signature = inspect.signature(maker)
    try:
        signature.bind(*args, **given)
    except TypeError as error:
        takes = [name for name in signature.parameters if name != "words"]
        raise SetupError(f"{what} {spec!r}: {error}; it takes: {', '.join(takes) or 'nothing'}") from None
    return maker(*args, **given)


def _plural(what: str) -> str:
    return "memories" if what == "memory" else f"{what}s"
