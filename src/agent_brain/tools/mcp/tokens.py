"""Where OAuth tokens are kept between connections: in memory, in a file, or in a place of the user's own."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.errors import StoreError

OWNER_ONLY = 0o600


@runtime_checkable
class Tokens(Protocol):
    """Keeps what was got for each server; the JSON is opaque, and secret."""

    async def read(self, server: str) -> Mapping[str, Any]:
        """What was written for the server with this URL last; empty where nothing was."""

    async def write(self, server: str, kept: Mapping[str, Any]) -> None:
        """Keep it in place of what there was."""


class MemoryTokens:
    """Forgets all when the process ends."""

    def __init__(self) -> None:
        self._kept: dict[str, Mapping[str, Any]] = {}

    async def read(self, server: str) -> Mapping[str, Any]:
        """As `Tokens.read`."""
        return self._kept.get(server, {})

    async def write(self, server: str, kept: Mapping[str, Any]) -> None:
        """As `Tokens.write`."""
        self._kept[server] = kept


class FileTokens:
    """A JSON file that its owner alone can read; it may be shared by any number of servers."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser()

    async def read(self, server: str) -> Mapping[str, Any]:
        """As `Tokens.read`. Raises: StoreError for a file that holds something else."""
        found = self._load().get(server, {})
        return found if isinstance(found, Mapping) else {}

    async def write(self, server: str, kept: Mapping[str, Any]) -> None:
        """As `Tokens.write`: the file is replaced as a whole, so that no crash leaves half of it."""
        text = json.dumps({**self._load(), server: dict(kept)}, indent=1)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "w") as file:
            file.write(text)
        part.replace(self.path)

    def _load(self) -> dict[str, Any]:
        try:
            found = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StoreError(f"the file of tokens {self.path} cannot be read: {error}") from error
        if not isinstance(found, dict):
            raise StoreError(f"{self.path} is no file of tokens; wanted a JSON object with a key for each server")
        return found
