"""A toolbox: what it takes, what it refuses, and what a model gets for a name that nobody has."""

import pytest

from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.items import Action, FaultKind, Observation
from agent_brain.tools.function_tool import tool
from agent_brain.tools.toolbox import Toolbox


def search(query: str) -> str:
    """Search."""
    return query


@tool
async def add(a: int, b: int) -> int:
    return a + b


async def test_it_takes_tools_functions_and_toolboxes_in_order() -> None:
    box = Toolbox([Toolbox([search]), add])
    assert box.names == ("search", "add")
    assert [spec.name for spec in box.specs] == ["search", "add"]
    assert (len(box), box["add"], "nothing" in box) == (2, add, False)
    assert [piece async for piece in box.call(Action(name="add", args={"a": 1, "b": 2}), "1")] == [Observation("3")]


def test_two_tools_of_one_name_are_refused_and_both_named() -> None:
    with pytest.raises(SetupError, match=r"test_toolbox\.add and .*test_toolbox\.search"):
        Toolbox([add, tool(search, name="add")])


async def test_an_unknown_name_is_an_observation_with_the_nearest_and_a_bounded_list() -> None:
    box = Toolbox([tool(search, name=f"search_{n}") for n in range(50)])
    [seen] = [piece async for piece in box.call(Action(name="serch_1"), "1")]
    assert isinstance(seen, Observation)
    assert seen.fault is FaultKind.UNKNOWN_TOOL
    assert "did you mean 'search_1'" in seen.text
    assert "and 20 more" in seen.text


def test_asking_for_an_unknown_name_raises() -> None:
    with pytest.raises(UnknownName, match="known: add"):
        Toolbox([add])["sub"]
