"""Worlds by name."""

import pytest

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.lab.worlds.keychain import open_door
from agent_brain.lab.worlds.table import WORLDS, make_world_tasks
from agent_brain.models.simulated.houses import House, find_key, read_house, tell_found
from agent_brain.models.simulated.stones import read_stone


@pytest.mark.parametrize("name", WORLDS)
def test_every_world_makes_tasks_that_tell_their_answer_to_nobody(name: str) -> None:
    tasks = make_world_tasks(name, count=20, seed=3)

    assert len({task.task_id for task in tasks}) == 20
    assert tasks == make_world_tasks(name, count=20, seed=3) != make_world_tasks(name, count=20, seed=4)
    for task in tasks:
        found = read_house(task.prompt) or read_stone(task.prompt)
        assert found is not None, f"models/simulated reads no question like {task.prompt!r:.100}, so none can play it"
        assert found[0].ask() == task.prompt
        assert (found[0].answer, found[1]) == (task.answer, "")
        assert not isinstance(found[0], House) or str(task.answer) not in task.prompt


def test_an_unknown_world_or_option_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownName, match="keychain"):
        make_world_tasks("keychian", count=1)
    with pytest.raises(UnknownName, match="doors"):
        make_world_tasks("keychain", count=1, dors=3)
    with pytest.raises(SetupError, match="count of world 'keychain' is 0; wanted a whole number of at least 1"):
        make_world_tasks("keychain", count=0)


@pytest.mark.parametrize(("filler", "tokens"), [("mixed", {150, 300, 600}), (300, {300}), (0, {0})])
async def test_what_lies_behind_a_door_is_a_function_of_the_door(filler: int | str, tokens: set[int]) -> None:
    house = f"K0-1-{filler}"
    shown = [await open_door.function(house, door, find_key(house, door - 1)) for door in range(1, 30)]

    assert shown == [await open_door.function(house, door, find_key(house, door - 1)) for door in range(1, 30)]
    found = {
        (len(text) - len(tell_found(house, door, find_key(house, door)))) // 4 for door, text in enumerate(shown, 1)
    }
    assert found == tokens


async def test_a_door_opens_for_its_key_and_for_the_words_in_which_that_was_found() -> None:
    house = "K0-1-300"
    found = await open_door.function(house, 1)

    assert await open_door.function(house, 2, found) == await open_door.function(house, 2, find_key(house, 1))
    for key in ("", find_key(house, 2), found.replace("door 1", "door 7").replace(find_key(house, 1), "AAAAAA")):
        with pytest.raises(Exception, match="the key does not fit"):
            await open_door.function(house, 2, key)
    with pytest.raises(Exception, match="there is no door 0"):
        await open_door.function(house, 0)
