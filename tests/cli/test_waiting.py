"""Runs that wait for a person, answered from other processes with the commands that were printed."""

import json
from pathlib import Path

import pytest

from cli.paying import Payments, find_commands, make_payer, pays_five
from cli.processes import Invoke, Serve, Start, Terminal, collect
from sse_server import in_turn, play

WAITING = 4


@pytest.fixture
def payments(clean_place: Path) -> Payments:
    """A tool that needs leave."""
    return Payments(clean_place)


def test_a_run_that_waits_prints_the_commands_that_answer_it(start: Start, serve: Serve, payments: Payments) -> None:
    server = serve(pays_five)
    asked = collect(start("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m"))
    approve, reject = find_commands(asked)
    done = collect(start(*approve))

    assert (asked.code, payments.made, reject[0]) == (WAITING, [5], "reject")
    assert "q1 approval: May it run pay(amount=5)?" in asked.err
    assert (done.code, "Seen: paid 5." in done.out) == (0, True)


def test_what_is_refused_is_not_done_and_the_model_reads_why(invoke: Invoke, serve: Serve, payments: Payments) -> None:
    server = serve(pays_five)
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    done = invoke("reject", "last", "--reason", "never", "-q")

    assert (done.out, payments.made) == ("Seen: refused to let it run: never.\n", [])


def test_what_is_approved_may_have_other_arguments(invoke: Invoke, serve: Serve, payments: Payments) -> None:
    server = serve(pays_five)
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    done = invoke("approve", "last", "q1", "--args", '{"amount": 3}', "-q")

    assert (done.out, payments.made) == ("Seen: paid 3.\n", [3])


def test_three_pauses_are_answered_in_any_order(invoke: Invoke, serve: Serve, payments: Payments) -> None:
    server = serve(play(make_payer(1, 2, 3)))
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    several = invoke("approve", "last")
    third, first = invoke("approve", "last", "q3"), invoke("reject", "last", "q1")
    second = invoke("approve", "last", "-q")

    assert (several.code, third.code, first.code, second.code) == (2, WAITING, WAITING, 0)
    assert "waits for q1 (approval), q2 (approval), q3 (approval); name one of them" in several.err
    assert "approve" in third.err
    assert payments.made == [3, 2]


def test_a_reply_given_twice_counts_once(invoke: Invoke, serve: Serve, payments: Payments) -> None:
    server = serve(pays_five)
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    first, again = invoke("approve", "last", "q1", "-q"), invoke("reject", "last", "q1", "-q")

    assert first.out == again.out == "Seen: paid 5.\n"
    assert 'q1 has its reply already: {"approve": true}; the first one counts' in again.err
    assert payments.made == [5]


def test_a_reply_that_was_written_down_is_the_first_one(invoke: Invoke, serve: Serve, payments: Payments) -> None:
    server = serve(pays_five)
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    first, again = (invoke(word, "last", "--no-resume") for word in ("approve", "reject"))

    assert "the reply is written down; to go on" in first.err
    assert 'q1 has its reply already: {"approve": true}; the first one counts\nnothing was written down;' in again.err


def test_a_slip_in_the_arguments_does_not_spend_the_leave(invoke: Invoke, serve: Serve, payments: Payments) -> None:
    server = serve(pays_five)
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    slip = invoke("approve", "last", "--args", '{"amuont": 3}')
    other = invoke("approve", "last", "--args", '{"amount": "three"}')
    done = invoke("approve", "last", "--args", '{"amount": 3}', "-q")

    assert (slip.code, "--args: amount is missing, amuont is unknown; pay takes: amount" in slip.err) == (2, True)
    assert (other.code, "--args: amount is 'three', wanted integer; pay takes: amount" in other.err) == (2, True)
    assert (done.code, payments.made) == (0, [3])


def test_the_tools_of_a_run_are_found_from_any_folder(
    invoke: Invoke, serve: Serve, payments: Payments, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(pays_five)
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    monkeypatch.chdir("/")

    assert invoke("approve", "last", "-q").out == "Seen: paid 5.\n"


def test_a_reply_may_be_written_down_for_whoever_goes_on(invoke: Invoke, serve: Serve, payments: Payments) -> None:
    server = serve(pays_five)
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    posted = invoke("reply", "last", "yes", "--no-resume")
    assert payments.made == []
    [command] = find_commands(posted)

    assert (posted.code, invoke(*command).code, payments.made) == (0, 0, [5])


def test_a_question_is_answered_with_words(invoke: Invoke, serve: Serve) -> None:
    question = '{"name": "ask_person", "args": {"question": "Which town?", "choices": ["Bern", "New York"]}}'
    server = serve(in_turn(play(lambda _: question), play(lambda asked: str(str(asked).count("New York")))))
    asked = invoke("ask", "Where?", "--tools", "ask_person", "--base-url", server.base_url, "--model", "m")
    mistaken, wrong = invoke("approve", "last", "q1"), invoke("reply", "last", "Rome")
    done = invoke("reply", "last", "q1", "New", "York", "-q")

    assert "q1 question: Which town? (Bern, New York)" in asked.err
    assert (mistaken.code, "q1 is a question, nothing to approve" in mistaken.err) == (2, True)
    assert (wrong.code, "'Rome'; wanted one of: Bern, New York" in wrong.err) == (2, True)
    assert (done.code, done.out) == (0, "2\n")


def test_a_limit_that_asks_for_more_is_topped_up(invoke: Invoke, serve: Serve, payments: Payments) -> None:
    server = serve(
        play(
            lambda asked: (
                "Fine." if "42" in str(asked["messages"]) else '{"name": "calculate", "args": {"expression": "6 * 7"}}'
            )
        )
    )
    limit = ("--asks-for-more", "--limit", "model_calls=2")
    asked = invoke("ask", "6*7?", "--base-url", server.base_url, "--model", "m", *limit)
    wrong, done = invoke("reply", "last", "lots"), invoke("reply", "last", "5", "-q")

    assert (asked.code, wrong.code, done.code) == (WAITING, 2, 0)
    assert "the limit of 2 model calls was reached: how much more? (0: it finishes with what it knows)" in asked.err
    assert "wanted a number: how much more" in wrong.err
    assert done.out == "Fine.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["approve", "last", "q7"], "has no pause called 'q7'; it waits for: q1 (approval)"),
        (["approve", "last", "--args", "[1]"], "wanted a JSON object"),
        (["approve", "last", "--args", "{"], "--args is no JSON"),
        (["reply", "last", "q1", "perhaps"], "is 'perhaps'; wanted yes, no, or a JSON object"),
        (["reply", "last", '{"approve": 1}'], "wanted true, false, or an object with approve"),
        (["reply", "last", "q1"], "the reply to q1 is missing"),
        (["reply", "nowhere", "yes"], "no run's id begins with 'nowhere'"),
    ],
)
def test_a_reply_that_makes_no_sense_is_told_and_the_run_waits_on(
    invoke: Invoke, serve: Serve, payments: Payments, arguments: list[str], words: str
) -> None:
    server = serve(pays_five)
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    outcome = invoke(*arguments)

    assert (outcome.code, words in outcome.err) == (2, True), outcome.err
    assert json.loads(invoke("runs", "list", "--json").out)[0]["status"] == "waiting"


def test_on_a_terminal_the_person_is_asked_right_there(serve: Serve, payments: Payments) -> None:
    server = serve(pays_five)
    command = ("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    with Terminal(*command, env={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("yes or no> ")
        terminal.type("perhaps\n")
        terminal.wait_for("yes or no> ")
        terminal.type("yes\n")
        terminal.wait_for("Seen: paid 5.")

        assert (terminal.finish(), payments.made) == (0, [5])


def test_on_a_terminal_ctrl_d_leaves_the_question_for_later(serve: Serve, payments: Payments) -> None:
    server = serve(pays_five)
    command = ("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    with Terminal(*command, env={"NO_COLOR": "1"}) as terminal:
        terminal.wait_for("yes or no> ")
        terminal.type("\x04")
        terminal.wait_for("agent-brain approve")

        assert (terminal.finish(), payments.made) == (WAITING, [])


def test_in_a_talk_what_a_run_waits_for_is_asked_or_told(invoke: Invoke, serve: Serve, payments: Payments) -> None:
    server = serve(pays_five)
    options = ("--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    piped = invoke("chat", *options, stdin="Pay.\n")
    with Terminal("chat", *options, env={"NO_COLOR": "1"}) as talk:
        talk.wait_for("> ")
        talk.type("Pay.\n")
        talk.wait_for("yes or no> ")
        talk.type("no\n")
        talk.wait_for("Seen: refused")

    assert (piped.code, payments.made) == (WAITING, [])
    assert "agent-brain approve" in piped.err


def test_what_waits_without_a_journal_says_that_nobody_can_answer(
    invoke: Invoke, serve: Serve, payments: Payments
) -> None:
    server = serve(pays_five)
    options = ("--tools", "payments.py", "--base-url", server.base_url, "--model", "m", "--no-journal")
    outcome = invoke("ask", "Pay.", *options)

    assert (outcome.code, find_commands(outcome)) == (WAITING, [])
    assert "it is kept nowhere" in outcome.err
