"""What nets read from replies: the table of the documentation names all of it, and each form in it is read."""

import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from agent_brain.core.sameness import normalise
from agent_brain.nets.adapt import is_any
from agent_brain.nets.ask import read_question
from agent_brain.nets.branching import VALUES
from agent_brain.nets.budget_forcing import find_answer
from agent_brain.nets.joining import Joined, read_join
from agent_brain.nets.plan import read_answer, read_steps
from agent_brain.nets.plan_text import COMPILER, REWOO, read_calls
from agent_brain.nets.refining import ACCEPT, read_score
from agent_brain.nets.reflecting import ANSWER, GO_ON, REVISE
from agent_brain.nets.signal import read_signal
from agent_brain.nets.stepping import says_failed

PAGE = (Path(__file__).parents[2] / "docs" / "nets.md").read_text("utf-8")
WORDS = {
    file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8"))
    for file in (files("agent_brain.nets") / "prompts").iterdir()
    if file.name.endswith(".toml")
}
FORM = re.compile(r"\b[A-Z]\w*:|\b[A-Z]\w+(?=\()|#E\d|\b[A-Z]{3,}\b|numbered list|^\d\. \w+", re.MULTILINE)
"""What words ask for, letter by letter."""


def find_rows() -> Iterator[tuple[str, list[str], str]]:
    """The rows of the table: a net's words, their names, and all forms."""
    table = PAGE.partition("| words of |")[2].partition("\n\n")[0]
    for line in table.splitlines()[2:]:
        net, names, *told = line.strip("| ").split(" | ")
        yield net.strip("`"), re.findall(r"`(\w+)`", names), " ".join(told)


ROWS = list(find_rows())


def find_calls(text: str, notation: Any) -> list[tuple[str, str]]:
    return [(call.label, call.name) for call in read_calls(text, (), notation)]


@pytest.mark.parametrize("net", sorted(WORDS))
def test_the_table_names_whatever_words_ask_for_letter_by_letter(net: str) -> None:
    for name, text in WORDS[net].items():
        told = " ".join(forms for each, names, forms in ROWS if each == net and name in names)
        told += " numbered list" if "`1. " in told else ""
        asked = {form.lstrip("12. ") if form[0].isdigit() else form for form in FORM.findall(text)}
        missing = sorted(form for form in asked if form not in told)
        assert not missing, f"docs/nets.md does not say what is read from replies to {net}.{name}: {missing}"


def test_the_table_names_words_that_there_are_each_once() -> None:
    named = [(net, name) for net, names, _ in ROWS for name in names]
    assert [pair for pair in named if pair[1] not in WORDS[pair[0]]] == []
    assert len(named) == len(set(named))


@pytest.mark.parametrize(
    ("read", "reply", "found"),
    [
        (read_steps, "Well:\n1. look\n2. count", ["look", "count"]),
        (read_steps, "- look\n- count", ["look", "count"]),
        (read_answer, "No step is needed.\nANSWER: 42", "42"),
        (says_failed, "FAILED: there is no door", True),
        (says_failed, "It had FAILED: once", False),
        (is_any, "ANY\n1. look", True),
        (is_any, "ALL\n1. look at ANY door", False),
        (read_question, "QUESTION: Which one?", "Which one?"),
        (read_question, "READY", ""),
        (find_answer, "Answer: 41\nNo.\nAnswer: 42", "42"),
        (lambda text: find_calls(text, COMPILER), '1. look(at="door")\n2. join()', [("1", "look")]),
        (lambda text: find_calls(text, REWOO), "Plan: first\n#E1 = look[door]", [("1", "look")]),
        (read_join, "Thought: it is there\nFinish(42)", Joined("finish", "42", "Thought: it is there")),
        (read_join, "Replan(the door is missing)", Joined("replan", "the door is missing")),
        (read_join, "42", Joined("finish", "42")),
        (lambda text: read_signal(text, (GO_ON, REVISE, ANSWER)), "Goal: near.\nVerdict: go on", GO_ON),
        (lambda text: read_signal(text, (ACCEPT, REVISE)), "Verdict: accept", ACCEPT),
        (read_score, "Score: 3, no:\nScore: 7", 7.0),
        (lambda text: read_signal(text, VALUES), "Verdict: likely", "likely"),
        (normalise, "It is so.\nAnswer: 42", normalise("42")),
    ],
)
def test_each_form_of_it_is_read(read: Callable[[str], Any], reply: str, found: Any) -> None:
    assert read(reply) == found
