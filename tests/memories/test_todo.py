"""The to-do list: written whole by a tool, recited after the log, and doubted where it was left alone."""

from collections.abc import Sequence
from typing import Any

import pytest

from agent_brain import Brain, MemoryStore
from agent_brain.core.items import FaultKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.looking import MemoryTool
from agent_brain.memories.todo import Todo
from memories.overlays import act, call, get_last, make_env, play, think

ITEMS = [{"text": "read", "status": "completed"}, {"text": "count", "status": "in_progress"}, {"text": "tell"}]
LIST = "[x] read\n[>] count\n[ ] tell"


def write(env: MemoryEnv, items: Sequence[dict[str, Any]]) -> None:
    """What a model does when it writes a list."""
    [tool] = Todo().tools
    assert isinstance(tool, MemoryTool)
    act(env, tool.name, tool.look({"items": items}, env), items=items)


@pytest.mark.parametrize("wire", ["text", "auto"])
async def test_it_is_recited_after_the_log(wire: str) -> None:
    brain = Brain(
        "react_brief",
        "messages+todo",
        model=(model := play(call("write_todo", items=ITEMS))),
        store=MemoryStore(),
        wire=wire,
    )
    result = await brain.run("Count the ships.", run_id="r")

    assert get_last(model).endswith(f'<memory name="todo">\n{LIST}\n</memory>')
    assert result.env.slots == {"todo": LIST}
    assert await brain.load("r") == result.env
    (await brain.replay("r")).check()


def test_a_new_list_replaces_the_old_one_and_an_empty_one_removes_it() -> None:
    env = make_env()
    write(env, ITEMS)
    write(env, [{"text": "tell\n[x] lie"}])
    assert Todo().show(env) == "[ ] tell [x] lie"
    write(env, [])
    assert (Todo().show(env), dict(env.slots)) == ("", {})


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ([{"text": "a", "status": "in_progress"}] * 2, "2 items are in_progress, wanted at most one"),
        ([{"text": "a", "status": "doing"}], "items[0].status: found 'doing', wanted 'pending', 'in_progress' or"),
        ([{"status": "pending"}], "items[0].text: missing"),
        ("a list", "items: found 'a list', wanted a valid list"),
    ],
)
def test_a_wrong_list_changes_nothing_and_says_what_was_wanted(items: Any, said: str) -> None:
    env = make_env()
    write(env, ITEMS)
    write(env, items)
    assert said in env.log[-1].outcome.text  # type: ignore[union-attr]  # it has one
    assert (Todo().show(env), env.faults) == (LIST, {FaultKind.WRONG_ARGUMENTS: 1})


def test_a_stale_todo_is_doubted_until_it_is_written_anew() -> None:
    env = make_env()
    write(env, ITEMS)
    think(env, 3)
    assert Todo(4).show(env) == LIST
    think(env)
    assert (
        Todo(4).show(env) == f"{LIST}\n(It was not touched for a while. Where it is not true any more, write it anew.)"
    )
    write(env, ITEMS)
    assert Todo(4).show(env) == LIST
    think(env, 9)
    assert Todo(0).show(env) == LIST


def test_a_stale_todo_of_an_earlier_question_is_doubted_at_once() -> None:
    env = make_env()
    write(env, ITEMS)
    env.update(type(env).begin("s", "net", "f", "reasoning", "x").fresh[0])  # as a further question does
    assert Todo().show(env).startswith(f"{LIST}\n(It is older than the question.")


def test_a_list_that_is_done_sends_the_model_back_to_the_question() -> None:
    env = make_env()
    write(env, [{"text": "read", "status": "completed"}])
    assert Todo().show(env) == "[x] read\n(All of it is done. Check that the question is answered.)"


def test_who_has_worked_for_a_while_without_a_list_is_told_of_it() -> None:
    env = make_env()
    think(env, 3)
    assert (Todo(4).show(env), Todo(3).show(env)[:18]) == ("", "(There is no list.")
