"""`agent-brain diff` and `replay`."""

import json
import re
from pathlib import Path

import pytest

from cli.processes import Invoke, Serve
from sse_server import in_turn, play, response, send_raw

QUESTION = "What is 6 * 7?"


def ask(invoke: Invoke, question: str = QUESTION, *options: str) -> str:
    """Ask and give the run's id."""
    return str(re.findall(r"^run (\w+)$", invoke("ask", question, *options).err, re.MULTILINE)[0])


def test_two_runs_alike_are_the_same_and_two_others_are_told_apart(invoke: Invoke) -> None:
    first, second, third = ask(invoke), ask(invoke), ask(invoke, "What is 6 * 8?")
    same, other = invoke("diff", first, second), invoke("diff", first, third)
    data = json.loads(invoke("diff", first, third, "--json").out)

    assert (same.code, other.code) == (0, 1)
    assert re.search(r"^ *-.*42", other.out, re.MULTILINE)
    assert re.search(r"^ *\+.*48", other.out, re.MULTILINE)
    assert (data["is_same"], data["before"], data["after"]) == (False, first, third)


def test_a_run_is_replayed_without_a_server_a_key_or_a_tool(
    invoke: Invoke, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(play(lambda _: "Forty-two."))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-123456")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    ask(invoke, QUESTION, "--model", "m")
    asked = len(server.requests)
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("OPENAI_BASE_URL")
    outcome = invoke("replay", "last")

    assert (outcome.code, outcome.err, len(server.requests)) == (0, "", asked)
    assert "is the same: 2 steps" in outcome.out


def test_another_prompt_is_told_as_a_difference(invoke: Invoke) -> None:
    run_id = ask(invoke, QUESTION, "--instructions", "Be brief.")
    same, other = invoke("replay", run_id), invoke("replay", run_id, "--instructions", "Be long.")
    data = json.loads(invoke("replay", run_id, "--instructions", "Be long.", "--json").out)

    assert (same.code, other.code) == (0, 1)
    assert "-Be brief." in other.out
    assert "+Be long." in other.out
    assert [each["is_same"] for each in data] == [False]


def test_a_run_whose_net_has_changed_is_not_resumed_unless_told(invoke: Invoke, serve: Serve) -> None:
    Path("mine.py").write_text(NET.format(visits=5))
    refusal = send_raw(response(400, {"error": {"message": "too odd"}}))
    server = serve(in_turn(refusal, play(lambda _: "Fine.")))
    run_id = ask(invoke, QUESTION, "--net", "mine.py:mine", "--base-url", server.base_url, "--model", "m")
    Path("mine.py").write_text(
        NET.format(visits=16)
    )  # of another length: Python tells files apart by that and by the second
    refused, allowed = invoke("resume", run_id), invoke("resume", run_id, "-q", "--allow-net-change")

    assert (refused.code, allowed.code, allowed.out) == (1, 0, "Fine.\n")
    assert "was begun with another net: state reasoning was" in refused.err
    assert "--allow-net-change" in refused.err


NET = """
from agent_brain.nets.react import react
from agent_brain.nets.reasoning import ReasoningState

mine = react.extend("mine", {{"reasoning": ReasoningState(steps_max={visits})}})
"""
