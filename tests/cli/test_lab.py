"""`agent-brain lab`: an experiment planned, run, looked at and stopped from the command line."""

import json
import os
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from agent_brain.lab.folder import Folder
from cli.processes import Invoke, Serve, Start, collect
from sse_server import Connection, Request, response

PAGE = Path(__file__).parents[2] / "docs" / "lab.md"
FILE = """
name = "sums"
evaluator = "contains"
{more}
[tasks]
file = "tasks.csv"
[base]
model = "{model}"
tools = ["builtin"]
[grid]
net = ["react_brief", "direct"]
"""


def write(folder: Path, *, tasks: int = 4, model: str = "offline", more: str = "") -> str:
    """An experiment's file; its name."""
    lines = [f"t{i},What is {i} + {2 * i}?,{3 * i}" for i in range(tasks)]
    (folder / "tasks.csv").write_text("\n".join(["id,prompt,answer", *lines]) + "\n")
    (folder / "sums.toml").write_text(FILE.format(model=model, more=more))
    return "sums.toml"


def test_a_run_ends_with_a_table_and_the_place_of_its_rows(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("lab", "run", write(tmp_path))

    assert done.code == 0, done.err
    assert "sums: 8 of 8 trials" in done.out
    assert "react_brief" in done.out
    assert "direct - react_brief" in done.out
    assert "sums/trials.jsonl" in done.err
    assert len(Path("sums/trials.jsonl").read_text().splitlines()) == 8


def test_a_run_as_json_is_a_line_for_each_look(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("lab", "run", write(tmp_path), "--json")

    looks = [json.loads(line) for line in done.out.splitlines()]
    assert (looks[-1]["ending"], looks[-1]["done"], looks[-1]["total"]) == ("complete", 8, 8)
    assert [arm["arm"] for arm in looks[-1]["arms"]] == ["react_brief", "direct"]


def test_arms_that_were_changed_after_trials_of_theirs_are_told_once(invoke: Invoke, tmp_path: Path) -> None:
    file = write(tmp_path, more="seed = 1")
    invoke("lab", "run", file, "--pilot", "2")
    Path(file).write_text(
        Path(file).read_text().replace('["react_brief", "direct"]', '["direct"]')
        + "[arms.react_brief]\nnet = 'react_brief'\nmemory = 'whole'\n"
    )

    planned, changed, after = (
        invoke("lab", "plan", file),
        invoke("lab", "run", file, "--json"),
        invoke("lab", "run", file),
    )

    assert "changed since trials of them were run: react_brief;" in planned.err
    assert "stay in the journal sums/journal.db" in changed.err
    assert json.loads(changed.out.splitlines()[-1])["changed"] == ["react_brief"]
    assert "changed since" not in after.err


def test_another_evaluator_is_told_to_ask_no_model_again(invoke: Invoke, tmp_path: Path) -> None:
    file = write(tmp_path)
    invoke("lab", "run", file)
    Path(file).write_text(Path(file).read_text().replace('"contains"', '"exact"'))

    planned, judged, after = invoke("lab", "plan", file), invoke("lab", "run", file), invoke("lab", "plan", file)

    told = "right answer of 4 tasks was changed: trials that were done are judged again"
    assert [told in done.err for done in (planned, judged, after)] == [True, True, False]
    assert "of which 0 are to be done and 8 to be judged again, with no model of an arm" in planned.out
    assert "nothing is measured" not in planned.err
    assert "judged again" not in after.out


def test_a_pilot_says_how_to_go_on_and_the_plan_knows_what_it_took(invoke: Invoke, tmp_path: Path) -> None:
    file = write(tmp_path)
    before = invoke("lab", "plan", file)
    pilot = invoke("lab", "run", file, "--pilot", "2")
    after = invoke("lab", "plan", file, "--effect", "0.1")

    assert "--pilot 10" in before.err
    assert "4 tasks x 2 arms x 1 repeat = 8 trials" in before.out
    assert "lab plan" in pilot.err
    assert "of which 4 are to be done" in after.out
    assert "a difference of 0.1 needs" in after.out
    assert "(power) with as many trials:\n      4 tasks x 1 repeat: 0." in after.out


def test_a_plan_does_not_call_nothing_what_is_short_or_of_unknown_price(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "votes.toml").write_text(
        '[tasks]\nworld = "votes"\ncount = 4\n[base]\nmodel = "simulated"\n[grid]\nnet = ["react_brief", "direct"]\n'
    )
    invoke("lab", "run", "votes.toml", "--pilot", "2")

    planned = invoke("lab", "plan", "votes.toml")

    assert "tokens, tokens of unknown price" in planned.out
    assert "[prices] in the file counts for trials to come" in planned.err
    assert "$0.00" not in planned.out
    assert re.search(r" \d\.\d s", planned.out)


def test_prices_that_are_added_later_count_for_trials_to_come_and_pay_none_again(
    invoke: Invoke, tmp_path: Path
) -> None:
    file = tmp_path / "votes.toml"
    file.write_text('[tasks]\nworld = "votes"\ncount = 4\n[base]\nmodel = "simulated"\n[arms.a]\nnet = "direct"\n')
    invoke("lab", "run", "votes.toml", "--pilot", "2")
    file.write_text(f"{file.read_text()}[prices.simulated]\ninput = 1.0\noutput = 1.0\n")

    done = invoke("lab", "run", "votes.toml")

    assert re.search(r"votes: 4 of 4 trials, \d+ tokens, \$\S+ and \d+ tokens of unknown price", done.out)
    assert re.search(r"\na +4 .* \$\S+ and unknown ", done.out)
    assert "changed" not in done.err


def test_every_world_has_words_of_its_own(invoke: Invoke) -> None:
    worlds = json.loads(invoke("lab", "tasks", "--json").out)["worlds"]

    assert len(set(worlds.values())) == len(worlds)


def test_the_files_of_the_page_for_questions_of_ones_own_are_read(invoke: Invoke, tmp_path: Path) -> None:
    _, _, section = PAGE.read_text().partition("## Your own questions\n")
    blocks = re.findall(r"```\w+\n(.*?)```", section.partition("\n## ")[0], re.DOTALL)
    for name, text in zip(("questions.csv", "judge.py", "mine.toml"), blocks, strict=True):
        (tmp_path / name).write_text(text)

    tasks, plan = invoke("lab", "tasks", "mine.toml"), invoke("lab", "plan", "mine.toml")

    assert tasks.out.startswith("q1  What is 12 times 31?  -> 372\n")
    assert "mine: 2 tasks x 2 arms x 1 repeat = 4 trials" in plan.out
    assert "refact - react" in plan.out


def test_the_folder_stands_for_the_file_that_it_was_made_of(invoke: Invoke, tmp_path: Path) -> None:
    invoke("lab", "run", write(tmp_path), "--pilot", "2")
    (tmp_path / "empty").mkdir()

    plan, done, none = invoke("lab", "plan", "sums"), invoke("lab", "run", "sums/"), invoke("lab", "plan", "empty")

    assert "of which 4 are to be done" in plan.out
    assert "sums: 8 of 8 trials" in done.out
    assert (none.code, "no experiment was run in empty" in none.err) == (2, True)


def test_right_answers_that_are_worked_solutions_are_told_with_the_format_for_them(
    invoke: Invoke, tmp_path: Path
) -> None:
    file = write(tmp_path)
    (tmp_path / "tasks.csv").write_text(
        "prompt,answer\nWhat is 3 + 4?,3 + 4 = 7 #### 7\nWhat is 1 + 1?,It is 2 #### 2\n"
    )

    told = invoke("lab", "plan", file).err

    assert '2 of 2 right answers hold ####, as worked solutions do; format = "questions"' in told


def test_half_of_a_score_is_not_called_wrong(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "half.py").write_text("def half(question, answer):\n    return 0.5\n")
    file = write(tmp_path)
    Path(file).write_text(Path(file).read_text().replace('"contains"', '"half.py:half"'))

    done = invoke("lab", "run", file)

    assert "4 not passed" in done.out
    assert "0.500" in done.out
    assert "wrong" not in done.out


def test_a_plan_as_json_has_its_sums(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("lab", "plan", write(tmp_path), "--json")

    found = json.loads(done.out)
    assert (found["trials"], found["left"], found["expected"]["calls"]) == (8, 8, None)


def test_status_tells_of_one_that_has_ended_and_of_none(invoke: Invoke, tmp_path: Path) -> None:
    file = write(tmp_path)
    none = invoke("lab", "status", file)
    invoke("lab", "run", file)
    text, data = invoke("lab", "status", file), invoke("lab", "status", "sums", "--json")

    assert (none.code, "no experiment was run" in none.err) == (2, True)
    assert "8 of 8 trials" in text.out
    assert "nobody runs it" in text.err
    assert (json.loads(data.out)["done"], json.loads(data.out)["runner"]) == (8, None)


def test_runs_are_found_by_their_labels(invoke: Invoke, tmp_path: Path) -> None:
    invoke("lab", "run", write(tmp_path))

    done = invoke("runs", "list", "--store", "sums/journal.db", "--label", "arm=direct", "--label", "task=t1", "--json")
    wrong = invoke("runs", "list", "--store", "sums/journal.db", "--label", "arm")

    (found,) = json.loads(done.out)
    assert found["labels"] == {"experiment": "sums", "arm": "direct", "task": "t1", "repeat": 0, "turn": 0}
    assert (wrong.code, "wanted NAME=VALUE" in wrong.err) == (2, True)


def test_tasks_are_shown_and_without_a_file_what_there_is(invoke: Invoke, tmp_path: Path) -> None:
    some = invoke("lab", "tasks", write(tmp_path), "--limit", "1")
    known = invoke("lab", "tasks")

    assert some.out == "t0  What is 0 + 0?  -> 0\n"
    assert "1 of 4" in some.err
    for word in ("formats:", "csv", "worlds:", "keychain", "evaluators:", "exact"):
        assert word in known.out
    assert "Raises" not in known.out


@pytest.mark.parametrize(("more", "told"), [
    ("repeat = 2", "unknown key 'repeat'; did you mean 'repeats'"), ("alpha = 7", "alpha is 7.0"),
])  # fmt: skip
def test_a_file_that_makes_no_sense_is_a_wrong_setup(invoke: Invoke, tmp_path: Path, more: str, told: str) -> None:
    done = invoke("lab", "run", write(tmp_path, more=more))

    assert done.code == 2
    assert told in done.err
    assert not Path("sums").exists()


def test_a_folder_of_ones_own_is_named_in_what_is_told_next(invoke: Invoke, tmp_path: Path) -> None:
    file = write(tmp_path)
    before = invoke("lab", "plan", file, "--folder", "own")
    pilot = invoke("lab", "run", file, "--folder", "own", "--pilot", "2")
    whole = invoke("lab", "run", file, "--folder", "own")

    assert "lab run sums.toml --folder own --pilot 10" in before.err
    assert "lab run sums.toml --folder own does the rest" in pilot.err
    assert "lab report own" in whole.err


def test_a_folder_that_holds_another_experiment_is_left_alone(invoke: Invoke, tmp_path: Path) -> None:
    file = write(tmp_path)
    invoke("lab", "run", file)
    rows = Path("sums/trials.jsonl").read_text()
    Path(file).write_text(Path(file).read_text().replace('name = "sums"', 'name = "others"'))

    done = invoke("lab", "run", file)

    assert (done.code, Path("sums/trials.jsonl").read_text()) == (2, rows)
    assert "holds the experiment 'sums', and this one is 'others'" in done.err


def test_a_plan_refuses_what_a_run_would_refuse_for_its_evaluator(invoke: Invoke, tmp_path: Path) -> None:
    file = Path(write(tmp_path))
    file.write_text(file.read_text().replace("contains", "contians"))

    done, run = invoke("lab", "plan", str(file)), invoke("lab", "run", str(file))

    assert (done.code, run.code) == (2, 2)
    assert "no evaluator called 'contians'; did you mean 'contains'" in done.err
    assert not Path("sums").exists()


def test_a_plan_tells_what_ends_it_early(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("lab", "plan", write(tmp_path, more="concurrency = 2\n[budget]\ntokens = 5000\nusd = 2\n"))

    assert "begins a trial only where 5,000 tokens and $2.00 have room for it" in done.out


def test_what_answers_where_no_model_is_named_is_told(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("lab", "plan", write(tmp_path, model=""))

    assert "no model is named for every arm; what the environment configures is asked, offline" in done.err


def test_what_has_ended_trials_with_an_error_is_told_with_their_number(invoke: Invoke, tmp_path: Path) -> None:
    file = write(tmp_path, model="simulated")

    done, later = invoke("lab", "run", file), invoke("lab", "status", file)

    for shown in (done.out, later.out):
        assert "8 ended by: SetupError: the simulated model plays the worlds" in " ".join(shown.split())


def test_a_spent_budget_has_a_code_of_its_own(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("lab", "run", write(tmp_path, tasks=30, more="[budget]\ntokens = 500\n"))

    assert done.code == 3
    assert "its budget is spent" in done.err


async def never(request: Request, connection: Connection) -> bool:
    await connection.wait_gone()
    return False


@pytest.mark.parametrize("way", ["stop", "Ctrl-C", "SIGTERM"])
def test_one_that_is_stopped_says_how_to_go_on_and_does(
    invoke: Invoke, start: Start, serve: Serve, tmp_path: Path, way: str
) -> None:
    server = serve(never)
    file = write(tmp_path, model=f"m@{server.base_url}")
    process = start("lab", "run", file)
    while not server.requests:
        assert process.poll() is None
    if way == "stop":
        assert invoke("lab", "stop", file).code == 0
    else:
        process.send_signal(signal.SIGINT if way == "Ctrl-C" else signal.SIGTERM)

    ended = collect(process)

    assert ended.code == 130, ended.err
    assert f"to go on, where nothing is done or paid twice: agent-brain lab run {file}" in ended.err
    assert Folder("sums").find_runner() is None
    assert json.loads(invoke("lab", "status", file, "--json").out)["ending"] == "stopped"


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_what_stops_the_whole_tears_no_process_that_shares_the_work(
    start: Start, tmp_path: Path, told: signal.Signals
) -> None:
    process = start("lab", "run", write(tmp_path), "--processes", "2")
    while is_running(process):
        for child in list_children(process.pid):  # a terminal tells them as well as their parent
            with suppress(ProcessLookupError):
                os.kill(child, told)

    ended = collect(process)

    assert ended.code == 0, ended.err
    assert "8 of 8 trials" in ended.out


def is_running(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it still runs, after a moment in which it has the processor for itself."""
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return True
    return False


def list_children(process: int) -> list[int]:
    """The processes that this one has started."""
    place = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in place.read_text().split()] if place.exists() else []


def test_to_stop_what_nobody_runs_is_no_error(invoke: Invoke, tmp_path: Path) -> None:
    file = write(tmp_path, tasks=1)
    invoke("lab", "run", file)

    done = invoke("lab", "stop", file)

    assert (done.code, "nobody runs it" in done.err) == (0, True)


async def refuse(request: Request, connection: Connection) -> bool:
    await connection.send(response(401, {"error": {"message": "a wrong key", "type": "authentication_error"}}))
    return True


def test_a_server_that_refuses_the_key_ends_it_with_the_reason(invoke: Invoke, tmp_path: Path, serve: Serve) -> None:
    server = serve(refuse)
    write(tmp_path, tasks=12, model=f"m@{server.base_url}")

    done = invoke("lab", "run", "sums.toml")

    assert done.code == 1
    assert "20 trials in a row were broken outside" in done.err
