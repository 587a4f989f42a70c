"""Memories that keep something across runs, with the archive that their names ask for."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agent_brain.core.archive import Archive
from agent_brain.memories.bullets import BULLETS_MAX
from agent_brain.memories.composed import Composed
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.graph import NEIGHBOURS, Graph
from agent_brain.memories.hierarchical import BLOCKS, Hierarchical
from agent_brain.memories.hierarchical import CHARACTERS_MAX as BLOCK_CHARACTERS_MAX
from agent_brain.memories.keyfacts import TOP as FACTS_TOP
from agent_brain.memories.keyfacts import KeyFacts
from agent_brain.memories.playbook import CHARACTERS_MAX as RULES_CHARACTERS_MAX
from agent_brain.memories.playbook import Playbook
from agent_brain.memories.recalling import CHARACTERS_MAX, THRESHOLD, TOP
from agent_brain.memories.reflective import BOUND, Reflective
from agent_brain.memories.weighing import DECAY
from agent_brain.memories.window import GROUPS, Window

MEMORY = "memory"
FILE = "memories.db"
NAMESPACE = "default"


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


def make_episodic(
    file: str | None = None,
    *,
    namespace: str = NAMESPACE,
    frozen: bool = False,
    top: int = TOP,
    threshold: float = THRESHOLD,
    characters: int = CHARACTERS_MAX,
) -> Episodic:
    """Questions and answers of earlier runs, found by their words."""
    return Episodic(make_archive("episodic", file, namespace, frozen=frozen), top, threshold, characters)


def make_keyfacts(
    file: str | None = None,
    *,
    namespace: str = NAMESPACE,
    frozen: bool = False,
    top: int = FACTS_TOP,
    threshold: float = THRESHOLD,
    characters: int = CHARACTERS_MAX,
) -> KeyFacts:
    """Facts that a model keeps true from run to run."""
    return KeyFacts(make_archive("keyfacts", file, namespace, frozen=frozen), top, threshold, characters)


def make_playbook(
    file: str | None = None,
    *,
    namespace: str = NAMESPACE,
    frozen: bool = False,
    bullets: int = BULLETS_MAX,
    characters: int = RULES_CHARACTERS_MAX,
) -> Playbook:
    """Rules that earlier runs have left."""
    return Playbook(make_archive("playbook", file, namespace, frozen=frozen), bullets, characters)


def make_hierarchical(
    file: str | None = None,
    *,
    namespace: str = NAMESPACE,
    frozen: bool = False,
    blocks: str = BLOCKS,
    characters: int = BLOCK_CHARACTERS_MAX,
) -> Hierarchical:
    """Core blocks, and an archive and the conversation within reach of tools."""
    return Hierarchical(make_archive("hierarchical", file, namespace, frozen=frozen), blocks, characters)


def make_reflective(  # noqa: PLR0913  # one keyword for each option
    file: str | None = None,
    *,
    namespace: str = NAMESPACE,
    frozen: bool = False,
    top: int = TOP,
    characters: int = CHARACTERS_MAX,
    bound: int = BOUND,
    decay: float = DECAY,
) -> Reflective:
    """Episodes by recency, importance and relevance, and what was concluded from them."""
    archive = make_archive("reflective", file, namespace, frozen=frozen)
    return Reflective(archive, top, characters, bound, decay)


def make_graph(  # noqa: PLR0913  # one keyword for each option
    file: str | None = None,
    *,
    namespace: str = NAMESPACE,
    frozen: bool = False,
    top: int = TOP,
    threshold: float = THRESHOLD,
    characters: int = CHARACTERS_MAX,
    neighbours: int = NEIGHBOURS,
) -> Graph:
    """Episodes as notes that are described and linked."""
    return Graph(make_archive("graph", file, namespace, frozen=frozen), top, threshold, characters, neighbours)


def make_long_short(
    file: str | None = None, *, namespace: str = NAMESPACE, frozen: bool = False, groups: int = GROUPS
) -> Composed:
    """The last groups of this run, and what `episodic` and `playbook` have of earlier ones."""
    kept: dict[str, Any] = {"namespace": namespace, "frozen": frozen}
    return Composed(Window(groups=groups), (make_episodic(file, **kept), make_playbook(file, **kept)))
