"""The goal, plans and lessons: slots and questions at the place where they help."""

import pytest

from agent_brain import Brain, SetupError
from agent_brain.core.items import ItemKind
from agent_brain.memories.goal import Goal
from agent_brain.memories.lessons import Lessons
from agent_brain.memories.plan import Plan
from memories.overlays import call, get_last, make_env, play, think


def test_the_goal_is_recited_once_something_else_was_said() -> None:
    env = make_env("Count the ships.")
    assert Goal().show(env) == ""
    think(env)
    assert Goal().show(env) == "Count the ships."


def test_the_snowball_is_all_that_a_person_has_said() -> None:
    env = make_env("Count the ships.")
    env.add(ItemKind.ANSWER, "Where?")
    env.add(ItemKind.GOAL, "In Oslo.")
    env.add(ItemKind.QUESTION, "Today?")
    env.add(ItemKind.REPLY, "Yesterday.")
    think(env)
    assert Goal().show(env) == "In Oslo."
    assert Goal(snowball=True).show(env) == "Count the ships.\n\nIn Oslo.\n\nYesterday."


def test_a_plan_that_a_net_wrote_is_shown_without_a_tool() -> None:
    env = make_env()
    env.put_slot("plan", "1. look")
    assert (Plan().show(env), Plan().tools) == ("1. look", ())


async def test_a_plan_is_written_by_the_model_where_that_was_wanted() -> None:
    model = play(call("write_plan", text="1. look\n2. count"), call("write_plan", text=" "))
    result = await Brain("react_brief", "messages+plan(tool=True)", model=model).run("Count.")
    assert model.calls[1][-1]["content"].endswith('<memory name="plan">\n1. look\n2. count\n</memory>')
    assert ("<memory" in get_last(model), dict(result.env.slots)) == (False, {})


def test_the_last_lessons_are_shown_the_newest_last() -> None:
    env = make_env()
    assert Lessons().show(env) == ""
    env.put_slot("lessons", "Look first.\n\nCount twice.\nThen tell.\n\nDo not guess.\n")
    assert Lessons(2).show(env) == "Count twice.\nThen tell.\n\nDo not guess."
    assert Lessons().show(env).startswith("Look first.")


def test_lessons_none_of_which_is_shown_are_refused() -> None:
    with pytest.raises(SetupError, match=r"lessons\(0\) would show none"):
        Brain(memory="lessons(0)", model=play())
