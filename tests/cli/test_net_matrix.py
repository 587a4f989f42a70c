"""`agent-brain net matrix`: what goes together, and what is refused."""

import json

from agent_brain.wiring.matrix import judge, list_memories
from agent_brain.wiring.tables import NETS
from cli.processes import Invoke


def test_the_matrix_has_a_line_for_each_net_and_its_notes(invoke: Invoke) -> None:
    lines = invoke("net", "matrix").out.splitlines()

    assert lines[0].split() == ["histories", *list_memories()[: len(lines[0].split()) - 1]]
    assert [line.split()[0] for line in lines if line and line.split()[0] in NETS] == [*NETS, *NETS]
    react = next(line.split() for line in lines if line.startswith("react "))
    assert react[1:3] == ["+", "+1"]
    assert any(line.startswith(" 1 the arm to compare with") for line in lines)


def test_it_says_what_is_refused_and_why(invoke: Invoke) -> None:
    told = " ".join(invoke("net", "matrix").out.split())

    assert "With a model and nothing else: refused: retry, warming, escalation" in told
    assert "rewoo, llm_compiler; with any memory: it needs at least one tool" in told
    assert "samples must not share writable memory" in told
    assert "it makes further attempts, which would find what change has changed" in told


def test_a_matrix_as_json_holds_every_pair_and_every_refusal(invoke: Invoke) -> None:
    data = json.loads(invoke("net", "matrix", "--json").out)

    assert len(data["pairs"]) == len(NETS) * len(list_memories())
    assert data["pairs"][0] == {"net": "react", "memory": "messages", "sign": "+", "why": ""}
    refused = data["refused"]["an evaluator, two models and a tool that changes nothing"]
    assert {refusal["memory"] for refusal in refused} == {"hierarchical"}


def test_one_net_is_shown_alone_with_another_inside(invoke: Invoke) -> None:
    outcome = invoke("net", "matrix", "retry(react)")

    assert [line.split()[0] for line in outcome.out.splitlines() if line.startswith("retry")] == ["retry(react)"] * 2
    assert judge("retry(react)", "episodic").why[:30] in " ".join(outcome.out.split())


def test_a_net_that_is_not_there_is_told(invoke: Invoke) -> None:
    outcome = invoke("net", "matrix", "nobody")

    assert outcome.code == 2
    assert "nobody" in outcome.err
