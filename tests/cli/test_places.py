"""Where runs are kept: the user's own file, another place, or nowhere; and what is never kept."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from agent_brain.cli.places import Place, find_place
from agent_brain.wiring.settings import Settings, read_settings
from cli.paying import Payments, find_commands, pays_five
from cli.processes import Invoke, Serve
from sse_server import play

QUESTION = "What is 6 * 7?"
STATE = Path("home", ".local", "state", "agent-brain")


def test_a_run_is_kept_in_a_file_that_its_owner_alone_can_read(invoke: Invoke) -> None:
    outcome = invoke("ask", QUESTION)
    files = list(STATE.iterdir())

    assert outcome.code == 0
    assert STATE / "runs.db" in files
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert STATE.stat().st_mode & 0o777 == 0o700


def test_the_place_is_the_folder_of_state_a_flag_or_a_variable(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", os.path.abspath("state"))
    invoke("ask", "-q", QUESTION)
    invoke("ask", "-q", QUESTION, "--store", "flag.db")
    monkeypatch.setenv("AGENT_BRAIN_STORE", "variable.db")
    invoke("ask", "-q", QUESTION)

    assert all(Path(name).exists() for name in ("state/agent-brain/runs.db", "flag.db", "variable.db"))
    assert not STATE.exists()


@pytest.mark.parametrize("command", [["ask", "-q", QUESTION], ["chat"]])
def test_without_a_journal_no_file_is_written(invoke: Invoke, clean_place: Path, command: list[str]) -> None:
    outcome = invoke(*command, "--no-journal", stdin=f"{QUESTION}\n")

    assert (outcome.code, "42" in outcome.out) == (0, True)
    assert list(clean_place.iterdir()) == []


def test_a_talk_keeps_each_question_as_a_run_that_goes_on_from_the_one_before(invoke: Invoke) -> None:
    invoke("chat", stdin=f"{QUESTION}\nWhat is 1 + 1?\n")
    family = invoke("runs", "history", "last").out.splitlines()

    assert [line.split()[1] for line in family] == ["answered", "question"]


def spoil(state: Path) -> None:
    """Put something that is no journal in its place."""
    state.mkdir(parents=True)
    (state / "runs.db").write_bytes(b"no database" * 500)


@pytest.mark.parametrize("command", [["ask", "-q", QUESTION], ["chat"]])
def test_where_the_users_own_file_is_broken_the_answer_comes_all_the_same(invoke: Invoke, command: list[str]) -> None:
    spoil(STATE)
    outcome = invoke(*command, stdin=f"{QUESTION}\n")
    told = [line for line in outcome.err.splitlines() if "is not kept" in line]

    assert (outcome.code, "42" in outcome.out, len(told)) == (0, True, 1)
    assert "it is no SQLite database" in told[0]


def test_where_there_can_be_no_file_the_answer_comes_all_the_same(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, clean_place: Path
) -> None:
    (clean_place / "home").write_text("no folder")
    outcome = invoke("ask", QUESTION)

    assert (outcome.code, "42" in outcome.out, "this run is not kept" in outcome.err) == (0, True, True)
    assert "\nrun " not in outcome.err


def test_where_the_disk_is_full_the_answer_comes_all_the_same() -> None:
    command = f'ulimit -f 8; "{sys.executable}" -m agent_brain ask -q "{QUESTION}"'
    done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False)

    assert (done.returncode, done.stdout) == (0, b"The answer is 42.\n")
    assert done.stderr.count(b"this run is not kept") == 1


@pytest.mark.parametrize("command", [["ask", "hi"], ["chat"], ["runs", "list"], ["ask", "hi", "--submit"], ["drive"]])
def test_a_place_that_was_named_and_cannot_be_used_is_an_error(invoke: Invoke, command: list[str]) -> None:
    spoil(STATE)
    outcome = invoke(*command, "--store", str(STATE / "runs.db"), stdin="hi\n")

    assert (outcome.code, outcome.out) == (1, "")
    assert "it is no SQLite database" in outcome.err
    assert "hint: name another place with --store" in outcome.err


def test_a_newer_journal_is_told_as_one(invoke: Invoke) -> None:
    invoke("ask", "-q", QUESTION)
    with closing(sqlite3.connect(STATE / "runs.db")) as database:
        database.execute("PRAGMA user_version = 99")
    outcome = invoke("runs", "list")

    assert (outcome.code, "is of version 99" in outcome.err) == (1, True)


def test_a_key_and_named_secrets_do_not_reach_the_file(
    invoke: Invoke, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-123456")
    monkeypatch.setenv("TOWN_TOKEN", "hidden-token-value")
    monkeypatch.setenv("AGENT_BRAIN_SECRETS", "TOWN_TOKEN")
    server = serve(play(lambda _: "It is sk-very-secret-123456 or hidden-token-value."))
    outcome = invoke("ask", "Is it hidden-token-value?", "--base-url", server.base_url, "--model", "m")
    kept = b"".join(file.read_bytes() for file in STATE.iterdir())

    assert (outcome.code, b"[secret]" in kept) == (0, True)
    assert b"very-secret" not in kept
    assert b"hidden-token" not in kept


def test_a_secret_that_is_no_variables_name_is_not_repeated(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_BRAIN_SECRETS", "sk-very-secret-123456")
    outcome = invoke("ask", "hi")

    assert (outcome.code, "very-secret" in outcome.err) == (2, False)
    assert "wanted names such as GITHUB_TOKEN" in outcome.err


def test_a_password_is_not_shown(invoke: Invoke) -> None:
    url = "postgresql://me:very-secret@127.0.0.1:9/d"
    outcome = invoke("ask", "hi", "-v", "--store", f"{url}?schema=No-Name")

    assert (outcome.code, "the schema is called 'No-Name'" in outcome.err) == (2, True)
    assert "very-secret" not in outcome.err + outcome.out
    assert Place(url).shown == "postgresql://me@127.0.0.1:9/d"


def test_further_commands_name_the_place_unless_the_environment_does() -> None:
    def write(flags: dict[str, str], environ: dict[str, str]) -> str:
        settings: Settings = read_settings(flags, {"HOME": "/h"} | environ)
        return find_place(settings, {"HOME": "/h"}).write_command("resume", "3f9a")

    assert write({}, {}) == "agent-brain resume 3f9a"
    assert write({}, {"AGENT_BRAIN_STORE": "x.db"}) == "agent-brain resume 3f9a"
    assert write({"store": "my runs.db"}, {}) == "agent-brain resume 3f9a --store 'my runs.db'"
    assert "very-secret" not in write({"store": "postgresql://me:very-secret@h/d"}, {})


def test_a_database_is_a_place_whose_word_is_not_taken_for_code(
    invoke: Invoke, serve: Serve, clean_place: Path, postgres_url: str
) -> None:
    payments = Payments(clean_place)
    server = serve(pays_five)
    store, brain = ("--store", postgres_url), ("--tools", "payments.py", "--base-url", server.base_url)
    asked = invoke("ask", "Pay.", "--model", "m", *brain, *store)
    refused, done = invoke("approve", "last", *store), invoke("approve", "last", "-q", *brain, *store)

    assert [command[0] for command in find_commands(asked)] == ["approve", "reject"]
    assert (refused.code, "somebody else may have written that" in refused.err) == (2, True)
    assert (done.out, payments.made) == ("Seen: paid 5.\n", [5])
    assert "answered" in invoke("runs", "list", *store).out
