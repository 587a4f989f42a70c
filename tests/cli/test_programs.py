"""Runs that a program began: nobody but that program knows their brain."""

import asyncio
from pathlib import Path

import pytest

from agent_brain import Brain, ScriptedModel, Status, ask_person
from cli.processes import Invoke

ASKED = '{"name": "ask_person", "args": {"question": "Which colour?"}}'
FLAGS = ("--store", "runs.db")


def make_brain(*script: str) -> Brain:
    return Brain(model=ScriptedModel(script), tools=[ask_person], store="runs.db")


@pytest.fixture(autouse=True)
def waiting(clean_place: Path) -> None:
    """A program's run that waits for a person."""
    asyncio.run(make_brain(ASKED).run("Order a hat.", run_id="hat"))


@pytest.mark.parametrize("command", [("resume", "hat"), ("reply", "hat", "blue")])
def test_no_other_brain_answers_in_its_place(invoke: Invoke, command: tuple[str, ...]) -> None:
    outcome = invoke(*command, *FLAGS)

    assert outcome.code == 2
    assert (
        "run hat was begun by a program, whose brain is not kept: go on there, with brain.go_on('hat')" in outcome.err
    )
    assert asyncio.run(make_brain().store.get("hat")).status is Status.WAITING
    assert asyncio.run(make_brain().store.read_mail("hat")) == {}


def test_a_worker_leaves_it_alone(invoke: Invoke) -> None:
    asyncio.run(make_brain().reply("hat", {"q1": "blue"}))
    outcome = invoke("drive", "--once", *FLAGS)

    assert outcome.code == 1
    assert "hat  not driven  run hat was begun by a program" in outcome.out


def test_a_reply_is_written_down_for_it(invoke: Invoke) -> None:
    assert "agent-brain reply hat q1 TEXT --store runs.db --no-resume\n" in invoke("runs", "show", "hat", *FLAGS).out

    outcome = invoke("reply", "hat", "q1", "blue", "--no-resume", *FLAGS)

    assert (outcome.code, outcome.err.splitlines()[-1]) == (
        0,
        "the reply is written down; to go on: brain.go_on('hat')",
    )
    assert 'q1 has its reply, which counts when the run goes on: "blue"' in invoke("runs", "show", "hat", *FLAGS).out
    assert asyncio.run(make_brain("Blue it is.", "A blue hat.").go_on("hat")).answer == "A blue hat."


def test_who_names_its_tools_has_it_go_on(invoke: Invoke) -> None:
    outcome = invoke("reply", "hat", "blue", "--tools", "ask_person", "--model", "offline", *FLAGS)

    assert outcome.code == 0
    assert "answered" in outcome.out
