"""`agent-brain memory`: what models are shown of a run."""

import asyncio
from pathlib import Path

import pytest

from agent_brain import Brain, ScriptedModel, tool
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


LOOK = '{"name": "look", "args": {"at": %d}}'
FOLDED = [
    '{"name": "branch", "args": {"task": "look"}}',
    LOOK % 1,
    '{"name": "return_result", "args": {"result": "x"}}',
]
WHYS = {
    "messages --tokens 300": {"there is no room"},
    "window(2)": {"before the last groups"},
    "budget(300)": {"before the last groups that fit"},
    "mask(1)": {"an old outcome, masked"},
    "summary(tokens=900, keep=2)": {"summed up"},
    "fold": {"of a closed branch"},
    "state": {"before the last reply"},
    "long_short('memory', groups=2)": {"before the last groups"},
}


@tool(read_only=True)
def look(at: int) -> str:
    """Look."""
    return f"word {at}\n" * 80


async def keep_run(path: Path, memory: str) -> None:
    """A run of several steps, with this memory, in a file."""
    actions = FOLDED if memory == "fold" else [LOOK % number for number in range(6)]
    model, keeper = ScriptedModel([*actions, "I have seen it.", "It is done."]), ScriptedModel(lambda _: "Seen.")
    brain = Brain("react", memory, model=model, memory_model=keeper, tools=[look], store=path)
    assert (await brain.run("Look around.", run_id="one")).answer == "It is done."
    await brain.aclose()


@pytest.mark.parametrize("spec", WHYS)
def test_why_something_is_hidden_is_told_of_each_history_at_any_record(
    invoke: Invoke, tmp_path: Path, spec: str
) -> None:
    memory, *flags = spec.split(" --") if "--" in spec else [spec]
    asyncio.run(keep_run(tmp_path / "runs.db", memory))
    given = [word for flag in flags for word in f"--{flag}".split()]
    outcome = invoke("memory", "show", memory, "one", *given, "--store", str(tmp_path / "runs.db"))

    rows = [line for line in outcome.out.splitlines() if " hidden " in line or " changed " in line]
    assert rows, outcome.err
    assert {why for row in rows for why in WHYS[spec] if row.rstrip().endswith(why)} == WHYS[spec]
    assert all(row.rstrip().endswith(tuple(WHYS[spec])) for row in rows)
    assert ("beside" in outcome.out) is memory.startswith(("summary", "state"))
    for at in (1, 20, 40):
        assert invoke("memory", "show", memory, "one", "--at", str(at), "--store", str(tmp_path / "runs.db")).code == 0


@pytest.mark.parametrize("name", OVERLAYS)
def test_what_a_memory_would_have_done_before_the_next_prompt_is_told(
    invoke: Invoke, tmp_path: Path, name: str
) -> None:
    asyncio.run(keep_run(tmp_path / "runs.db", "messages"))
    is_kept = OVERLAYS[name].startswith("agent_brain.wiring.archives:")
    spec = f"{name}({str(tmp_path / 'm.db')!r})" if is_kept else name
    outcome = invoke("memory", "show", spec, "one", "--store", str(tmp_path / "runs.db"))

    assert outcome.code == 0, outcome.err
    due = "recall" if name in {"episodic", "keyfacts", "reflective", "graph"} else "reading"
    assert ("it would go to its archive: " + due in outcome.out) is is_kept
    assert not (tmp_path / "m.db").exists()


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
        (["messages+todo(x=3)"], "memory 'todo(x=3)': got an unexpected keyword argument 'x'; it takes: remind_after"),
        (["mask(2)+lessons(0)"], "memory 'lessons(0)': lessons(0) would show none"),
        (["messages+episodic(top=0)"], "memory 'episodic(top=0)': episodic has top=0"),
        (["messages+graph(top='x')"], "top is 'x'; wanted a whole number"),
        (["messages+playbook('no.db', frozen=True)"], "memory \"playbook('no.db', frozen=True)\": there is no archive"),
    ],
)
def test_what_cannot_be_shown_is_told(invoke: Invoke, arguments: list[str], said: str) -> None:
    invoke("ask", QUESTION)
    outcome = invoke("memory", "show", *arguments)
    assert outcome.code != 0
    assert said in outcome.err
