"""Folding: branches are opened, closed, bounded, and shown as their results; what a person said in one stays."""

import json
from collections.abc import Sequence
from contextlib import aclosing
from itertools import pairwise
from typing import Any

import pytest

from agent_brain import Brain, MemoryEnv, Message, ScriptedModel, Status, tool
from agent_brain.core.items import ItemKind, Observation, OutcomeStatus
from agent_brain.core.lens import Lens
from agent_brain.core.records import Asked
from agent_brain.core.state import StateType
from agent_brain.memories.folded import BRANCH, RETURN, Folded
from memories.counted import count_lines
from memories.logs import WIRES, Step, act, do, flatten, look, make_budget, make_env, render, show

BRANCHED: Sequence[Step] = [
    ("think", "Let us see.", ""),
    ("branch", "Read the pages."),
    ("act", "I read.", "", [("a page\n" * 20, "finished")]),
    ("act", "I read on.", "", [("another page\n" * 20, "finished")]),
]
CLOSED: Sequence[Step] = [*BRANCHED, ("return", "The harbour is red.")]


@tool(read_only=True)
def read_page(number: int) -> str:
    """Read one page of the book."""
    return f"Page {number}.\n" + "The harbour is red.\n" * 30


def branch_and_return(messages: Sequence[Message]) -> str:
    """Reads two pages in a branch, closes it, and answers from its result."""
    shown = "\n".join(message["content"] + json.dumps(message.get("tool_calls", "")) for message in messages[1:])
    if "Result: red" in shown:
        return "It is red." if "Page" not in shown else "I see too much."
    if "The branch is open" not in shown:
        return json.dumps({"name": BRANCH, "args": {"task": "Read two pages."}})
    if shown.count("Page ") < 2:
        return json.dumps({"name": "read_page", "args": {"number": 1 + shown.count("Page ")}})
    return json.dumps({"name": RETURN, "args": {"result": "Result: red"}})


def make_brain(**options: Any) -> Brain:
    model = ScriptedModel(branch_and_return)
    return Brain(net="react_brief", memory="fold", model=model, tools=[read_page], **options)


def show_text(env: MemoryEnv) -> str:
    return flatten(show(WIRES["native"], render(Folded(), env).items))


def test_a_closed_branch_is_shown_as_its_task_and_its_result() -> None:
    text = show_text(make_env(CLOSED))

    assert "Read the pages." in text
    assert "The harbour is red.\n(Items 4 to 9 are folded; recall(id=4) shows the first.)" in text
    assert "I read" not in text
    assert "page\n" not in text


def test_in_an_open_branch_all_before_it_is_shown_and_the_task_is_told_at_the_end() -> None:
    env = make_env(BRANCHED)
    items = render(Folded(), env).items

    assert items[:-1] == list(env.log)
    assert items[-1].kind is ItemKind.SHOWN
    assert items[-1].text.startswith("You are in the branch: Read the pages.")


def test_in_a_branch_each_prompt_begins_as_the_one_before_and_after_it_as_where_it_was_opened() -> None:
    env, prompts = make_env(), []
    for step in [*CLOSED, ("think", "So it is red.", "")]:
        do(env, step)
        items = [item for item in render(Folded(), env).items if item.kind is not ItemKind.SHOWN]
        prompts.append(flatten(show(WIRES["native"], items, "")))

    assert [after.startswith(before) for before, after in pairwise(prompts)] == [
        True, True, True, False, True,
    ]  # fmt: skip
    assert prompts[4].startswith(prompts[0])


@pytest.mark.parametrize(
    ("done", "name", "args", "said"),
    [
        ([], RETURN, {"result": "x"}, "no branch is open; branch opens one"),
        (CLOSED, RETURN, {"result": "x"}, "no branch is open; branch opens one"),
        (BRANCHED, BRANCH, {"task": "y"}, "you are in a branch already: Read the pages."),
        ([*CLOSED, *CLOSED], BRANCH, {"task": "y"}, "there were 2 branches for this question"),
        ([], BRANCH, {"task": ""}, "wrong arguments: task"),
    ],
)
def test_there_is_one_branch_at_a_time_and_a_bounded_number_of_them(
    done: list[Step], name: str, args: dict[str, str], said: str
) -> None:
    env = make_env(done)
    tools: dict[str, Any] = {tool.spec.name: tool for tool in Folded(2).tools}

    found = tools[name].look(args, env)

    assert found.status is OutcomeStatus.FAILED
    assert found.text.startswith(said)


def test_a_further_question_ends_a_branch_as_it_is_and_has_branches_of_its_own() -> None:
    env = make_env(BRANCHED)
    env.add(ItemKind.ANSWER, "It is red.")
    env.update(Asked("r", StateType.REASONING, "And the mill?"))

    assert render(Folded(), env).items == list(env.log)
    look(env, BRANCH, {"task": "Read of the mill."})
    assert env.log[-1].outcome == Observation(f"The branch is open. When its task is done, call {RETURN}.")


def test_what_a_person_said_in_a_branch_stays() -> None:
    env = make_env([*BRANCHED, ("ask", "Which page?"), ("return", "The harbour is red."), ("think", "So.", "")])
    kinds = [item.kind for item in render(Folded(), env).items]

    assert kinds == ["goal", "thought", "thought", "action", "question", "reply", "thought"]


def test_a_branch_too_long_for_the_context_loses_its_beginning_and_never_its_result() -> None:
    env = make_env(BRANCHED)
    hidden = make_budget(WIRES["native"], None, since=len(env.log) - 2)
    assert "branch" not in [item.action.name for item in render(Folded(), env, hidden).items if item.action]

    do(env, ("return", "The harbour is red."))

    assert "The harbour is red." in "".join(render(Folded(), env, hidden).texts)
    assert "Let us see." not in render(Folded(), env, hidden).texts


def test_a_refused_branch_folds_nothing() -> None:
    env = make_env([*BRANCHED, ("branch", "Another one."), ("act", "I read.", "", [("a page", "finished")])])
    assert render(Folded(), env).items[:-1] == list(env.log)


def test_what_it_costs_does_not_grow_with_what_is_folded() -> None:
    costs = []
    for length in (20, 400):
        reading: list[Step] = [("act", "I read.", "", [("a page", "finished")])] * length
        env = make_env([("branch", "Read."), *reading, ("return", "red")])
        Folded().render(env, Lens())
        act(env, "I go on.", "", [Observation("on")])
        costs.append(count_lines(lambda env=env: Folded().render(env, Lens())))  # type: ignore[misc]  # its own env

    assert costs[1] <= costs[0] + 50


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_a_model_works_in_a_branch_and_sees_its_result_alone_and_the_replay_is_the_same(wire: str) -> None:
    brain = make_brain(wire=wire)
    result = await brain.run("Which colour has the harbour?", run_id="r")

    assert (result.status, result.answer) == (Status.ANSWERED, "It is red.")
    (await brain.replay("r")).check()


async def test_a_run_that_is_cut_anywhere_in_a_branch_comes_to_the_same_end() -> None:
    brain = make_brain()
    await brain.run("Which colour has the harbour?", run_id="r")
    async with aclosing(brain.store.read("r")) as commits:
        heads = [commit.last async for commit in commits]

    for head in heads[:-1]:
        fork = await brain.go_on(await brain.fork("r", head))
        assert fork.answer == "It is red.", head
