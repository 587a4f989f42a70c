"""Answers of a type from a shell: named in a file, a module or a schema, kept with the run, and part of its JSON."""

import json
from pathlib import Path

import pytest

from cli.processes import Invoke

QUESTION = "What is 6 * 7?"
KINDS = """
from dataclasses import dataclass

@dataclass
class Outcome:
    result: int
"""


@pytest.fixture(autouse=True)
def kinds(clean_place: Path) -> Path:
    """A file with a type, and one with a schema, in the current folder."""
    (clean_place / "answer_kinds_of_this_test.py").write_text(KINDS)
    (clean_place / "number.json").write_text('{"type": "integer", "title": "number"}')
    return clean_place


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("answer_kinds_of_this_test.py:Outcome", '{"result": 42}'),
        ("answer_kinds_of_this_test:Outcome", '{"result": 42}'),
        ("number.json", "42"),
    ],
)
def test_the_answer_is_json_of_the_type(invoke: Invoke, name: str, answer: str) -> None:
    assert invoke("ask", "-q", "--answer-type", name, QUESTION).out.splitlines() == [answer]


def test_partial_values_are_events(invoke: Invoke) -> None:
    out = invoke("ask", "--json", "--answer-type", "answer_kinds_of_this_test.py:Outcome", QUESTION).out
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["value"] for event in events if event["event"] == "Partial"][-1] == {"result": 42}


def test_an_answer_that_cannot_be_had_is_an_error_with_what_was_said(invoke: Invoke) -> None:
    outcome = invoke("ask", "-q", "--answer-type", "number.json", "Who is the king?")
    assert outcome.code == 1
    assert "the answer is no number: it was corrected 2 times" in outcome.err
    assert "I cannot answer that." in outcome.err


def test_a_run_that_is_taken_on_has_the_type_that_it_was_asked_with(
    invoke: Invoke, kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoke("ask", "--submit", "--answer-type", "answer_kinds_of_this_test.py:Outcome", QUESTION)
    (kinds / "elsewhere").mkdir()
    monkeypatch.chdir(kinds / "elsewhere")
    assert '{"result": 42}' in invoke("drive", "--once").out
    assert invoke("replay", "last").code == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nowhere.py:Outcome", "there is no such file"),
        ("answer_kinds_of_this_test.py:Outcom", "has no 'Outcom'; did you mean 'Outcome'?"),
        ("no_such_module_at_all:X", "no_such_module_at_all:X cannot be loaded"),
        ("Outcome", "wanted FILE.py:NAME or package.module:NAME"),
        ("missing.json", "cannot be read as a JSON schema"),
        ("answer_kinds_of_this_test.py:dataclass", "which no JSON schema says"),
    ],
)
def test_a_name_that_names_no_type_is_told_with_what_was_wanted(invoke: Invoke, name: str, words: str) -> None:
    outcome = invoke("ask", "-q", "--answer-type", name, QUESTION)
    assert outcome.code == 2
    assert words in outcome.err


def test_a_file_that_was_only_found_may_name_no_type(invoke: Invoke, kinds: Path) -> None:
    (kinds / "agent-brain.toml").write_text('answer_type = "answer_kinds_of_this_test.py:Outcome"\n')
    outcome = invoke("ask", "-q", QUESTION)
    assert outcome.code == 2
    assert "sets answer_type, which a file may do only if you name it" in outcome.err
    assert invoke("ask", "-q", "--config", "agent-brain.toml", QUESTION).out.splitlines() == ['{"result": 42}']
