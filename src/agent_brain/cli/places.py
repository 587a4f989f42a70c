"""Where the command line keeps runs: a file of the user's own, unless another place is named."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from agent_brain.cli.brains import hide_user
from agent_brain.core.errors import SetupError
from agent_brain.core.store import Store
from agent_brain.stores.memory import MemoryStore
from agent_brain.wiring.archives import find_state_folder
from agent_brain.wiring.settings import Settings
from agent_brain.wiring.stores import MEMORY, make_store

STATE_FILE = "runs.db"
"""In the user's folder of state."""
FROM_ENVIRONMENT = "the environment"
FROM_FLAGS = "the command line"


@dataclass(frozen=True, slots=True)
class Place:
    """A store's file or URL, and how a person names it."""

    url: str
    is_default: bool = False
    """Nobody has named it: it may be missing, and a run that cannot be kept there is asked all the same."""
    flags: tuple[str, ...] = ()
    """What has to stand in a further command, so that it finds the same place."""

    @property
    def shown(self) -> str:
        """For messages: without a password."""
        return hide_password(self.url)

    @property
    def file(self) -> Path | None:
        """The file, where it is one."""
        scheme, is_url, rest = self.url.partition("://")
        if self.url == MEMORY:
            return None
        if not is_url:
            return Path(self.url)
        return Path(rest.removeprefix("/")) if scheme == "sqlite" else None

    def open(self) -> Store:
        """The store there, made where it is missing. Raises: SetupError."""
        return make_store(self.url)

    def open_existing(self) -> Store:
        """The store there; an empty one where nothing was ever kept in the user's own file.

        Raises: SetupError where a file that was named is not there: a slip would look like an empty store.
        """
        if self.file is None or self.file.exists():
            return self.open()
        if self.is_default:
            return MemoryStore()
        raise SetupError(f"there is no journal {self.shown}; `agent-brain ask --store {self.shown} ...` makes one")

    def write_command(self, *words: str) -> str:
        """A command line about a run in this place, for a person to copy."""
        return shlex.join(["agent-brain", *words, *self.flags])


def find_place(settings: Settings, environ: Mapping[str, str] = os.environ) -> Place:
    """The place that the settings name, or the user's own file."""
    if settings.store is None:
        return Place(str(find_state_folder(environ) / STATE_FILE), is_default=True)
    is_known = settings.sources.get("store") == FROM_ENVIRONMENT
    return Place(settings.store, flags=() if is_known else ("--store", hide_password(settings.store)))


def find_lasting_place(settings: Settings, *, is_unwanted: bool) -> Place | None:
    """Where a run is kept beyond this process; None: nowhere. Raises: SetupError where that is wanted both ways."""
    if not is_unwanted:
        return None if settings.store == MEMORY else find_place(settings)
    if settings.sources.get("store") == FROM_FLAGS:
        raise SetupError("--no-journal and --store were given; wanted one of them")
    return None


def hide_password(url: str) -> str:
    """The URL without the password in it; the user's name stays, because a command needs it."""
    if "://" not in url:
        return url
    try:
        password = urlsplit(url).password
    except ValueError:
        return hide_user(url)
    return url.replace(f":{password}@", "@", 1) if password else url
