"""MCP servers as other clients write them down."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.tools.mcp.auth import ClientCredentials, OAuth
from agent_brain.tools.mcp.server import McpServer
from agent_brain.tools.mcp.tokens import FileTokens
from agent_brain.wiring.mcp import is_server, read_servers
from agent_brain.wiring.settings_file import is_code


def read(**entry: Any) -> McpServer:
    [server] = read_servers({"mcpServers": {"it": entry}})
    return server


def test_a_command_with_what_only_other_clients_know() -> None:
    server = read(command="npx", args=["-y", "server"], env={"A": "b"}, timeout=1500, autoApprove=[], description=7)

    assert server == McpServer(command="npx", args=("-y", "server"), env={"A": "b"}, name="it", timeout_seconds=1.5)
    assert not server.trusted


def test_a_url_with_headers() -> None:
    server = read(
        url="https://x.example/mcp", type="streamable-http", headers={"Authorization": "Bearer k"}, trusted=True
    )

    assert (server.url, server.headers, server.trusted) == (
        "https://x.example/mcp",
        {"Authorization": "Bearer k"},
        True,
    )
    assert "Bearer" not in repr(server)


def test_who_asks_comes_from_a_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOKEN_OF_IT", "t-1234567890")
    (tmp_path / "key.pem").write_text("a key")

    bearer = read(url="http://x.example", auth={"type": "bearer", "token": "${TOKEN_OF_IT}"})
    program = read(
        url="http://x.example",
        auth={"type": "client_credentials", "client_id": "me", "private_key_file": str(tmp_path / "key.pem")},
    )
    person = read(url="http://x.example", auth={"type": "oauth", "tokens": str(tmp_path / "tokens.json")})

    assert bearer.secrets == ["t-1234567890"]
    assert isinstance(program.auth, ClientCredentials)
    assert program.auth.private_key == "a key"
    assert isinstance(person.auth, OAuth)
    assert isinstance(person.auth.tokens, FileTokens)


def test_variables_are_filled_in_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST_OF_IT", "x.example")
    monkeypatch.delenv("KEY_OF_IT", raising=False)

    server = read(url="https://${HOST_OF_IT}/${PATH_OF_IT:-mcp}", headers={"K": "${KEY_OF_IT:-}"})

    assert (server.url, server.headers) == ("https://x.example/mcp", {"K": ""})


def test_a_disabled_server_is_none_whatever_it_says() -> None:
    assert read_servers({"mcpServers": {"it": {"disabled": True, "command": "${NOT_SET_AT_ALL}"}}}) == []


def test_a_file_of_servers(tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    file.write_text(json.dumps({"mcpServers": {"a": {"command": "x"}, "b": {"url": "http://y.example/mcp"}}}))

    assert [server.name for server in read_servers(str(file))] == ["a", "b"]


def test_a_server_in_python_is_run_by_this_python(tmp_path: Path) -> None:
    file = tmp_path / "weather.py"
    file.touch()

    [server] = read_servers(f"mcp:{file}")

    assert (server.args, server.name) == ((str(file),), "weather")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({}, "server 'it' has nothing; wanted command or url"),
        ({"comand": "x"}, "server 'it' has 'comand'; wanted command or url"),
        ({"type": "http"}, "server 'it' is reached over http and has no url"),
        ({"type": "stdio", "url": "http://x.example"}, "is reached over stdio and has no command"),
        ({"type": "sse", "url": "http://x.example"}, "the transport sse, which MCP has given up"),
        ({"type": "pigeon", "url": "http://x.example"}, "wants the transport 'pigeon'; known: stdio, http"),
        ({"command": "x", "args": "y"}, "args is 'y'; wanted a list of texts"),
        ({"command": "x", "env": {"A": 1}}, "env is {'A': 1}; wanted an object of texts"),
        ({"command": "x", "timeout": "1"}, "timeout is '1'; wanted milliseconds"),
        ({"command": "x", "timeout": 0}, "timeout_seconds of the MCP server is 0.0; wanted a number above 0"),
        ({"command": "x", "mode": "old"}, "mode of the MCP server is 'old'; wanted auto or legacy"),
        ({"command": "${NOT_SET_AT_ALL}"}, "uses the variable NOT_SET_AT_ALL, which is not set"),
        ({"command": "x", "auth": {"type": "oauth"}}, "has auth and no url: a command is given its keys in env"),
        ({"url": "http://x.example", "auth": "t"}, "auth is 't'; wanted an object of texts"),
        ({"url": "http://x.example", "auth": {"type": "key"}}, "known: bearer, client_credentials, oauth"),
        ({"url": "http://x.example", "auth": {"type": "bearer"}}, "auth of type bearer lacks something"),
        ({"url": "http://x.example", "auth": {"type": "oauth", "url": "x"}}, "auth of type oauth has no 'url'; known:"),
        ({"url": "ftp://x.example"}, "wanted http://... or https://..."),
    ],
)
def test_what_is_wrong_is_said_with_what_was_wanted(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(SetupError) as caught:
        read(**entry)
    assert said in str(caught.value)


@pytest.mark.parametrize("given", [{}, {"servers": {}}, {"mcpServers": []}, {"mcpServers": {"a": 1}}])
def test_a_mapping_without_servers_is_refused(given: Any) -> None:
    with pytest.raises(SetupError, match="wanted"):
        read_servers(given)


def test_a_file_that_is_not_there_or_no_json(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text("{")
    with pytest.raises(SetupError, match=r"a\.json cannot be read: No such file"):
        read_servers(str(tmp_path / "a.json"))
    with pytest.raises(SetupError, match=r"b\.json is no JSON"):
        read_servers(str(tmp_path / "b.json"))


@pytest.mark.parametrize("name", ["http://x.example/mcp", "mcp:server.py", "servers.json"])
def test_what_starts_or_reaches_a_server_counts_as_code_in_a_settings_file(name: str) -> None:
    assert is_server(name)
    assert is_code(name)
