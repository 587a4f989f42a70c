"""How actions travel, as a command line chooses it and tells of it."""

import json
from pathlib import Path

import pytest

from cli.processes import Invoke, Serve
from engine.wire_servers import Fault, WireServer, break_call, fail, refuse, take

ADD = 'def add(a: float, b: float) -> float:\n    """Add two numbers."""\n    return a + b\n'


@pytest.fixture
def tools(clean_place: Path) -> str:
    """A file with the tool that the servers call."""
    (clean_place / "adding.py").write_text(f"from agent_brain import tool\n\n\n@tool\n{ADD}")
    return "adding.py"


@pytest.mark.parametrize(
    ("fault", "tools_row", "wire_row"),
    [
        (take, "it calls them, in ", "auto would choose native"),
        (refuse, "it refuses them (model 'mock' at ", "auto would choose text"),
        (break_call, "it fails on its own call (model 'mock' at ", "auto would choose text"),
        (lambda _: fail(401, "no such key"), "not found out (model 'mock' at ", "auto would choose text for one run"),
    ],
)
def test_the_check_shows_what_was_found_and_what_auto_would_choose(
    fault: Fault, tools_row: str, wire_row: str, invoke: Invoke, serve: Serve
) -> None:
    server = serve(WireServer(fault))
    outcome = invoke("models", "check", "--base-url", server.base_url)

    rows = dict(line.split(None, 1) for line in outcome.out.splitlines()[1:])
    assert rows["tools"].startswith(tools_row)
    assert rows["wire"].startswith(wire_row)


@pytest.mark.parametrize("way", ["flag", "variable", "file"])
def test_auto_is_named_by_flag_variable_or_file(
    way: str, tools: str, invoke: Invoke, serve: Serve, clean_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = WireServer()
    flags = ["--wire", "auto"] if way == "flag" else []
    if way == "variable":
        monkeypatch.setenv("AGENT_BRAIN_WIRE", "auto")
    if way == "file":
        (clean_place / "agent-brain.toml").write_text('wire = "auto"\n')
    base_url = serve(handler).base_url
    outcome = invoke("ask", "Add.", "--base-url", base_url, "--model", "mock", "--tools", tools, *flags)

    assert outcome.code == 0
    assert handler.ways == "ttttt"
    assert "   mock at " in outcome.out
    assert " is asked over tool calls: its server took tools and gave back a call" in outcome.out


def test_a_fallback_is_told_as_it_happens_and_in_the_story(tools: str, invoke: Invoke, serve: Serve) -> None:
    flags = ["--base-url", serve(WireServer(refuse)).base_url, "--model", "mock", "--tools", tools]
    asked = invoke("ask", "Add.", *flags, "--wire", "native")
    story = invoke("runs", "show", "last")
    data = json.loads(invoke("runs", "show", "last", "--json").out)

    assert asked.code == 0
    assert "does not support tools; it is asked again over text" in asked.out
    assert " is asked over text: model 'mock' at " in story.out
    assert "does not support tools" in story.out
    assert [call["wire"] for step in data["steps"] for call in step["calls"]] == ["text"] * 4


def test_the_story_names_calls_over_tool_calls(tools: str, invoke: Invoke, serve: Serve) -> None:
    flags = ["--base-url", serve(WireServer()).base_url, "--model", "mock", "--tools", tools]
    invoke("ask", "Add.", *flags, "--wire", "native")

    assert invoke("runs", "show", "last").out.count(" · over tool calls · ") == 4
    data = json.loads(invoke("runs", "show", "last", "--json").out)
    assert [call["wire"] for step in data["steps"] for call in step["calls"]] == ["native"] * 4
