"""`agent-brain lab rerun`: stored trials gone on with from the command line."""

import json
from pathlib import Path

import pytest

from cli.processes import Invoke
from cli.test_lab import write

GO_ON = ("lab", "rerun", "sums", "--arm", "react_brief", "--from")


@pytest.fixture
def stored(invoke: Invoke, tmp_path: Path) -> str:
    """An experiment that was run; its file."""
    file = write(tmp_path)
    assert invoke("lab", "run", file).code == 0
    return file


def test_it_says_what_is_gone_on_with_and_how_the_unchanged_ended(invoke: Invoke, stored: str) -> None:
    done = invoke(*GO_ON, "action", "--set", "memory=window(4)", "--set", "limits.steps=9", "--together")

    assert done.code == 0, done.err
    assert "4 stored trials of react_brief from the first visit of action (step 2): 4 arms" in done.err
    assert "unchanged, 4 of 4 ended as the stored trials had" in done.err
    assert "rows: sums-react_brief-from-action/trials.jsonl; " in done.err
    for arm in ("unchanged", "memory window(4)", "limits.steps 9", "all changes"):
        assert arm in done.out


def test_its_folder_is_an_experiments_for_the_other_commands(invoke: Invoke, stored: str) -> None:
    assert invoke(*GO_ON, "action", "--set", "instructions=Be brief.").code == 0
    assert invoke(*GO_ON, "2", "--set", "memory=mask", "--folder", "later").code == 0
    folder = "sums-react_brief-from-action"

    status, report = invoke("lab", "status", folder), invoke("lab", "report", folder)
    compared = invoke("lab", "compare", folder, "later", "--arms", "instructions Be brief.=memory mask")

    assert "8 of 8 trials" in status.out
    assert "instructions Be brief. - unchanged" in report.out
    assert "goes on with a stored one of arm 'react_brief'" in report.err
    assert (compared.code, "memory mask" in compared.out) == (0, True), compared.err


def test_given_twice_it_does_nothing_more(invoke: Invoke, stored: str) -> None:
    invoke(*GO_ON, "action")
    before = Path("sums-react_brief-from-action/trials.jsonl").read_bytes()

    again = invoke(*GO_ON, "action", "--json")

    assert json.loads(again.out.splitlines()[-1])["ending"] == "complete"
    assert Path("sums-react_brief-from-action/trials.jsonl").read_bytes() == before


def test_other_changes_are_not_put_in_the_place_of_earlier_ones(invoke: Invoke, stored: str) -> None:
    invoke(*GO_ON, "action", "--set", "memory=window(4)")
    before = Path("sums-react_brief-from-action/trials.jsonl").read_bytes()

    other, more = (
        invoke(*GO_ON, "action", *sets) for sets in (["--set", "memory=mask"], ["--set", "memory=window(4)"])
    )

    assert (other.code, more.code) == (2, 0)
    assert "a re-run with 'memory window(4)', and this one is with 'memory mask'" in other.err
    assert "another folder for it (--folder)" in other.err
    assert Path("sums-react_brief-from-action/trials.jsonl").read_bytes() == before


def test_the_experiments_file_names_its_folder_and_a_folder_may_be_named(invoke: Invoke, stored: str) -> None:
    done = invoke("lab", "rerun", stored, "--arm", "react_brief", "--from", "2", "--task", "t1", "--folder", "own")

    assert "1 stored trial of react_brief from step 2 (step 2): 1 arm\n" in done.err
    assert done.code == 0, done.err
    assert [json.loads(line)["task"] for line in Path("own/trials.jsonl").read_text().splitlines()] == ["t1#0"]


@pytest.mark.parametrize(("more", "told"), [
    (["reasonin"], "no state called 'reasonin'; did you mean 'reasoning'"),
    (["action", "--set", "memory"], "wanted PART=VALUE"),
    (["action", "--set", "net=direct"], "does not have the state 'action'"),
    (["action", "--set", "memory=mask", "--set", "memory=mask"], "stands there twice"),
])  # fmt: skip
def test_what_cannot_be_is_a_wrong_setup(invoke: Invoke, stored: str, more: list[str], told: str) -> None:
    done = invoke(*GO_ON, *more)

    assert done.code == 2
    assert told in done.err
    assert not list(Path().glob("sums-*"))


def test_a_rerun_is_gone_on_with_as_any_experiment_and_again_that_one(invoke: Invoke, stored: str) -> None:
    assert invoke(*GO_ON, "action", "--set", "memory=window(4)", "--folder", "first").code == 0

    second = invoke("lab", "rerun", "first", "--arm", "memory window(4)", "--from", "last:reasoning", "--folder", "two")
    third = invoke("lab", "rerun", "two", "--arm", "unchanged", "--from", "answer", "--folder", "three")

    assert (second.code, third.code) == (0, 0), second.err + third.err
    for done in (second, third):
        assert "unchanged, 4 of 4 ended as the stored trials had" in done.err
    tasks = {json.loads(line)["task"] for line in Path("three/trials.jsonl").read_text().splitlines()}
    assert tasks == {f"t{number}#0#0#0" for number in range(4)}


def test_one_whose_source_is_gone_or_was_no_file_is_told_what_to_do(invoke: Invoke, stored: str) -> None:
    invoke(*GO_ON, "action", "--folder", "own")
    data = json.loads(Path("sums/experiment.json").read_text())
    Path("sums/experiment.json").write_text(json.dumps({**data, "path": "", "source": {}}))
    made = invoke(*GO_ON, "action")
    Path("sums").rename("elsewhere")

    nested = invoke("lab", "rerun", "own", "--arm", "unchanged", "--from", "answer")

    assert (made.code, "was made by a program" in made.err) == (2, True)
    assert (nested.code, "own goes on from sums, which is not there, nor beside it" in nested.err) == (2, True)


def test_a_file_that_was_changed_since_goes_on_as_it_was_when_it_was_run(invoke: Invoke, stored: str) -> None:
    Path(stored).write_text(
        Path(stored).read_text().replace('"direct"', '"refact"').replace("[base]", "[base]\nwire = 'text'")
    )

    done = invoke(*GO_ON, "action")

    assert done.code == 0, done.err
