"""McpServer: how one MCP server is reached; plain data that loads no SDK."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from agent_brain.core.errors import SetupError
from agent_brain.core.hidden import HIDDEN
from agent_brain.tools.mcp.auth import Auth

CALL_SECONDS = 60.0
CONNECT_SECONDS = 30.0
SECRET_NAMES = re.compile("auth|cookie|credential|key|passw|secret|token", re.IGNORECASE)
SECRET_CHARACTERS_MIN = 8
"""Shorter values are stand-ins, and hiding them would hide ordinary words."""
NO_NAME_CHARACTERS = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class McpServer:
    """A server at a URL (streamable HTTP), or a command that starts one and is talked to over its pipes.

    Raises: SetupError unless exactly one of `url` and `command` is given.
    """

    url: str = ""
    command: str = ""
    args: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """For the command; of this process's environment it sees HOME, LOGNAME, PATH, SHELL, TERM and USER alone."""
    cwd: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """For the URL: keys go here."""
    auth: Auth | None = None
    """For the URL: who asks, where that takes more than a header that never changes."""
    name: str = ""
    """What it is called in errors, and before the names of its tools where two tools have one name."""
    timeout_seconds: float = CALL_SECONDS
    """How long a call may take."""
    connect_seconds: float = CONNECT_SECONDS
    """How long it may take to start and to say what it can do."""
    trusted: bool = False
    """Its word that a tool is read-only or idempotent is taken: such a call is made again after a crash."""
    needs_approval: bool = False
    """A person is asked before each call of one of its tools."""
    mode: Literal["auto", "legacy"] = "auto"
    """`legacy` begins with a handshake even where a server would do without: for tools that ask in mid-call."""

    def __post_init__(self) -> None:
        """Check it and give it a name."""
        if bool(self.url) == bool(self.command):
            raise SetupError(f"an MCP server has url={self.url!r} and command={self.command!r}; wanted one of them")
        if self.url and urlsplit(self.url).scheme not in ("http", "https"):
            raise SetupError(f"the MCP server's url is {self.url!r:.100}; wanted http://... or https://...")
        if self.auth is not None and not (self.url and isinstance(self.auth, Auth)):
            raise SetupError(f"auth of the MCP server is {type(self.auth).__name__}; wanted an Auth, and a url with it")
        if self.mode not in ("auto", "legacy"):
            raise SetupError(f"mode of the MCP server is {self.mode!r:.60}; wanted auto or legacy")
        for what, seconds in (("timeout_seconds", self.timeout_seconds), ("connect_seconds", self.connect_seconds)):
            if not seconds > 0:
                raise SetupError(f"{what} of the MCP server is {seconds!r}; wanted a number above 0")
        object.__setattr__(self, "name", _clean(self.name) or self._make_name())

    @classmethod
    def of_file(cls, path: str | Path) -> "McpServer":
        """A server written in Python, run by the Python that runs this. Raises: SetupError where there is no file."""
        file = Path(path).expanduser().resolve()
        if not file.is_file():
            raise SetupError(f"{file}: there is no such file of an MCP server")
        return cls(command=sys.executable, args=(str(file),), name=file.stem)

    @property
    def place(self) -> str:
        """Where it is, without what may be secret: no password, query, argument or header."""
        if self.command:
            return self.command
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @property
    def secrets(self) -> list[str]:
        """The values of headers and variables whose names say that they are secret; of `Bearer VALUE` the value.

        With what `auth` knows up to here: tokens come and go, and are hidden from what the server says as well.
        """
        named = {**self.env, **self.headers}
        values = [value.split()[-1] for name, value in named.items() if SECRET_NAMES.search(name) and value.strip()]
        return [value for value in [*values, *self._list_tokens()] if len(value) >= SECRET_CHARACTERS_MIN]

    def hide(self, text: str) -> str:
        """The text without any token of `auth`, also one that no brain could know of when it was made."""
        for token in sorted(self._list_tokens(), key=len, reverse=True):
            text = text.replace(token, HIDDEN) if len(token) >= SECRET_CHARACTERS_MIN else text
        return text

    def _list_tokens(self) -> Sequence[str]:
        return () if self.auth is None else self.auth.secrets

    def _make_name(self) -> str:
        if self.url:
            return _clean(urlsplit(self.url).hostname or "") or "server"
        words = [word for word in self.args if not word.startswith("-")]
        return _clean(Path(words[0] if words else self.command).stem) or "server"


def _clean(name: str) -> str:
    return NO_NAME_CHARACTERS.sub("_", name).strip("_")
