"""Memories that keep something across runs, with the archive that their names ask for."""

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, fields
from inspect import Parameter, Signature, signature
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from agent_brain.core.archive import Archive
from agent_brain.memories.composed import Composed
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.graph import Graph
from agent_brain.memories.hierarchical import Hierarchical
from agent_brain.memories.keyfacts import KeyFacts
from agent_brain.memories.playbook import Playbook
from agent_brain.memories.reflective import Reflective
from agent_brain.memories.window import GROUPS, Window
from agent_brain.wiring.making import PLAIN

MEMORY = "memory"
FILE = "memories.db"
NAMESPACE = "default"

Kept = TypeVar("Kept", Episodic, KeyFacts, Playbook, Hierarchical, Reflective, Graph)


def find_state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The user's own folder for what lasts, where the command line keeps runs too."""
    home = environ.get("HOME") or os.path.expanduser("~")
    return Path(environ.get("XDG_STATE_HOME") or os.path.join(home, ".local", "state"), "agent-brain")


def make_archive(kind: str, file: str | None, namespace: str, *, frozen: bool) -> Archive:
    """The archive of a kind of memory and a namespace: in a file, the user's own where none is named, or `memory`.

    Raises: SetupError.
    """
    if file == MEMORY:
        from agent_brain.stores.memory_archive import MemoryArchive  # loaded here, like the other

        return MemoryArchive(frozen=frozen)
    from agent_brain.stores.sqlite_archive import SqliteArchive

    return SqliteArchive(find_state_folder() / FILE if file is None else file, f"{kind}/{namespace}", frozen=frozen)


def make_maker(kind: type[Kept]) -> Callable[..., Kept]:
    """What makes an overlay of this class with an archive of its own: its options are the fields of plain types.

    It is called with a file, `namespace` and `frozen` beside them.
    """
    hints, own = get_type_hints(kind), signature(kind).parameters
    options: list[Parameter] = [
        own[one.name].replace(kind=Parameter.KEYWORD_ONLY) for one in fields(kind) if _is_option(one, hints)
    ]

    def make(file: str | None = None, *, namespace: str = NAMESPACE, frozen: bool = False, **given: Any) -> Kept:
        return kind(make_archive(kind.file, file, namespace, frozen=frozen), **given)

    asked: list[Parameter] = [
        one for one in signature(make).parameters.values() if one.kind is not Parameter.VAR_KEYWORD
    ]
    make.__signature__ = Signature([*asked, *options])  # type: ignore[attr-defined]  # what `inspect` looks for
    make.__annotations__ |= {one.name: hints[one.name] for one in options}
    make.__doc__ = kind.__doc__
    return make


def _is_option(one: Field[Any], hints: Mapping[str, Any]) -> bool:
    """True for what can be said in brackets, and is no part of how the overlay is shown."""
    return hints[one.name] in PLAIN and one.name != "name"


make_episodic = make_maker(Episodic)
make_keyfacts = make_maker(KeyFacts)
make_playbook = make_maker(Playbook)
make_hierarchical = make_maker(Hierarchical)
make_reflective = make_maker(Reflective)
make_graph = make_maker(Graph)


def make_long_short(
    file: str | None = None, *, namespace: str = NAMESPACE, frozen: bool = False, groups: int = GROUPS
) -> Composed:
    """The last groups of this run, and what `episodic` and `playbook` have of earlier ones."""
    kept: dict[str, Any] = {"namespace": namespace, "frozen": frozen}
    return Composed(Window(groups=groups), (make_episodic(file, **kept), make_playbook(file, **kept)))
