"""`agent-brain runs` and `fork`: what is kept of runs, shown, moved, removed."""

import json
import re
from pathlib import Path

import pytest

from cli.paying import Payments, make_payer
from cli.processes import Invoke, Serve, Terminal
from sse_server import play

QUESTION = "What is 6 * 7?"


def ask(invoke: Invoke, question: str = QUESTION) -> str:
    """Ask and give the run's id."""
    return str(re.findall(r"^run (\w+)$", invoke("ask", question).err, re.MULTILINE)[0])


def list_ids(invoke: Invoke) -> list[str]:
    return [row["run_id"] for row in json.loads(invoke("runs", "list", "--json").out)]


def test_where_nothing_was_ever_asked_there_are_no_runs_and_no_file(invoke: Invoke, clean_place: Path) -> None:
    outcome = invoke("runs", "list")

    assert (outcome.code, outcome.out) == (0, "")
    assert re.search(r"no run in /.*/home/.local/state/agent-brain/runs.db", outcome.err)
    assert not (clean_place / "home").exists()
    assert "there is no run yet" in invoke("runs", "show", "last").err


def test_runs_are_listed_the_last_one_first(invoke: Invoke) -> None:
    first, second = ask(invoke), ask(invoke, "What is 1 + 1?\n" + "and more " * 20)
    title, *rows = [line.split() for line in invoke("runs", "list").out.splitlines()]

    assert title == ["id", "status", "age", "state", "records", "net", "goal"]
    assert [row[:2] for row in rows] == [[second, "answered"], [first, "answered"]]
    assert rows[0][-1].endswith("...")
    assert rows[1][-5:] == QUESTION.split()


def test_a_list_can_be_cut_and_sifted(invoke: Invoke) -> None:
    first, second = ask(invoke), ask(invoke)
    cut, waiting = invoke("runs", "list", "--limit", "1"), invoke("runs", "list", "--status", "waiting")

    assert (second in cut.out, first in cut.out) == (True, False)
    assert "--limit shows more" in cut.err
    assert (waiting.out, "no run that is waiting in" in waiting.err) == ("", True)


def test_a_run_reads_like_a_story(invoke: Invoke) -> None:
    run_id = ask(invoke)
    lines = invoke("runs", "show", run_id[:8]).out.splitlines()

    assert lines[0].startswith(f"run {run_id} · answered · net react · ")
    assert f"? {QUESTION}" in lines
    assert [line.split(" · ")[0] for line in lines if line.startswith("──")] == [
        "── 1 reasoning",
        "── 2 action",
        "── 3 reasoning",
        "── 4 answer",
    ]
    assert re.search(r"── 1 reasoning · records 2-\d+ · ~[\d,]+ tokens · by offline · \d+\.\d s", "\n".join(lines))
    told = "\n".join(lines)
    assert "→ calculate(expression='6 * 7')\n← 42\n   → reasoning: the action has its outcome" in told
    assert lines[-1].startswith("answered · 3 model calls · 1 tool call")


def test_a_run_is_shown_as_it_was_at_a_record_and_as_data(invoke: Invoke) -> None:
    ask(invoke)
    whole = json.loads(invoke("runs", "show", "last", "--json").out)
    at = whole["steps"][1]["last"]
    part, beyond = invoke("runs", "show", "last", "--at", str(at)), invoke("runs", "show", "last", "--at", "9999")

    assert (whole["status"], whole["run"]["status"], len(whole["steps"])) == ("answered", "answered", 4)
    assert whole["steps"][1]["actions"][0]["outcome"] == "42"
    assert ("← 42" in part.out, "── 3" in part.out, "answered" in part.out) == (True, False, False)
    assert (beyond.code, f"has records 1 to {whole['last']}" in beyond.err) == (2, True)


def test_a_run_is_named_by_the_beginning_of_its_id_while_that_is_unique(invoke: Invoke) -> None:
    exported = invoke("runs", "export", ask(invoke)).out
    for name in ("twin-1", "twin-2", "twin"):
        assert invoke("runs", "import", "-", "--as", name, stdin=exported).out == f"{name}\n"
    ambiguous, exact, unknown = (invoke("runs", "show", name) for name in ("tw", "twin", "none"))

    assert ambiguous.code == unknown.code == 2
    assert [line.split() for line in ambiguous.err.splitlines() if "twin-" in line] == [
        ["twin-1", *QUESTION.split()],
        ["twin-2", *QUESTION.split()],
    ]
    assert "begins the ids of 3 runs" in ambiguous.err
    assert exact.out.startswith("run twin ")
    assert "no run's id begins with 'none'" in unknown.err


def test_an_export_is_a_run_somewhere_else(invoke: Invoke, clean_place: Path) -> None:
    run_id = ask(invoke)
    written, again = (invoke("runs", "export", "last", "-o", "run.jsonl") for _ in range(2))
    brought = invoke("runs", "import", "run.jsonl", "--store", "other.db")
    shown = [invoke("runs", "show", run_id, *store).out.splitlines()[1:] for store in ((), ("--store", "other.db"))]

    assert (written.code, again.code, brought.out) == (0, 2, f"{run_id}\n")
    assert (clean_place / "run.jsonl").stat().st_mode & 0o777 == 0o600
    assert shown[0] == shown[1]
    assert invoke("runs", "import", "run.jsonl").code == 1


def test_an_export_that_was_changed_is_refused_whole(invoke: Invoke, clean_place: Path) -> None:
    ask(invoke)
    text = invoke("runs", "export", "last").out
    (clean_place / "bad.jsonl").write_text(text.replace("6 * 7", "6 * 8"))
    outcome = invoke("runs", "import", "bad.jsonl", "--store", "other.db")

    assert (outcome.code, "bad.jsonl: " in outcome.err, "digest" in outcome.err) == (1, True, True)
    assert "--no-journal" not in outcome.err
    assert not (clean_place / "other.db").exists()


def test_the_code_that_a_strangers_run_names_is_not_run(invoke: Invoke, serve: Serve, clean_place: Path) -> None:
    payments = Payments(clean_place)
    server = serve(play(make_payer(5)))
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    (clean_place / "run.jsonl").write_text(invoke("runs", "export", "last").out)
    invoke("runs", "import", "run.jsonl", "--as", "strange")
    refused = invoke("approve", "strange")
    given = ("--tools", "payments.py", "--base-url", server.base_url)

    assert (refused.code, payments.made) == (2, [])
    assert f"--base-url {server.base_url} --tools {payments.tools}" in refused.err
    assert (invoke("approve", "strange", *given, "-q").out, payments.made) == ("Seen: paid 5.\n", [5])
    invoke("runs", "import", "run.jsonl", "--as", "trusted", "--trust")
    assert (invoke("approve", "trusted").code, payments.made) == (0, [5, 5])


def test_the_code_that_a_run_names_where_others_can_write_is_not_run(
    invoke: Invoke, serve: Serve, clean_place: Path
) -> None:
    payments = Payments(clean_place)
    server = serve(play(make_payer(5)))
    store = ("--store", "shared.db")
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m", *store)
    (clean_place / "shared.db").chmod(0o666)

    assert "taken from flags only" in invoke("approve", "last", *store).err
    assert "taken from flags only" in invoke("drive", "--once", *store).out + invoke("resume", "last", *store).err
    assert payments.made == []


def test_what_is_removed_is_gone(invoke: Invoke) -> None:
    first, second, third = (ask(invoke) for _ in range(3))
    one, unsure = invoke("runs", "rm", first[:10]), invoke("runs", "rm", second, third)
    sure = invoke("runs", "rm", second, third, "--yes")

    assert (one.out, sorted(sure.out.split())) == (f"{first}\n", sorted([second, third]))
    assert (unsure.code, "2 runs would be removed" in unsure.err) == (2, True)
    assert list_ids(invoke) == []


def test_old_runs_go_and_what_is_needed_stays(invoke: Invoke, serve: Serve, clean_place: Path) -> None:
    Payments(clean_place)
    server = serve(play(make_payer(5)))
    invoke("ask", "Pay.", "--tools", "payments.py", "--base-url", server.base_url, "--model", "m")
    [waiting] = list_ids(invoke)
    young = ask(invoke)
    nothing, all_of_them = invoke("runs", "rm", "--older-than", "1h"), invoke("runs", "rm", "--older-than", "0s")
    kept, dropped = invoke("runs", "rm", waiting), invoke("runs", "rm", waiting, "--drop-waits")

    assert ("nothing to remove" in nothing.err, all_of_them.out) == (True, f"{young}\n")
    assert (kept.code, "waits for a person" in kept.err) == (1, True)
    assert (dropped.out, list_ids(invoke)) == (f"{waiting}\n", [])


def test_on_a_terminal_several_runs_go_only_when_the_person_says_so(invoke: Invoke) -> None:
    ids = [ask(invoke), ask(invoke)]
    for reply, left in (("no", 2), ("yes", 0)):
        with Terminal("runs", "rm", *ids, env={"NO_COLOR": "1"}) as terminal:
            terminal.wait_for("Remove these 2 runs? yes or no> ")
            terminal.type(f"{reply}\n")
            terminal.finish()

        assert len(list_ids(invoke)) == left


def test_a_fork_reads_what_it_came_from_and_keeps_it(invoke: Invoke) -> None:
    run_id = ask(invoke)
    at = json.loads(invoke("runs", "show", "last", "--json").out)["steps"][1]["last"]
    fork_id = invoke("fork", run_id, "--at", str(at)).out.strip()
    resumed = invoke("resume", fork_id)
    family = [line.split() for line in invoke("runs", "history", fork_id).out.splitlines()]

    assert (resumed.code, resumed.out.count("→ calculate"), "42" in resumed.out) == (0, 0, True)
    assert [line[0] for line in family] == [run_id, fork_id]
    assert family[1][1:5] == ["fork", "at", "record", str(at)]
    assert f"taken up again by {fork_id} (answered) at record {at}" in invoke("runs", "show", run_id).out
    assert (invoke("runs", "rm", run_id).code, invoke("runs", "compact", run_id).code) == (1, 1)
    assert invoke("runs", "rm", run_id, "--with-forks", "--yes").code == 0


def test_a_fork_may_go_on_with_another_model(invoke: Invoke, serve: Serve) -> None:
    run_id = ask(invoke)
    server = serve(play(lambda _: "Forty-two."))
    other = ("--base-url", server.base_url, "--model", "m", "-q")
    forked = invoke("fork", run_id, "--at", "8", "--resume", *other)

    assert (forked.code, forked.out, "has its answer" in forked.err) == (0, "Forty-two.\n", False)
    label = json.loads(invoke("runs", "list", "--json", "--limit", "1").out)[0]["labels"]["settings"]
    assert (label["model"], label["base_url"]) == ("m", server.base_url)


def test_a_compacted_run_says_what_is_gone(invoke: Invoke) -> None:
    ask(invoke)
    done = invoke("runs", "compact", "last")
    shown = invoke("runs", "show", "last")

    assert (done.code, "records removed" in done.err) == (0, True)
    assert "records were compacted away" in shown.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runs", "rm"], "nothing was given"),
        (["runs", "rm", "last", "--older-than", "1d"], "both were given"),
        (["runs", "rm", "--older-than", "soon"], "wanted a number and a unit"),
        (["runs", "list", "--status", "done"], "done"),
        (["runs", "list", "--store", "nowhere.db"], "there is no journal nowhere.db"),
        (["runs", "list", "--store", "mysql://h/d"], "no kind of store called 'mysql'"),
        (["runs", "import", "nowhere.jsonl"], "nowhere.jsonl cannot be read"),
        (["resume", "last"], "there is no run yet"),
        (["fork", "none"], "no run's id begins with 'none'"),
        (["ask", "hi", "--no-journal", "--store", "x.db"], "--no-journal and --store were given"),
        (["ask", "hi", "--no-journal", "--submit"], "--submit was given, and the run is kept nowhere"),
        (["ask", "hi", "--store", "memory", "--submit"], "--submit was given, and the run is kept nowhere"),
        (["chat", "--no-journal", "--store", "x.db"], "--no-journal and --store were given"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(invoke: Invoke, arguments: list[str], words: str) -> None:
    outcome = invoke(*arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert words in next(line for line in outcome.err.splitlines() if line.startswith("error: "))
