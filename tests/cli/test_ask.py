"""`agent-brain ask`, as someone uses it: live, quiet, as JSON, and with an exit code."""

import json
from pathlib import Path

import pytest

from cli.processes import Invoke, Serve
from sse_server import in_turn, play, response, send_raw

CALL = '{"name": "calculate", "args": {"expression": "6 * 7"}}'


def test_a_question_is_answered_state_by_state(invoke: Invoke) -> None:
    outcome = invoke("ask", "What is 6 * 7?")

    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert [line for line in lines if line.startswith("──")] == [
        "── 1 reasoning",
        "── 2 action",
        "── 3 reasoning",
        "── 4 answer",
    ]
    assert "→ calculate(expression='6 * 7')" in lines
    assert "← 42" in lines
    assert "   → action: it asked for calculate" in lines
    assert lines[-1].startswith("answered · 3 model calls · 1 tool call · ~")
    assert "\x1b" not in outcome.out


def test_the_embedded_model_says_what_it_is_beside_the_output(invoke: Invoke) -> None:
    outcome = invoke("ask", "-q", "What is 6 * 7?")

    assert "42" in outcome.out
    assert len(outcome.out.splitlines()) == 1
    assert "no language model" in outcome.err


def test_json_gives_one_event_a_line_and_ends_with_the_end(invoke: Invoke) -> None:
    outcome = invoke("ask", "--json", "What is 6 * 7?")

    events = [json.loads(line) for line in outcome.out.splitlines()]
    assert {"Started", "Entered", "Chunk", "ActionStarted", "ActionFinished", "Moved"} <= {e["event"] for e in events}
    last = events[-1]
    assert (last["event"], last["status"], last["error"]) == ("Ended", "answered", None)
    assert "42" in last["answer"]
    assert last["usage"]["tool_calls"] == 1
    assert "env" not in last


def test_a_limit_that_is_met_has_an_exit_code_of_its_own(invoke: Invoke, serve: Serve) -> None:
    server = serve(play(lambda asked: CALL if "Now give the final" not in json.dumps(asked) else "About 42."))
    outcome = invoke("ask", "6*7?", "--base-url", server.base_url, "--model", "m", "--limit", "model_calls=2")

    assert outcome.code == 3
    assert "limited (the limit of 2 model calls was reached)" in outcome.out


def test_what_a_model_writes_is_never_interpreted(invoke: Invoke, serve: Serve) -> None:
    server = serve(play(lambda _: "[red]bold[/red] \x1b[31mred\x1b[0m \x9b2J\x07 é 漢字 🙂"))
    outcome = invoke("ask", "hi", "--base-url", server.base_url, "--model", "m", "--color", "always")

    assert "[red]bold[/red] ␛[31mred␛[0m \ufffd2J␇ é 漢字 🙂" in outcome.out
    assert "\x1b[31m" not in outcome.out
    assert "\x9b" not in outcome.out


def test_a_reply_that_broke_is_shown_as_not_counting(invoke: Invoke, serve: Serve) -> None:
    broken = send_raw(response(503, {"error": {"message": "too busy"}}, retry_after="0"))
    server = serve(in_turn(broken, play(lambda _: "Hello.")))
    outcome = invoke("ask", "hi", "--base-url", server.base_url, "--model", "m")

    assert outcome.code == 0
    assert "! this step begins again: model 'm'" in outcome.out


def test_a_wrong_key_is_one_clear_line_with_a_hint(
    invoke: Invoke, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(send_raw(response(401, {"error": {"message": "Incorrect API key", "code": "invalid_api_key"}})))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-123456")
    outcome = invoke("ask", "hi", "--base-url", server.base_url, "--model", "m")

    assert outcome.code == 1
    errors = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "Incorrect API key" in errors[0]
    assert "hint: put a key that the server takes into OPENAI_API_KEY" in outcome.err
    assert "stand-in" not in outcome.err
    assert "very-secret" not in outcome.err + outcome.out


def test_a_key_that_no_header_can_carry_is_refused(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-клю́ч")
    outcome = invoke("ask", "hi")

    assert outcome.code == 2
    assert "OPENAI_API_KEY holds characters that no key has" in outcome.err
    assert "клю" not in outcome.err


def test_what_begins_with_a_dash_can_be_asked(invoke: Invoke) -> None:
    refused, asked = invoke("ask", "-5 + 3"), invoke("ask", "-q", "--", "-5 + 3")

    assert "comes after --" in refused.err
    assert asked.out == "The answer is -2.\n"


def test_a_failed_run_in_json_ends_with_the_errors_kind(invoke: Invoke, serve: Serve) -> None:
    server = serve(send_raw(response(404, {"error": {"message": "no such model"}})))
    outcome = invoke("ask", "hi", "--json", "--base-url", server.base_url, "--model", "m")

    last = json.loads(outcome.out.splitlines()[-1])
    assert outcome.code == 1
    assert (last["status"], last["error"]["type"], last["error"]["kind"]) == ("failed", "ModelError", "not_found")


def test_a_configured_server_without_a_model_is_an_error_and_not_the_embedded_model(invoke: Invoke) -> None:
    outcome = invoke("ask", "What is 2 + 3?", "--base-url", "http://127.0.0.1:9/v1")

    assert outcome.code == 2
    assert "no model: name one with --model" in outcome.err
    assert outcome.out == ""


def test_a_model_without_a_key_and_a_server_is_an_error_and_not_the_embedded_model(invoke: Invoke) -> None:
    outcome = invoke("ask", "What is 2 + 3?", "--answering-model", "gpt-5")

    assert outcome.code == 2
    assert "OPENAI_API_KEY holds no key" in outcome.err


@pytest.mark.parametrize("question", ["", "   ", "\n\t "])
def test_an_empty_question_is_refused(invoke: Invoke, question: str) -> None:
    given = invoke("ask", question)
    piped = invoke("ask", stdin=question)

    assert (given.code, piped.code) == (2, 2)
    assert "the question is empty" in given.err
    assert given.out == piped.out == ""


def test_a_question_comes_from_a_pipe_or_a_file(invoke: Invoke, clean_place: Path) -> None:
    (clean_place / "question.txt").write_text("\ufeffWhat is 6 * 7?\n", encoding="utf-8")

    for outcome in (
        invoke("ask", "-q", "-", stdin="What is 6 * 7?\n"),
        invoke("ask", "-q", stdin="What is 6 * 7?"),
        invoke("ask", "-q", "--file", "question.txt"),
    ):
        assert (outcome.code, "42" in outcome.out) == (0, True)


@pytest.mark.filterwarnings(
    "ignore:Sending a large body:ResourceWarning"
)  # aiohttp's advice, shown to nobody by default
def test_a_question_of_a_megabyte_arrives_whole(invoke: Invoke, serve: Serve) -> None:
    server = serve(play(lambda asked: str(len(asked["messages"][1]["content"]))))
    outcome = invoke("ask", "-q", "--base-url", server.base_url, "--model", "m", stdin="字" * 350_000)

    assert outcome.code == 0
    assert int(outcome.out) >= 350_000


def test_bytes_that_are_no_text_are_replaced_and_told(invoke: Invoke, serve: Serve) -> None:
    server = serve(play(lambda asked: asked["messages"][1]["content"]))
    ask = ("ask", "--json", "--base-url", server.base_url, "--model", "m")
    piped = invoke(*ask, stdin=b"caf\xe9 ok")
    given = invoke(*ask, "caf\udce9 \ud83d ok")

    for outcome in (piped, given):
        assert outcome.code == 0
        assert "caf\ufffd" in json.loads(outcome.out.splitlines()[-1])["answer"]
        assert "shown as \ufffd" in outcome.err


def test_chinese_and_emoji_pass_through(invoke: Invoke, serve: Serve) -> None:
    server = serve(play(lambda asked: asked["messages"][1]["content"]))
    outcome = invoke("ask", "-q", "--base-url", server.base_url, "--model", "m", "2 加 3 是多少？ 👩‍👩‍👧")

    assert "2 加 3 是多少？ 👩‍👩‍👧" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--modle", "x"], "No such option: --modle"),
        (["--limit", "modle_calls=3"], "did you mean 'model_calls'"),
        (["--limit", "seconds=soon"], "wanted a number of seconds"),
        (["--limit", "tokens"], "wanted NAME=VALUE"),
        (["--limit", "steps=0"], "limit steps is 0; wanted"),
        (["--net", "raect"], "did you mean 'react'"),
        (["--memory", "message"], "did you mean 'messages'"),
        (["--wire", "natve"], "did you mean 'native'"),
        (["--wire", "native"], "model 'offline' takes no tools"),
        (["--tools", "calcualte"], "did you mean 'calculate'"),
        (["--tools", "nowhere.py"], "nowhere.py: there is no such file"),
        (["--tools", "no_such_module:x"], "cannot be loaded"),
        (["--base-url", "localhost:8080", "--model", "m"], "wanted http://"),
        (["--base-url", "http://[::1", "--model", "m"], "wanted http://"),
        (["--base-url", "http://h:99999/v1", "--model", "m"], "wanted http://"),
        (["--config", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["--file", "nowhere.txt", "hi"], "both a question and --file"),
        (["--api-key-env", "NOWHERE"], "NOWHERE"),
        (["-q", "--json"], "--quiet and --json"),
        (["--no-tools", "--tools", "builtin"], "--no-tools and --tools were given"),
        (["--config", ""], "wanted a file's name"),
        (["--model", ""], "model is '' in the command line; wanted a name"),
        (["--limit", "answer_seconds=none"], "limit answer_seconds is 'none' in --limit; wanted a number of seconds"),
        (["--color", "purple"], "purple"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(invoke: Invoke, arguments: list[str], words: str) -> None:
    outcome = invoke("ask", *([] if "--file" in arguments else ["hi"]), *arguments)

    assert outcome.code == 2
    assert outcome.out == ""
    assert next(line for line in outcome.err.splitlines() if line.startswith("error: ")).count(words) == 1
    assert "Traceback" not in outcome.err


def test_a_variable_that_is_no_setting_is_told_with_the_nearest(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENT_BRAIN_TOOLZ", "mine.py")

    for command in (["ask", "-q", "What is 6 * 7?"], ["tools", "list"], ["models", "list"]):
        outcome = invoke(*command)
        assert outcome.code == 0
        assert "the variable AGENT_BRAIN_TOOLZ is no setting; did you mean AGENT_BRAIN_TOOLS?\n" in outcome.err
    monkeypatch.setenv("AGENT_BRAIN_API_KEY_ENV", "AGENT_BRAIN_TOOLZ")
    assert "is no setting" not in invoke("ask", "-q", "--model", "offline", "What is 6 * 7?").err


def test_tools_come_from_a_file_and_its_faults_are_told_with_their_line(invoke: Invoke, clean_place: Path) -> None:
    (clean_place / "mine.py").write_text('def double(n: int) -> int:\n    """Double a number."""\n    return 2 * n\n')
    (clean_place / "broken.py").write_text("def double(n:\n    return\n")

    assert "double(n: integer)" in invoke("tools", "list", "--tools", "mine.py").out
    broken = invoke("ask", "hi", "--tools", "broken.py")
    assert (broken.code, "broken.py, line 1" in broken.err) == (2, True)


def test_no_tools_means_that_the_model_is_told_of_none(invoke: Invoke, serve: Serve) -> None:
    server = serve(play(lambda asked: str("calculate" in json.dumps(asked))))
    outcome = invoke("ask", "-q", "hi", "--no-tools", "--base-url", server.base_url, "--model", "m")

    assert outcome.out == "False\n"


def test_a_bug_is_one_line_and_debug_shows_where(invoke: Invoke, clean_place: Path) -> None:
    (clean_place / "nets.py").write_text(
        "from agent_brain.nets.react import react\n"
        "from agent_brain.nets.reasoning import ReasoningState\n"
        "class Buggy(ReasoningState):\n"
        "    def get_directive(self, env):\n"
        "        return 1 / 0\n"
        "buggy = react.extend('buggy', {'reasoning': Buggy()})\n"
    )
    plain = invoke("ask", "hi", "--net", "nets.py:buggy")
    debugged = invoke("ask", "hi", "--net", "nets.py:buggy", "--debug")

    assert plain.code == debugged.code == 70
    assert "this is a bug in agent-brain: ZeroDivisionError" in plain.err
    assert "Traceback" not in plain.err
    assert "return 1 / 0" in debugged.err


def test_a_file_of_the_current_folder_is_always_told(invoke: Invoke, clean_place: Path) -> None:
    (clean_place / "agent-brain.toml").write_text('model = "offline"\n[limits]\nsteps = 50\n')
    quiet, verbose = invoke("ask", "-q", "What is 6 * 7?"), invoke("ask", "-v", "What is 6 * 7?", "--limit", "steps=60")

    assert "settings from agent-brain.toml: model, limits" in quiet.err
    assert "model = 'offline' from agent-brain.toml" in verbose.err
    assert "from the command line" in verbose.err


def test_model_options_reach_the_server_and_a_likely_slip_is_told(
    invoke: Invoke, serve: Serve, clean_place: Path
) -> None:
    server = serve(play(lambda asked: str(asked["temprature"])))
    (clean_place / "s.toml").write_text(
        f'base_url = "{server.base_url}"\nmodel = "m"\n[model_options]\ntemprature = 0.5\n'
    )
    outcome = invoke("ask", "-q", "hi", "--config", "s.toml")

    assert outcome.out == "0.5\n"
    assert "model_options.temprature is sent as it stands; did you mean 'temperature'?" in outcome.err
    (clean_place / "s.toml").write_text('model = "offline"\n[model_options]\nstream = false\n')
    assert "model_options.stream cannot be set" in invoke("ask", "hi", "--config", "s.toml").err


def test_a_run_that_has_no_time_left_says_how_to_give_it_more(invoke: Invoke) -> None:
    server = ("--base-url", "http://127.0.0.1:9/v1", "--model", "m")
    outcome = invoke("ask", "hi", *server, "--limit", "seconds=0.05", "--limit", "answer_seconds=0.05")

    assert outcome.code == 1
    assert "error: the time limit was reached" in outcome.err
    assert "--limit seconds=" in outcome.err


def test_a_name_and_password_in_a_url_are_not_shown(invoke: Invoke) -> None:
    outcome = invoke(
        "ask",
        "hi",
        "--base-url",
        "http://me:secret@127.0.0.1:9/v1",
        "-v",
        "--model",
        "m",
        "--limit",
        "seconds=0",
        "--limit",
        "answer_seconds=0",
    )

    assert outcome.code == 1
    assert "secret" not in outcome.err + outcome.out
