"""Runs that are stopped or killed and go on elsewhere, followed and driven by other processes."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from cli.paying import Payments, find_commands, make_payer
from cli.processes import Invoke, Serve, Start, collect
from sse_server import DONE, LAST, STREAM_HEAD, Connection, Handler, Request, Server, delta, frame, in_turn, play

JOURNAL = Path("home", ".local", "state", "agent-brain", "runs.db")


@pytest.fixture
def journal(clean_place: Path) -> Path:
    """Where runs are kept by default."""
    return clean_place / JOURNAL


def pass_time(journal: Path) -> None:
    """Let every lease be over, as it is when its driver has been silent for long enough."""
    with closing(sqlite3.connect(journal)) as database, database:
        database.execute("UPDATE run SET lease_until = 1 WHERE lease_until IS NOT NULL")


async def stall(_: Request, connection: Connection) -> bool:
    """Begin a reply and never go on."""
    await connection.send(STREAM_HEAD + frame(delta("Let me think ")))
    await connection.wait_gone()
    return False


def hold(release: threading.Event) -> Handler:
    """Begin a reply, and go on when released."""

    async def handle(_: Request, connection: Connection) -> bool:
        await connection.send(STREAM_HEAD + frame(delta("It is ")))
        await asyncio.to_thread(release.wait, 20)
        await connection.send(b"".join(map(frame, [delta("42."), delta(finish="stop"), DONE])) + LAST)
        return True

    return handle


def calculate(*then: Handler) -> Handler:
    """A server that asks for 6 * 7 first, and then does this."""
    return in_turn(play(lambda _: '{"name": "calculate", "args": {"expression": "6 * 7"}}'), *then)


def read_until(stream: "subprocess.Popen[bytes]", words: str, *, of_errors: bool = False) -> str:
    """What a process writes, up to these words."""
    pipe = stream.stderr if of_errors else stream.stdout
    assert pipe is not None
    seen = b""
    while words.encode() not in seen:
        piece = os.read(pipe.fileno(), 4096)
        assert piece, f"ended after {seen!r}"
        seen += piece
    return seen.decode()


def wait_for_request(server: Server) -> None:
    """Wait until a model has been asked."""
    deadline = time.monotonic() + 10
    while not server.requests and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.requests


def get_status(invoke: Invoke) -> str:
    """That of the run that something happened to last."""
    return str(json.loads(invoke("runs", "list", "--json", "--limit", "1").out)[0]["status"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_was_interrupted_goes_on_with_the_command_that_was_printed(
    start: Start, invoke: Invoke, serve: Serve, number: signal.Signals
) -> None:
    server = serve(calculate(stall, play(lambda _: "It is 42.")))
    process = start("ask", "6*7?", "--base-url", server.base_url, "--model", "m")
    read_until(process, "Let me think")
    process.send_signal(number)
    stopped = collect(process)
    assert (stopped.code, get_status(invoke)) == (130, "stopped")
    [command] = find_commands(stopped)
    done = invoke(*command)

    assert (done.code, done.out.count("→ calculate")) == (0, 0)
    assert "It is 42." in done.out


def test_a_killed_run_goes_on_and_what_was_done_is_not_done_again(
    start: Start, invoke: Invoke, serve: Serve, journal: Path
) -> None:
    payments = Payments(Path.cwd(), needs_approval=False)
    server = serve(in_turn(play(make_payer(5)), stall, play(make_payer(5))))
    process = start("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    read_until(process, "Let me think")
    process.kill()
    process.wait()
    assert (get_status(invoke), payments.made) == ("running", [5])
    resumed = start("resume", "last", "-q")
    assert "is held by a process that has died" in read_until(resumed, "waiting", of_errors=True)
    pass_time(journal)
    done = collect(resumed)

    assert (done.code, done.out, payments.made) == (0, "Seen: paid 5.\n", [5])


def test_a_run_that_another_process_drives_is_not_taken_from_it(
    start: Start, invoke: Invoke, serve: Serve, journal: Path
) -> None:
    server = serve(stall)
    process = start("ask", "hi", "--base-url", server.base_url, "--model", "m")
    read_until(process, "Let me think")
    resumed = start("resume", "last")
    read_until(resumed, "waiting up to", of_errors=True)
    with closing(sqlite3.connect(journal)) as database, database:
        database.execute("UPDATE run SET lease_until = lease_until + 1")
    refused = collect(resumed)

    assert refused.code == 1
    assert "is driven by" in refused.err
    assert "agent-brain runs tail" in refused.err
    assert process.poll() is None


def test_a_run_is_followed_from_another_process_to_its_end(start: Start, serve: Serve) -> None:
    release = threading.Event()
    server = serve(calculate(hold(release)))
    process = start("ask", "6*7?", "--base-url", server.base_url, "--model", "m")
    read_until(process, "It is ")
    tail, lines = start("runs", "tail", "last"), start("runs", "tail", "last", "--json")
    read_until(tail, "← 42")
    release.set()
    shown, told = collect(tail), [json.loads(line) for line in collect(lines).out.splitlines()]

    assert (shown.code, collect(process).code) == (0, 0)
    assert "It is 42." in shown.out
    assert shown.out.splitlines()[-1].startswith("answered · 3 model calls")
    assert [line["number"] for line in told[:-1]] == list(range(1, len(told)))
    assert (told[-1]["event"], told[-1]["status"]) == ("Ended", "answered")


def test_two_workers_share_the_runs_that_were_submitted(start: Start, invoke: Invoke) -> None:
    ids = [invoke("ask", "--submit", f"What is {number} * 7?").out.strip() for number in range(6)]
    assert get_status(invoke) == "ready"
    workers = [start("drive", "--once", "--runs-max", "2") for _ in range(2)]
    outcomes = [collect(worker) for worker in workers]
    rows = {row["run_id"]: row for row in json.loads(invoke("runs", "list", "--json").out)}

    assert [outcome.code for outcome in outcomes] == [0, 0]
    assert {line.split()[0] for outcome in outcomes for line in outcome.out.splitlines()} == set(ids)
    assert {rows[run_id]["status"] for run_id in ids} == {"answered"}
    assert {rows[run_id]["epoch"] for run_id in ids} == {1}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_is_stopped_leaves_its_runs_to_another(
    start: Start, invoke: Invoke, serve: Serve, number: signal.Signals
) -> None:
    server = serve(in_turn(stall, play(lambda _: "Fine.")))
    invoke("ask", "--submit", "hi", "--base-url", server.base_url, "--model", "m")
    worker = start("drive")
    tail = start("runs", "tail", "last", "--json")
    wait_for_request(server)
    worker.send_signal(number)
    stopped = collect(worker)
    assert (stopped.code, get_status(invoke)) == (130, "ready")
    second = invoke("drive", "--once")

    assert second.out.split()[1:] == ["answered", "Fine."]
    assert collect(tail).code == 0


def test_a_worker_takes_over_what_a_killed_one_has_left(
    start: Start, invoke: Invoke, serve: Serve, journal: Path
) -> None:
    server = serve(in_turn(stall, play(lambda _: "Fine.")))
    invoke("ask", "--submit", "hi", "--base-url", server.base_url, "--model", "m")
    worker = start("drive")
    wait_for_request(server)
    worker.kill()
    worker.wait()
    early, status = invoke("drive", "--once"), get_status(invoke)
    pass_time(journal)
    later = invoke("drive", "--once")

    [run_id, *told] = later.out.split()
    assert (early.out, early.code, status, told) == ("", 0, "running", ["answered", "Fine."])
    assert re.search(rf"other drivers hold {run_id} until \d\d:\d\d:\d\d, or longer", early.err)
    assert "other drivers" not in later.err


def test_a_driver_that_gives_no_sign_of_life_is_called_silent(
    start: Start, invoke: Invoke, serve: Serve, journal: Path
) -> None:
    server = serve(stall)
    process = start("ask", "hi", "--base-url", server.base_url, "--model", "m")
    read_until(process, "Let me think")
    process.kill()
    process.wait()
    early = invoke("runs", "list").out + invoke("runs", "show", "last").out
    pass_time(journal)
    [row], shown = invoke("runs", "list").out.splitlines()[1:], invoke("runs", "show", "last").out

    assert ("silent" in early, "running (silent)" in row) == (False, True)
    assert f"its driver is silent; to take it on: agent-brain resume {row.split()[0]}" in shown


def test_a_worker_goes_on_with_what_a_person_has_replied_to(
    start: Start, invoke: Invoke, serve: Serve, clean_place: Path
) -> None:
    payments = Payments(clean_place)
    server = serve(play(make_payer(5)))
    invoke("ask", "--submit", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    waits = invoke("drive", "--once")
    invoke("approve", "last", "--no-resume")
    done = invoke("drive", "--once")

    assert waits.out.split("  ")[1:] == ["waiting", "q1 approval: May it run pay(amount=5)?\n"]
    assert (done.out.split("  ")[1:], payments.made) == (["answered", "Seen: paid 5.\n"], [5])
