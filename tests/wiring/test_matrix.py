"""The judgement on nets and memories: whole, readable, and no more than a judgement."""

import tomllib
from dataclasses import replace
from importlib.resources import files

import pytest

from agent_brain import Brain, SetupError
from agent_brain.wiring.matrix import UNJUDGED, Refusal, find_refusals, judge, list_memories, list_wrappers
from agent_brain.wiring.tables import MEMORIES, NETS, OVERLAYS

DATA = tomllib.loads((files("agent_brain.nets") / "matrix.toml").read_text("utf-8"))
SIGNS = {"+", "o", "-", "!"}


@pytest.mark.parametrize("net", NETS)
def test_every_pair_that_is_shipped_is_judged(net: str) -> None:
    unjudged = [memory for memory in list_memories() if judge(net, memory).sign == UNJUDGED]

    assert unjudged == [], f"nets/matrix.toml has no rule for {net} with {unjudged}"


@pytest.mark.parametrize("net", ["of_another_package", "retry(of_another_package)", "FILE.py:careful"])
@pytest.mark.parametrize("memory", ["of_another_package", "mask"])
def test_what_is_not_shipped_is_not_judged(net: str, memory: str) -> None:
    assert judge(net, memory).sign == UNJUDGED


def test_a_warning_always_has_its_reason() -> None:
    silent = [
        (net, memory)
        for net in NETS
        for memory in list_memories()
        if (verdict := judge(net, memory)).sign in "-!" and not verdict.why
    ]

    assert silent == []


def test_every_note_and_every_group_is_used() -> None:
    told = {rule.get("note") for rule in DATA["rules"]} - {None}
    named = {word for rule in DATA["rules"] for word in (*rule["nets"].split(), *rule["memories"].split())}

    assert told == DATA["notes"].keys()
    assert DATA["groups"].keys() <= named
    assert {rule["verdict"] for rule in DATA["rules"]} <= SIGNS


@pytest.mark.parametrize(
    ("net", "memory", "sign"),
    [
        ("react", "mask", "!"),
        ("react", "todo", "+"),
        ("refact", "window", "!"),
        ("self_refine", "window", "o"),
        ("rewoo", "summary", "o"),
        ("plan_execute", "todo", "o"),
        ("reflexion", "playbook", "!"),
        ("self_consistency", "episodic", "!"),
        ("ask", "window", "+"),
        ("tot", "episodic", "-"),
        ("lats", "lessons", "!"),
        ("direct", "keyfacts", "+"),
    ],
)
def test_the_judgement_is_that_of_the_sources_as_far_as_it_holds_here(net: str, memory: str, sign: str) -> None:
    assert judge(net, memory).sign == sign


def test_a_net_around_another_is_judged_as_itself_where_anything_is_thought_of_it() -> None:
    assert judge("retry(react)", "episodic").why == judge("retry", "episodic").why
    assert judge("ask(react)", "window") == replace(judge("ask", "window"), net="ask(react)")


@pytest.mark.parametrize(
    ("net", "memory", "as_judged"),
    [
        ("ask(reflexion(tot))", "episodic", "tot"),
        ("ask(reflexion(react))", "mask", "react"),
        ("ask(reflexion(react))", "lessons", "reflexion"),
        ("reflexion(plan_execute)", "todo", "plan_execute"),
        ("ask(self_refine)", "window", "self_refine"),
        ("ask(direct)", "mask", "direct"),
        ("self_consistency(direct, unsure=react)", "mask", "react"),
        ("retry(ask(refact), tries=2)", "summary", "refact"),
    ],
)
def test_however_deep_a_net_is_inside_others_what_is_thought_of_it_counts(
    net: str, memory: str, as_judged: str
) -> None:
    verdict = judge(net, memory)
    assert (verdict.net, verdict.sign) == (net, judge(as_judged, memory).sign)
    assert verdict.why.startswith(judge(as_judged, memory).why)


def test_of_several_warnings_all_reasons_are_given_the_worst_one_first() -> None:
    reasons = [judge("tot", "episodic").why, judge("reflexion", "episodic").why]
    assert judge("ask(reflexion(tot))", "episodic").why == "; ".join(reasons)


def test_what_is_not_shipped_takes_nothing_from_the_judgement_on_what_is_around_it() -> None:
    assert judge("retry(of_another_package)", "episodic").why == judge("retry", "episodic").why


@pytest.mark.parametrize(
    "net", ["retry(react)", "debate(speaker=react, end=judge)", "retry(verifier(react, samples=2))"]
)
def test_and_elsewhere_as_the_net_inside(net: str) -> None:
    assert judge(net, "mask").why == judge("react", "mask").why


def test_wrappers_are_those_that_act_only_around_a_net_that_does() -> None:
    assert {name.partition("(")[0] for name in list_wrappers()} == {
        "retry", "warming", "escalation", "self_consistency", "verifier", "debate",
    }  # fmt: skip


def test_a_refusal_is_told_with_the_words_of_the_brain() -> None:
    def build(net: str, memory: str) -> None:
        if memory == "mask":
            raise SetupError("not with this one")

    assert find_refusals(build, ["react"]) == [Refusal("react", "mask", "not with this one")]


def test_no_memory_is_refused_by_a_net_that_has_what_it_needs() -> None:
    def build(net: str, memory: str) -> Brain:
        return Brain(net, memory, ["offline", "offline"], ["builtin"], evaluator=lambda question, answer: True)

    assert find_refusals(build, list(NETS)) == []
    assert len(NETS) * len([*MEMORIES, *OVERLAYS]) > 400
