"""`agent-brain chat`: a conversation over piped lines."""

import json

import pytest

from cli.processes import Invoke, Serve
from sse_server import in_turn, play, response, send_raw


def test_a_question_goes_on_from_the_ones_before(invoke: Invoke, serve: Serve) -> None:
    server = serve(play(lambda asked: f"I see {json.dumps(asked).count('apples')} apples."))
    outcome = invoke("chat", "--base-url", server.base_url, "--model", "m", stdin="Two apples.\nHow many?\n")

    told = [request.json()["messages"] for request in server.requests]
    assert outcome.code == 0
    assert "Two apples." not in json.dumps(told[0][0])
    assert all("Two apples." in json.dumps(messages) for messages in told)
    assert outcome.out.count("answered") == 2
    assert ">" not in outcome.out.replace("->", "").replace("→", "")


def test_reset_forgets_what_was_said(invoke: Invoke, serve: Serve) -> None:
    server = serve(play(lambda _: "Fine."))
    invoke("chat", "--base-url", server.base_url, "--model", "m", stdin="Two apples.\n/reset\nHow many?\n")

    assert "Two apples." not in json.dumps(server.requests[-1].json())


def test_commands_do_what_they_say(invoke: Invoke) -> None:
    outcome = invoke("chat", stdin="What is 6 * 7?\n\n/usage\n/tools\n/help\n/exit\nWhat is 1 + 1?\n")

    assert outcome.code == 0
    assert "calculate(expression: string)" in outcome.out
    assert "/reset  forget what was said" in outcome.out
    rows = [line.split() for line in outcome.out.splitlines()]
    assert ["1", "3", "1"] in [row[:3] for row in rows]
    assert ["all", "3", "1"] in [row[:3] for row in rows]
    assert outcome.out.count("answered") == 1


def test_an_unknown_command_names_the_nearest(invoke: Invoke) -> None:
    outcome = invoke("chat", stdin="/hepl\n")

    assert "no command called '/hepl'; did you mean '/help'?" in outcome.err
    assert outcome.code == 0


@pytest.mark.parametrize("line", ["/bogus", "/", "/quit", "/漢字"])
def test_of_commands_that_are_nothing_alike_none_is_named(invoke: Invoke, line: str) -> None:
    assert invoke("chat", stdin=f"{line}\n").err.count("did you mean") == 0


def test_a_failure_is_told_and_the_talk_goes_on_without_it(invoke: Invoke, serve: Serve) -> None:
    refused = send_raw(response(400, {"error": {"message": "too odd"}}))
    server = serve(in_turn(refused, play(lambda _: "Fine.")))
    outcome = invoke("chat", "--base-url", server.base_url, "--model", "m", stdin="Odd apples.\nHow are you?\n")

    assert outcome.code == 1
    assert "too odd" in outcome.err
    assert "Fine." in outcome.out
    assert "Odd apples." not in json.dumps(server.requests[-1].json())


def test_what_a_tool_has_done_is_not_forgotten_when_the_answer_fails(invoke: Invoke, serve: Serve) -> None:
    call = '{"name": "calculate", "args": {"expression": "6 * 7"}}'
    refused = send_raw(response(400, {"error": {"message": "too odd"}}))
    server = serve(in_turn(play(lambda _: call), refused, play(lambda _: "Fine.")))
    invoke("chat", "--base-url", server.base_url, "--model", "m", stdin="Work it out.\nAnd?\n")

    assert "42" in json.dumps(server.requests[-1].json())


def test_bytes_that_are_no_text_do_not_end_the_talk(invoke: Invoke) -> None:
    outcome = invoke("chat", stdin=b"caf\xe9?\nWhat is 6 * 7?\n")

    assert "The answer is 42" in outcome.out
