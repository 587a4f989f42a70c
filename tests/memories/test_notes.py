"""Notes: written, read and listed by tools, and in sight from then on."""

from typing import Any

import pytest

from agent_brain import Brain, MemoryStore, SetupError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.tooling import Tool
from agent_brain.memories.looking import MemoryTool
from agent_brain.memories.notes import Notes
from memories.overlays import act, call, get_last, make_env, play

LONG = "All ships:\n" + "a ship\n" * 60


def use(env: MemoryEnv, name: str, **args: Any) -> str:
    """What a model's call of a tool brings."""
    tool: Tool = next(tool for tool in Notes().tools if tool.spec.name == name)
    assert isinstance(tool, MemoryTool)
    found = tool.look(args, env)
    act(env, name, found, **args)
    return found.text


def test_a_note_is_no_write_only_note_what_was_written_is_shown_from_then_on() -> None:
    env = make_env()
    use(env, "write_note", key="port", text="Oslo")
    use(env, "write_note", key="fleet", text="7 ships")
    assert Notes().show(env) == "fleet: 7 ships\nport: Oslo"


def test_one_key_has_one_note() -> None:
    env = make_env()
    use(env, "write_note", key="port", text="Oslo")
    use(env, "write_note", key=" port ", text="Bergen")
    assert dict(env.slots) == {"note/port": "Bergen"}
    assert use(env, "write_note", key="port", text="") == "removed port"
    assert Notes().show(env) == ""


def test_a_note_that_is_too_long_shows_how_it_begins_and_is_read_with_a_tool() -> None:
    env = make_env()
    use(env, "write_note", key="all", text=LONG)
    use(env, "write_note", key="port", text="Oslo")
    assert (
        Notes(characters_max=100).show(env) == "all: All ships: ... (430 characters; read_note shows them)\nport: Oslo"
    )
    assert use(env, "read_note", key="all") == LONG.strip()
    assert use(env, "list_notes") == "all: 430 characters\nport: 4 characters"


def test_a_key_that_is_not_there_is_told_with_those_that_are() -> None:
    env = make_env()
    use(env, "write_note", key="port", text="Oslo")
    assert use(env, "read_note", key="prt").endswith("found 'prt'; did you mean 'port'?, wanted one of: port")
    assert use(env, "write_note", key=" ", text="x").endswith("wanted a short name")
    assert use(env, "write_note", key="fleet", text="").endswith("wanted one of: port")


async def test_two_notes_of_one_turn_are_both_kept() -> None:
    turn = f"[{call('write_note', key='a', text='1')}, {call('write_note', key='b', text='2')}]"
    store, model = MemoryStore(), play(turn, turn)
    brain = Brain("react_brief", "messages+notes('head')", model=model, store=store)
    result = await brain.run("Count.", run_id="r")

    assert dict(result.env.slots) == {"note/a": "1", "note/b": "2"}
    assert model.calls[-1][1]["content"] == '<memory name="notes">\na: 1\nb: 2\n</memory>\n\nCount.'
    assert "<memory" not in get_last(model)
    (await brain.replay("r")).check()


def test_a_place_that_is_none_is_refused() -> None:
    with pytest.raises(SetupError, match="the place is 'top'; wanted head or tail"):
        Brain(memory="notes('top')", model=play())
