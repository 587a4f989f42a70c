"""Parts as people name them."""

import keyword
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain import Brain, Net, SetupError, UnknownName
from agent_brain.core.lens import Overlay, Place
from agent_brain.memories.composed import Composed
from agent_brain.memories.messages import Messages
from agent_brain.memories.slot import SlotOverlay
from agent_brain.wiring.making import call_maker
from agent_brain.wiring.memories import make_memory
from agent_brain.wiring.nets import make_net
from agent_brain.wiring.specs import Term, parse_spec
from agent_brain.wiring.tables import NETS

NAMES = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True).filter(lambda name: not keyword.iskeyword(name))
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-99, 99), st.floats(-9, 9, allow_nan=False), st.text("abc 'é", max_size=5)
)


def make_terms(depth: int = 2) -> st.SearchStrategy[Term]:
    values = PLAIN if depth == 0 else st.one_of(PLAIN, make_terms(depth - 1))
    return st.builds(Term, NAMES, st.lists(values, max_size=2).map(tuple), st.dictionaries(NAMES, values, max_size=2))


@given(st.lists(make_terms(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(terms: list[Term]) -> None:
    assert parse_spec(" + ".join(map(str, terms)), "memory", "a+b") == terms


@pytest.mark.parametrize(
    "text",
    ["", "a+", "a b", "1", "a.b", "f()()", "a(*b)", "a(**b)", "a(b[0])", "a(lambda: 1)", "a-b", "a" * 30 + "(" * 300],
)
def test_what_is_no_name_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SetupError, match="wanted a name, or names with values such as react"):
        parse_spec(text, "net", "react")


def test_nothing_of_it_is_run() -> None:
    with pytest.raises(UnknownName):
        make_net("print('run')")


def test_an_option_that_a_net_does_not_take_is_told_with_those_that_it_takes() -> None:
    with pytest.raises(SetupError, match=r"net 'react\(steps=3\)': .*it takes: steps_max"):
        make_net("react(steps=3)")


def test_an_option_reaches_the_net() -> None:
    assert make_net("react(steps_max=3)").fingerprint != make_net("react").fingerprint


def test_a_net_is_no_sum() -> None:
    with pytest.raises(SetupError, match="put into each other"):
        make_net("react + react_brief")


def test_words_of_a_net_are_replaced_by_name() -> None:
    net = make_net("react", {"react": {"answer": "Be brief."}})
    assert "Be brief." in net.shape["state answer"]
    with pytest.raises(UnknownName, match="known: answer, instructions"):
        make_net("react", {"react": {"anser": "Be brief."}})
    with pytest.raises(SetupError, match="wanted a text"):
        make_net("react", {"react": {"answer": ""}})


@pytest.mark.parametrize(
    ("make", "spec", "told"),
    [
        (make_net, "react(steps_max=0)", "net 'react(steps_max=0)': steps_max is 0; wanted at least 1"),
        (make_net, "ask(retry(debate(agents=0)))", "net 'debate(agents=0)': agents is 0; wanted a whole number"),
        (make_memory, "window(0)", "memory 'window(0)': groups of a window is 0"),
        (make_net, "plan_execute(view=results)", "a text stands in quotes: view='results'"),
        (make_net, "retry(attempt=reakt)", "attempt=reakt: no net called 'reakt'; did you mean 'react'"),
    ],
)
def test_an_option_that_is_refused_is_told_with_the_part_that_it_was_given_to(
    make: Callable[[str], object], spec: str, told: str
) -> None:
    with pytest.raises(SetupError, match=re.escape(told)):
        make(spec)


@pytest.mark.parametrize(
    ("net", "prompts", "told"),
    [
        ("direct", {"react": {"answr": "Be brief."}}, "no prompt of net 'react' called 'answr'; did you mean 'answer'"),
        ("react", {"react": "Be brief."}, "prompts of net 'react' are 'Be brief.'; wanted a mapping"),
        (make_net("react"), {"react": {"answer": "Be brief."}}, "prompts of react, and net 'react' is an object"),
    ],
)
def test_words_that_would_reach_no_net_are_refused(net: str | Net, prompts: Any, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        Brain(net, model="offline", prompts=prompts)


def test_a_slot_that_a_net_writes_is_shown_by_any_memory() -> None:
    memory = make_memory("messages", ["lessons"])
    assert isinstance(memory, Composed)
    assert memory.overlays == (SlotOverlay("lessons"),)
    assert make_memory(memory, ["lessons"]) is memory
    assert make_memory("messages") == Messages()


def test_two_overlays_of_one_name_are_refused() -> None:
    twice = (SlotOverlay("plan"), SlotOverlay("plan", Place.HEAD))
    assert isinstance(twice[0], Overlay)
    with pytest.raises(SetupError, match="two overlays are called 'plan'"):
        Composed(Messages(), twice)


@pytest.mark.parametrize("spec", ["messages+whole", "whole+messages+whole"])
def test_two_histories_are_refused(spec: str) -> None:
    with pytest.raises(SetupError, match="histories; wanted one"):
        make_memory(spec)


def test_a_brain_takes_specs_and_objects_alike() -> None:
    brain = Brain("react(steps_max=3)", "whole", model="offline")
    assert isinstance(brain.net, Net)


def test_a_word_in_a_memorys_brackets_is_a_text() -> None:
    assert make_memory("summary(otherwise=hide)") == make_memory("summary(otherwise='hide')")
    assert make_memory("messages(reasoning=none)") == make_memory("messages(reasoning='none')")


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("summary(theta='much')", "theta is 'much'; wanted a number"),
        ("messages+todo(often)", "remind_after is 'often'; wanted a whole number"),
        ("messages+plan(tool=1)", "tool is 1; wanted True or False"),
        ("messages+episodic(5)", "file is 5; wanted a text or None"),
        ("messages+hierarchical(memory, blocks=5)", "blocks is 5; wanted a text"),
        ("messages+lessons(True)", "keep is True; wanted a whole number"),
        ("mask(window(2))", "memories are added, not put into each other"),
    ],
)
def test_a_value_of_another_type_than_a_part_takes_is_told(spec: str, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        make_memory(spec)


def test_what_tells_no_types_is_made_with_any_values() -> None:
    assert call_maker("memory", "x('y')", partial(str.upper), ["y"], {}) == "Y"


def test_a_value_of_another_type_than_a_net_takes_is_told() -> None:
    with pytest.raises(SetupError, match="steps_max is 'few'; wanted a whole number"):
        make_net("react(steps_max='few')")


def test_a_net_that_lacks_its_file_of_words_is_not_called_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dict_of(NETS), "careful", "wiring.wordless:make_careful")
    with pytest.raises(UnknownName, match=r"words of its own \(nets/prompts/NAME.toml\) called 'wordless'"):
        make_net("careful")


def dict_of(table: Mapping[str, str]) -> dict[str, str]:
    """The table, for a row that is only there during a test."""
    assert isinstance(table, dict)
    return table
