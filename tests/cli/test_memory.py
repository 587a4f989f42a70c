"""`agent-brain memory`: what models are shown of a run."""

import pytest

from agent_brain.wiring.tables import MEMORIES, OVERLAYS
from cli.processes import Invoke

QUESTION = "How many days are there between 2024-01-01 and 2024-12-25?"


def show(invoke: Invoke, *arguments: str) -> list[list[str]]:
    """The rows of the table, without its title."""
    invoke("ask", QUESTION)
    outcome = invoke("memory", "show", *arguments)
    assert outcome.code == 0, outcome.err
    return [line.split() for line in outcome.out.split("\n\n")[0].splitlines()[1:]]


def test_every_memory_is_listed(invoke: Invoke) -> None:
    told = invoke("memory", "list").out
    assert all(f"  {name} " in told for name in (*MEMORIES, *OVERLAYS))


def test_a_memory_that_shows_all_shows_every_item_whole(invoke: Invoke) -> None:
    assert [row[:3] for row in show(invoke, "messages", "last")] == [
        ["0", "goal", "whole"],
        ["1", "thought", "whole"],
        ["2", "action", "whole"],
        ["3", "thought", "whole"],
        ["4", "answer", "whole"],
    ]


def test_the_tokens_of_items_are_about_those_of_all_of_them(invoke: Invoke) -> None:
    rows = show(invoke, "messages")
    told = invoke("memory", "show", "messages").out.split("about ")[1].split()[0]
    assert abs(sum(int(row[3]) for row in rows) - int(told)) <= 0.1 * int(told)


def test_it_is_told_what_is_hidden_and_what_stands_beside(invoke: Invoke) -> None:
    rows = show(invoke, "window(1)+goal")
    assert [row[2] for row in rows[:5]] == ["whole", "hidden", "hidden", "hidden", "whole"]
    assert rows[5][:3] == ["beside", "goal", "block"]


def test_a_run_is_shown_as_it_was_and_as_far_as_it_fits(invoke: Invoke) -> None:
    assert len(show(invoke, "messages", "last", "--at", "2")) < 5
    assert "hidden" in [row[2] for row in show(invoke, "messages", "--tokens", "280")]


def test_the_messages_themselves_are_shown(invoke: Invoke) -> None:
    invoke("ask", QUESTION)
    told = invoke("memory", "show", "messages", "--messages").out
    assert told.startswith(f"user:\n{QUESTION}")
    assert '<observation tool="days_between"' in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["maskk"], "no memory called 'maskk'"),
        (["messages", "none"], "none"),
        (["mask(-1)"], "mask"),
        (["messages", "last", "--at", "999"], "has records 1 to"),
    ],
)
def test_what_cannot_be_shown_is_told(invoke: Invoke, arguments: list[str], said: str) -> None:
    invoke("ask", QUESTION)
    outcome = invoke("memory", "show", *arguments)
    assert outcome.code != 0
    assert said in outcome.err
