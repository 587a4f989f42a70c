"""Nets by name: a row of the table, or one that a module or a file of yours holds."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from agent_brain.core.errors import BrainError, SetupError, UnknownName
from agent_brain.core.net import Net
from agent_brain.nets.words import Words, merge_words
from agent_brain.tools.attempt import Attempt, describe
from agent_brain.wiring.making import call_maker, find_maker
from agent_brain.wiring.specs import Term, parse_spec
from agent_brain.wiring.tables import NETS, check_kind

EXAMPLE = "react or reflexion(plan_execute, trials=3)"


def make_net(
    net: str | Net, prompts: Mapping[str, Mapping[str, object]] | None = None, instructions: str | None = None
) -> Net:
    """The net of this name; an object is taken as it is.

    `prompts`: words in place of shipped nets' own, by net; `instructions`: the system prompt in place of its own.
    Raises: SetupError; UnknownName.
    """
    made = _make(net, prompts)
    if instructions is None:
        return made
    return replace(made, instructions=check_kind("instructions", instructions, str), moves=made.table)


def _make(net: str | Net, prompts: Mapping[str, Mapping[str, object]] | None) -> Net:
    for name, others in (prompts or {}).items():
        merge_words(name, others)
    if not isinstance(net, str):
        return _check_object(net, prompts)
    if ":" in net.partition("(")[0] or net.endswith(".py"):
        return _find_elsewhere(net)
    terms = parse_spec(net, "net", EXAMPLE)
    if len(terms) > 1:
        raise SetupError(f"net is {net!r}; nets are put into each other, not added: {EXAMPLE}")
    return _make_term(terms[0], prompts or {})


def _check_object(net: Net, prompts: Mapping[str, Mapping[str, object]] | None) -> Net:
    found = check_kind("net", net, Net)
    if prompts:
        raise SetupError(
            f"there are prompts of {', '.join(prompts)}, and net {found.name!r} is an object, which has its words "
            "already; wanted a name, such as Brain('react', prompts=...), or none"
        )
    return found


def find_net(name: str) -> Net:
    """As `make_net`, by name alone."""
    return make_net(name)


def list_names(net: str) -> list[str]:
    """The shipped nets that a name puts together, the outermost first. Raises: SetupError."""
    if ":" in net.partition("(")[0] or net.endswith(".py"):
        return []
    return [name for term in parse_spec(net, "net", EXAMPLE) for name in _list_names(term)]


def _list_names(term: Term) -> Iterator[str]:
    if term.name in NETS:
        yield term.name
    for value in (*term.args, *term.options.values()):
        if isinstance(value, Term):
            yield from _list_names(value)


def _make_term(term: Term, prompts: Mapping[str, Mapping[str, object]]) -> Net:
    """A net, and the nets in its brackets. Those of other packages have words of their own."""
    args = [_make_term(arg, prompts) if isinstance(arg, Term) else arg for arg in term.args]
    given = {name: _make_value(name, arg, prompts) for name, arg in term.options.items()}
    try:
        maker = find_maker("net", term.name, NETS)
    except UnknownName as error:
        if term.name in NETS:
            raise  # it is there, and lacks something that it names itself, such as its file of words
        raise UnknownName("net", term.name, [*error.known, "package.module:name", "a file NAME.py:name"]) from None
    words: list[Words] = []
    if term.name in NETS:
        file = NETS[term.name].partition(":")[0].rpartition(".")[2]
        words = [merge_words(file, prompts.get(file))]
    made: Net = check_kind("net", call_maker("net", str(term), maker, [*words, *args], given), Net)
    return made


def _make_value(name: str, value: Any, prompts: Mapping[str, Mapping[str, object]]) -> Any:
    """What an option is given: a net where that is meant. Raises: SetupError."""
    if not isinstance(value, Term):
        return value
    try:
        return _make_term(value, prompts)
    except UnknownName as error:
        if error.name != str(value):
            raise
        raise SetupError(f"{name}={value}: {error}; a text stands in quotes: {name}={str(value)!r}") from error


def _find_elsewhere(name: str) -> Net:
    """The net `package.module:name`, `file.py:name`, or the only one that `file.py` makes.

    Raises: SetupError; NetError where the net is built while its module is loaded and cannot run.
    """
    place, _, attribute = name.rpartition(":") if ":" in name else (name, "", "")
    module = _load(place)
    return _get_net(module, name, attribute) if attribute else _get_only_net(module, name)


@contextmanager
def searching(folder: Path) -> Iterator[None]:
    """Meanwhile modules in this folder are found too, after all installed ones."""
    place = str(folder)
    is_new = place not in sys.path
    if is_new:
        sys.path.append(place)
    try:
        yield
    finally:
        if is_new and place in sys.path:
            sys.path.remove(place)


def _load(place: str) -> ModuleType:
    attempt = Attempt()
    with attempt:
        return _load_file(Path(place)) if place.endswith(".py") else _load_module(place)
    failure = attempt.failure
    if isinstance(failure, BrainError):
        raise failure
    what = describe(failure) if failure is not None else "nothing was loaded"
    raise SetupError(f"{place} cannot be loaded: {what}") from failure


def _load_module(name: str) -> ModuleType:
    with searching(Path.cwd()):
        return importlib.import_module(name)


def _load_file(file: Path) -> ModuleType:
    if not file.is_file():
        raise SetupError(f"{file}: there is no such file")
    name = f"agent_brain_nets_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise SetupError(f"{file}: Python cannot load it")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _get_net(module: ModuleType, name: str, attribute: str) -> Net:
    found: Any = getattr(module, attribute, None)
    if not isinstance(found, Net):
        known = ", ".join(_get_nets(module)) or "none"
        kind = "nothing of that name" if found is None else f"something of type {type(found).__name__}"
        raise SetupError(f"{name}: found {kind}, wanted a Net; nets there: {known}")
    return found


def _get_only_net(module: ModuleType, name: str) -> Net:
    nets = {key: net for key, net in _get_nets(module).items() if not _is_shipped(net)}
    if len(nets) != 1:
        raise SetupError(f"{name} holds {len(nets)} nets ({', '.join(nets) or 'none'}); name one as {name}:NAME")
    return next(iter(nets.values()))


def _get_nets(module: ModuleType) -> dict[str, Net]:
    return {name: value for name, value in vars(module).items() if isinstance(value, Net) and not name.startswith("_")}


def _is_shipped(net: Net) -> bool:
    """True for a net that a module of this package holds: that of yours has imported it."""
    ours = (module for name, module in sys.modules.items() if name.startswith("agent_brain.nets."))
    return any(value is net for module in ours for value in vars(module).values())
