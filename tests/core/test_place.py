"""Where in a run a call is made, told from its env alone."""

import pytest

from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.place import Placed, find_place, put_in_place


def make_env(run_id: str) -> MemoryEnv:
    """A run that reasons for the second time."""
    env = MemoryEnv.begin(run_id, "net", "", "reasoning", "Why?")
    env.set_state("action")
    env.set_state("reasoning")
    return env


@pytest.mark.parametrize("run_id", ["r", "7c8a5e", "lab/task/arm/3", "a:b"])
def test_the_place_says_nothing_of_the_runs_own_name(run_id: str) -> None:
    assert find_place(make_env(run_id)) == " 1.reasoning#2"


def test_the_place_of_a_run_inside_is_the_path_to_it() -> None:
    assert find_place(make_env("r:s3-0")) == ":s3-0 1.reasoning#2"
    assert find_place(make_env("r:s3-0:12:s1-4")) == ":s3-0:12:s1-4 1.reasoning#2"


def test_what_else_stands_in_the_log_does_not_matter_but_a_further_question_does() -> None:
    env = make_env("r")
    env.add(ItemKind.THOUGHT, "Because.")
    assert find_place(env, "upkeep summary 3") == " 1.reasoning#2 upkeep summary 3"

    env.add(ItemKind.GOAL, "And why that?")
    assert find_place(env) == " 2.reasoning#2"


def test_a_part_to_which_places_do_not_matter_is_left_as_it_is() -> None:
    part = object()

    assert put_in_place(part, make_env("r")) is part


def test_another_part_is_asked_in_its_place() -> None:
    class Part:
        def __init__(self, place: str = "") -> None:
            self.place = place

        def placed(self, place: str) -> "Part":
            return Part(place)

    part: object = Part()
    assert isinstance(part, Placed)
    assert put_in_place(Part(), make_env("r"), "item 4").place == " 1.reasoning#2 item 4"
