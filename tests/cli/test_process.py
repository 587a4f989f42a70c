"""The command line as a process of its own: signals, pipes, terminals and closed streams."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.processes import Outcome, Serve, Start, Terminal, collect
from sse_server import STREAM_HEAD, Connection, Request, Server, delta, frame, play

QUESTION = "What is 6 * 7?"


async def stall(_: Request, connection: Connection) -> bool:
    """Begin an answer and never go on."""
    await connection.send(STREAM_HEAD + frame(delta("Let me think ")))
    await connection.wait_gone()
    return False


def wait_for_line(process: "subprocess.Popen[bytes]", words: bytes) -> bytes:
    """What the process writes, up to these words."""
    assert process.stdout is not None
    seen = b""
    while words not in seen:
        piece = os.read(process.stdout.fileno(), 4096)
        assert piece, f"ended after {seen!r}"
        seen += piece
    return seen


def wait_until_left(server: Server) -> None:
    """Wait for the client's connections to be gone."""
    deadline = time.monotonic() + 5
    while server.connections and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.connections == []


def test_ctrl_c_while_the_command_line_is_loaded_ends_it_without_a_word(start: Start, tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("print('loading', flush=True)\nimport threading\nthreading.Event().wait(60)\n")
    process = start("--version", env={"PYTHONPATH": str(tmp_path)})
    wait_for_line(process, b"loading")

    process.send_signal(signal.SIGINT)
    outcome = collect(process)

    assert (outcome.code, outcome.err) == (130, "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["net", "show", "no_such", "--color", "never"], "no_such"),
        (["net", "show", "react", "--bogus", "--color=never"], "--bogus"),
        (["ask", "hi", "--model", "offline", "--color", "never"], "the embedded stand-in"),
    ],
    ids=["a wrong name", "a wrong flag", "a notice"],
)
def test_where_output_has_no_colours_errors_and_notices_have_none_either(arguments: list[str], told: str) -> None:
    with Terminal(*arguments) as shown:
        shown.finish()

    assert told in shown.seen
    assert "\x1b[" not in shown.seen


def test_ctrl_c_ends_an_answer_at_once_and_closes_its_connection(start: Start, serve: Serve) -> None:
    server = serve(stall)
    process = start("ask", "hi", "--base-url", server.base_url, "--model", "m")
    wait_for_line(process, b"Let me think")

    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    outcome = collect(process)

    assert outcome.code == 130
    assert time.monotonic() - began < 1.0
    assert "Traceback" not in outcome.err
    wait_until_left(server)


def test_a_tool_that_hangs_does_not_keep_ctrl_c_waiting(start: Start, serve: Serve, clean_place: Path) -> None:
    (clean_place / "slow.py").write_text("import time\ndef wait() -> None:\n    '''Wait.'''\n    time.sleep(60)\n")
    server = serve(play(lambda _: '{"name": "wait", "args": {}}'))
    process = start("ask", "hi", "--tools", "slow.py", "--base-url", server.base_url, "--model", "m")
    wait_for_line(process, "→ wait()".encode())

    began = time.monotonic()
    for _ in range(2):
        process.send_signal(signal.SIGINT)

    assert collect(process).code == 130
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize("arguments", [["ask", QUESTION], ["ask", "--json", QUESTION], ["--help"]])
def test_a_pipe_that_is_closed_early_is_no_error(start: Start, arguments: list[str]) -> None:
    process = start(*arguments)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read().decode()

    assert process.wait(20) == 141
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    assert "error:" not in err


def test_a_process_without_any_stream_answers_all_the_same(start: Start) -> None:
    for closing in (">&-", "2>&-", ">&- 2>&- <&-"):
        command = f'"{sys.executable}" -m agent_brain ask "{QUESTION}" {closing}'
        done = subprocess.run(
            ["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False
        )
        assert done.returncode == 0
        assert b"Traceback" not in done.stderr


def test_a_closed_input_is_an_empty_question(start: Start) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"{sys.executable}" -m agent_brain ask <&-'], capture_output=True, timeout=20, check=False
    )

    assert done.returncode == 2
    assert b"error: the question is empty" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_an_error_and_no_traceback(start: Start) -> None:
    with open("/dev/full", "wb") as full:
        outcome = collect(start("ask", QUESTION, stdout=full))

    assert outcome.code == 1
    assert outcome.err.splitlines()[-1].startswith("error: No space left on device")


def test_an_output_that_knows_only_ascii_gets_what_it_can_show(start: Start, serve: Serve) -> None:
    server = serve(play(lambda _: "é 漢字"))
    ask = ("ask", "é?", "--base-url", server.base_url, "--model", "m")
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    live, machine = start(*ask, env=env), start(*ask, "--json", env=env)
    shown, told = collect(live), collect(machine)

    assert (shown.code, told.code) == (0, 0)
    assert shown.out.isascii()
    assert "-- 1 reasoning\n? ??\n" in shown.out
    assert json.loads(told.out.splitlines()[-1])["answer"] == "é 漢字"


def test_bytes_that_no_encoding_knows_are_a_question_too(start: Start) -> None:
    outcome = collect(start("ask", "-q", b"What is 6 * 7 \xff?"))

    assert outcome.code == 0
    assert "shown as \ufffd" in outcome.err


def look_at(*arguments: str, env: dict[str, str] | None = None) -> Outcome:
    """What a command shows on a terminal, to its end."""
    with Terminal(*arguments, env=env) as terminal:
        code = terminal.finish()
        return Outcome(code, terminal.seen, "")


def test_colours_appear_on_a_terminal_only() -> None:
    on_terminal = look_at("ask", QUESTION)
    assert on_terminal.code == 0
    assert "\x1b[1;36m── 1 reasoning" in on_terminal.out

    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = look_at("ask", QUESTION, env=env)
        assert "── 1 reasoning" in plain.out
        assert "\x1b" not in plain.out


def test_on_a_terminal_a_missing_question_is_told_and_not_waited_for() -> None:
    outcome = look_at("ask", env={"NO_COLOR": "1"})

    assert outcome.code == 2
    assert "error: there is no question" in outcome.out


def test_a_terminal_of_a_few_columns_still_shows_everything() -> None:
    narrow = look_at("ask", QUESTION, env={"COLUMNS": "5", "NO_COLOR": "1"})

    assert narrow.code == 0
    assert "calculate(expression='6 * 7')" in narrow.out


def test_a_talk_on_a_terminal_has_a_prompt_and_ends_with_ctrl_d() -> None:
    with Terminal("chat", env={"NO_COLOR": "1"}) as talk:
        talk.wait_for("> ")
        talk.type("What is 6 * 7?\n")
        assert "The answer is 42" in talk.wait_for("> ")
        talk.type("/usage\n")
        assert "model calls" in talk.wait_for("> ")
        talk.type("\x04")

        assert talk.finish() == 0


def test_ctrl_c_stops_an_answer_and_not_the_talk(serve: Serve) -> None:
    server = serve(stall)
    with Terminal("chat", "--base-url", server.base_url, "--model", "m", env={"NO_COLOR": "1"}) as talk:
        talk.wait_for("> ")
        talk.interrupt_typing()
        assert "Ctrl-D or /exit ends" in talk.wait_for("> ")
        talk.type("hi\n")
        talk.wait_for("Let me think")
        talk.interrupt()
        assert "stopped" in talk.wait_for("> ")
        wait_until_left(server)
        talk.type("/exit\n")

        assert talk.finish() == 0
