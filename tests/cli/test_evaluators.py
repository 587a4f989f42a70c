"""`--evaluator`: what judges answers is named, kept beside the run, and shown with what it has said."""

import json
from pathlib import Path

import pytest

from agent_brain.cli.nets import NEEDS
from agent_brain.core.state import Need
from cli.processes import Invoke

CODE = """
from agent_brain.evaluators.matching import exact

def good(question, answer):
    return "42" in answer, "forty-two is missing"

def bad(question, answer):
    return False, "nothing is good enough"

right = exact("The answer is 42.")
nothing = None
"""
QUESTION = "What is 6 * 7?"


@pytest.fixture(autouse=True)
def code(tmp_path: Path) -> Path:
    """A file of evaluators in the current folder."""
    file = tmp_path / "judges.py"
    file.write_text(CODE)
    return file


def ask(invoke: Invoke, judge: str, *more: str, net: str = "retry(react, tries=2)") -> str:
    return invoke("ask", "--model", "offline", "--net", net, "--evaluator", judge, *more, QUESTION).out


def test_an_evaluator_says_what_it_thinks_of_each_try(invoke: Invoke) -> None:
    out = ask(invoke, "judges.py:bad")
    assert out.count("bad: it did not pass (0): nothing is good enough") == 2
    assert "oracle" not in out
    assert invoke("runs", "show", "last").out.count("bad: it did not pass (0): nothing is good enough") == 2


def test_an_answer_that_did_not_pass_is_told_with_the_result(invoke: Invoke) -> None:
    assert "answered · the answer did not pass its evaluator · " in ask(invoke, "judges.py:bad")
    assert "answered · the answer did not pass its evaluator · " in invoke("runs", "show", "last").out
    assert json.loads(invoke("runs", "show", "last", "--json").out)["passed"] is False
    assert json.loads(ask(invoke, "judges.py:bad", "--json").splitlines()[-1])["passed"] is False
    assert "did not pass" not in ask(invoke, "judges.py:good")


def test_an_oracle_is_told_with_the_result(invoke: Invoke) -> None:
    assert "answered · judged by an oracle: exact" in ask(invoke, "judges.py:right")
    shown = invoke("runs", "show", "last").out
    assert "exact (an oracle): it passed (1)" in shown
    assert "answered · judged by an oracle: exact" in shown
    story = json.loads(invoke("runs", "show", "last", "--json").out)
    assert story["oracles"] == ["exact"]
    assert story["steps"][1]["judgements"][0]["score"]["passed"] is True


def test_an_oracle_is_part_of_the_last_event(invoke: Invoke) -> None:
    last = json.loads(ask(invoke, "judges.py:right", "--json").splitlines()[-1])
    assert (last["event"], last["oracles"]) == ("Ended", ["exact"])


def test_a_run_is_played_back_and_forked_with_the_evaluator_that_it_was_asked_with(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(invoke, "judges:good")
    ask(invoke, "judges.py:good")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert "is the same" in invoke("replay", "last").out
    assert "good: it passed" in invoke("fork", "last", "--at", "28", "--resume").out


@pytest.mark.parametrize(
    ("judge", "why"),
    [
        ("judges.py", "wanted FILE.py:NAME or package.module:NAME"),
        ("judges.py:goood", "has no 'goood'; did you mean 'good'?"),
        ("judges.py:nothing", "is None; wanted an Evaluator"),
        ("nowhere.py:good", "nowhere.py"),
        ("json:loads", "wanted a function of question and answer"),
    ],
)
def test_what_is_no_evaluator_is_refused(invoke: Invoke, judge: str, why: str) -> None:
    outcome = invoke("ask", "--model", "offline", "--net", "retry", "--evaluator", judge, QUESTION)
    assert outcome.code == 2
    assert why in outcome.err


def test_a_net_that_needs_an_evaluator_says_how_one_is_given(invoke: Invoke) -> None:
    outcome = invoke("ask", "--model", "offline", "--net", "retry", QUESTION)
    assert (outcome.code, "or --evaluator" in outcome.err) == (2, True)


def test_whatever_a_net_may_need_is_told(invoke: Invoke) -> None:
    assert set(NEEDS) == set(Need)
    assert "; tools that change nothing" in invoke("net", "check", "verifier(react)").out


def test_a_file_that_was_only_found_may_name_no_evaluator(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "agent-brain.toml").write_text('evaluator = "judges.py:good"\n')
    outcome = invoke("ask", "--model", "offline", QUESTION)
    assert (outcome.code, "sets evaluator" in outcome.err) == (2, True)
    out = invoke("ask", "--model", "offline", "--net", "retry(react)", "--config", "agent-brain.toml", QUESTION).out
    assert "good: it passed" in out


def test_a_file_may_put_other_words_in_place_of_a_nets_own(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "agent-brain.toml").write_text('[prompts.react]\nanswer = "Answer like a pirate: {limit}"\n')
    invoke("ask", "--model", "offline", QUESTION)
    assert "Answer like a pirate: {limit}" in invoke("runs", "export", "last").out
    (tmp_path / "agent-brain.toml").write_text('[prompts.raect]\nanswer = "Answer like a pirate."\n')
    outcome = invoke("ask", "--model", "offline", QUESTION)
    assert (outcome.code, "called 'raect'; did you mean" in outcome.err) == (2, True)
