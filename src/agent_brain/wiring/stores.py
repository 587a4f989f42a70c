"""Stores by URL."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.store import Store
from agent_brain.wiring.making import find_entry_points, load_entry_point
from agent_brain.wiring.tables import check_kind

MEMORY = "memory"
SQLITE = "sqlite"


@dataclass(frozen=True, slots=True)
class StoreKind:
    """Where a kind of store is, and what it needs that may not be installed."""

    place: str
    """As an entry point names it: it is loaded when a store of this kind is wanted, not on import."""
    url: str
    """What its URL looks like."""
    driver: str = ""
    extra: str = ""


_POSTGRES = StoreKind(
    "agent_brain.stores.postgres:PostgresStore", "postgresql://USER@HOST/DATABASE", "asyncpg", "postgres"
)
STORES: Mapping[str, StoreKind] = {
    SQLITE: StoreKind("agent_brain.stores.sqlite:SqliteStore", "sqlite:///FILE"),
    "postgresql": _POSTGRES,
    "postgres": _POSTGRES,
}
"""By the scheme of their URLs."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


def make_store(url: str | os.PathLike[str] | Store | None) -> Store:
    """The store of this URL; a path is a SQLite file's; an object is returned as it is; None: a new one in memory.

    After `sqlite:///` comes the path: a fourth slash begins one from the root.
    Raises: UnknownName for a scheme that no store has; SetupError for a URL that names nothing, or a missing driver.
    """
    if url is None or url == MEMORY:
        from agent_brain.stores.memory import MemoryStore  # loaded here, like the others

        return MemoryStore()
    if not isinstance(url, str | os.PathLike):
        return check_kind("store", url, Store)
    text = os.fspath(url)
    found = _SCHEME.match(text)
    scheme = SQLITE if found is None else found[1].lower()
    if scheme not in STORES:
        return check_kind("store", _find_elsewhere(scheme)(text), Store)
    return _load(STORES[scheme])(_find_path(text) if scheme == SQLITE else text)


def _find_elsewhere(scheme: str) -> Callable[[str], Store]:
    """What makes a store of another package, by its scheme."""
    make = load_entry_point("store", scheme)
    if make is None:
        urls = [*(kind.url for kind in STORES.values()), *(f"{name}://..." for name in find_entry_points("store"))]
        raise UnknownName("kind of store", scheme, [MEMORY, "a file's path", *urls])
    return cast(Callable[[str], Store], make)


def _find_path(text: str) -> str:
    """The file that a URL or a path names."""
    prefix = f"{SQLITE}://"
    if text in STORES or not text.strip():
        raise SetupError(f"the store is {text!r}; wanted {MEMORY}, a file's path, or {STORES[SQLITE].url}")
    if not text.lower().startswith(prefix):
        return text
    path = text[len(prefix) :]
    if not path.startswith("/") or path == "/":
        raise SetupError(f"the store is {text!r}, which names no file; wanted {STORES[SQLITE].url}")
    return path[1:]


def _load(kind: StoreKind) -> Callable[[str], Store]:
    if kind.driver and find_spec(kind.driver) is None:
        raise SetupError(f"{kind.url} needs the driver {kind.driver}: pip install 'agent-brain[{kind.extra}]'")
    module, _, name = kind.place.partition(":")
    return cast(Callable[[str], Store], getattr(import_module(module), name))
