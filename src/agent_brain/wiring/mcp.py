"""MCP servers as people name them: a URL, a file, or the `mcpServers` that other clients read."""

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from agent_brain.core.errors import SetupError
from agent_brain.core.offers import offers
from agent_brain.core.tooling import Tools
from agent_brain.tools.mcp.server import CALL_SECONDS, McpServer
from agent_brain.tools.toolbox import ToolLike
from agent_brain.wiring.mcp_auth import read_auth

PREFIX = "mcp:"
"""Before the file of a server written in Python, which would be a file of tools without it."""
KEY = "mcpServers"
PIPES, HTTP = "stdio", "http"
TRANSPORTS: Mapping[str, str] = {
    "stdio": PIPES,
    "http": HTTP,
    "streamable-http": HTTP,
    "streamable_http": HTTP,
    "streamablehttp": HTTP,
}
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")


def is_server(given: object) -> bool:
    """True for what names MCP servers, not tools."""
    if isinstance(given, str):
        return given.startswith((PREFIX, "http://", "https://")) or given.endswith(".json")
    return isinstance(given, McpServer | Mapping)


def read_servers(given: object) -> list[McpServer]:
    """The servers that are named, without those that are disabled. Raises: SetupError."""
    if isinstance(given, McpServer):
        return [given]
    if isinstance(given, Mapping):
        return _read_all(given, "the mapping of MCP servers")
    name = str(given).removeprefix(PREFIX)
    if name.startswith(("http://", "https://")):
        return [McpServer(url=name)]
    if name.endswith(".py"):
        return [McpServer.of_file(name)]
    if name.endswith(".json"):
        return _read_file(Path(name).expanduser())
    raise SetupError(f"{PREFIX}{name} names no MCP server; wanted a URL, a file NAME.py or a file NAME.json")


def make_mcp_toolbox(own: Iterable[ToolLike], servers: Iterable[McpServer]) -> Tools:
    """The tools with those of the servers. Raises: SetupError where the SDK is not installed."""
    if find_spec("mcp") is None:
        raise SetupError("MCP servers need the MCP SDK, which is not installed: pip install 'agent-brain[mcp]'")
    from agent_brain.tools.mcp.toolbox import McpToolbox  # loaded here, so that a brain without servers does without

    return McpToolbox(own, servers)


@runtime_checkable
class _Confided(Protocol):
    @property
    def secrets(self) -> Sequence[str]: ...


def find_secrets(tools: object) -> Sequence[str]:
    """The keys that these tools' servers are given."""
    return tools.secrets if offers(tools, _Confided) else ()


def _read_file(file: Path) -> list[McpServer]:
    try:
        found = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SetupError(f"the file of MCP servers {file} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise SetupError(f"{file} is no JSON: {error}") from error
    return _read_all(found, str(file))


def _read_all(found: Any, where: str) -> list[McpServer]:
    entries = found.get(KEY) if isinstance(found, Mapping) else None
    if not isinstance(entries, Mapping):
        raise SetupError(f'{where} holds no servers; wanted {{"{KEY}": {{"NAME": {{"command" or "url": ...}}}}}}')
    servers = [_read(name, entry, f"{where}, server {name!r}") for name, entry in entries.items()]
    return [server for server in servers if server is not None]


def _read(name: str, entry: Any, where: str) -> McpServer | None:
    """One entry; keys that only other clients know are passed over."""
    if not isinstance(entry, Mapping):
        raise SetupError(f"{where} is {entry!r:.60}; wanted an object with command or url")
    if entry.get("disabled") is True:
        return None
    given = {key: _expand(value, where) for key, value in entry.items() if key in _TYPES}
    for key, value in given.items():
        _check(key, value, where)
    if not ("command" in given or "url" in given or "type" in given or "transport" in given):
        raise SetupError(f"{where} has {', '.join(map(repr, entry)) or 'nothing'}; wanted command or url")
    kind = _find_transport(given, where)
    wanted = "command" if kind == PIPES else "url"
    if not given.get(wanted):
        raise SetupError(f"{where} is reached over {kind} and has no {wanted}")
    seconds = given["timeout"] / 1000 if "timeout" in given else CALL_SECONDS
    common: dict[str, Any] = {
        "name": name,
        "trusted": given.get("trusted", False),
        "needs_approval": given.get("needs_approval", False),
        "timeout_seconds": seconds,
        "mode": given.get("mode", "auto"),
    }
    if kind == HTTP:
        auth = read_auth(given.get("auth"), where)
        return McpServer(url=given["url"], headers=given.get("headers", {}), auth=auth, **common)
    if "auth" in given:
        raise SetupError(f"{where} has auth and no url: a command is given its keys in env")
    return McpServer(
        command=given["command"],
        args=tuple(given.get("args", ())),
        env=given.get("env", {}),
        cwd=given.get("cwd"),
        **common,
    )


_TYPES: Mapping[str, tuple[Any, str]] = {
    "command": (str, "a text"),
    "args": (list, "a list of texts"),
    "env": (dict, "an object of texts"),
    "cwd": (str | None, "a text"),
    "url": (str, "a text"),
    "headers": (dict, "an object of texts"),
    "auth": (dict, "an object of texts"),
    "type": (str | None, "a text"),
    "transport": (str | None, "a text"),
    "timeout": (int | float, "milliseconds"),
    "trusted": (bool, "true or false"),
    "needs_approval": (bool, "true or false"),
    "mode": (str, "auto or legacy"),
}


def _check(key: str, value: Any, where: str) -> None:
    kind, wanted = _TYPES[key]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not isinstance(value, kind) or not all(isinstance(part, str) for part in parts):
        raise SetupError(f"{where}: {key} is {value!r:.60}; wanted {wanted}")


def _find_transport(given: Mapping[str, Any], where: str) -> str:
    said = given.get("transport") or given.get("type")
    if said is None:
        return PIPES if "command" in given else HTTP
    if said.lower() == "sse":
        raise SetupError(
            f"{where} wants the transport sse, which MCP has given up; give the URL of its streamable HTTP"
        )
    if said.lower() not in TRANSPORTS:
        raise SetupError(f"{where} wants the transport {said!r:.60}; known: {', '.join(TRANSPORTS)}")
    return TRANSPORTS[said.lower()]


def _expand(value: Any, where: str) -> Any:
    """The value with `${NAME}` and `${NAME:-default}` filled in from the environment."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: _look_up(match, where), value)
    if isinstance(value, Mapping):
        return {key: _expand(part, where) for key, part in value.items()}
    return [_expand(part, where) for part in value] if isinstance(value, list) else value


def read_variable(name: str) -> str:
    """What a variable of the environment holds. Raises: SetupError where it is not set, or empty."""
    found = os.environ.get(name)
    if not found:
        raise SetupError(f"the variable {name} is not set, or empty; wanted a token in it")
    return found


def _look_up(match: re.Match[str], where: str) -> str:
    found = os.environ.get(match["name"]) or match["default"]
    if found is None:
        raise SetupError(
            f"{where} uses the variable {match['name']}, which is not set; set it, or write a default: "
            f"${{{match['name']}:-default}}"
        )
    return found
