"""Nets by name: a row of the table, or one that a module or a file of yours holds."""

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from agent_brain.core.errors import BrainError, SetupError, UnknownName
from agent_brain.core.net import Net
from agent_brain.tools.attempt import Attempt, describe
from agent_brain.wiring.tables import NETS


def find_net(name: str) -> Net:
    """The net called NAME, `package.module:name`, `file.py:name`, or the only one that `file.py` makes.

    Raises: SetupError; NetError where the net is built while its module is loaded and cannot run.
    """
    if name in NETS:
        return NETS[name]
    place, _, attribute = name.rpartition(":") if ":" in name else (name, "", "")
    if not place.endswith(".py") and not attribute:
        raise UnknownName("net", name, [*NETS, "package.module:name", "a file NAME.py:name"])
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
    nets = {key: net for key, net in _get_nets(module).items() if all(net is not shipped for shipped in NETS.values())}
    if len(nets) != 1:
        raise SetupError(f"{name} holds {len(nets)} nets ({', '.join(nets) or 'none'}); name one as {name}:NAME")
    return next(iter(nets.values()))


def _get_nets(module: ModuleType) -> dict[str, Net]:
    return {name: value for name, value in vars(module).items() if isinstance(value, Net) and not name.startswith("_")}
