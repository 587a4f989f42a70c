"""ADaPT: only what fails is taken apart, to a depth; all steps or any of them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status
from agent_brain.core.errors import SetupError
from agent_brain.core.items import ItemKind, Message
from nets.planners import show
from nets.walking import check_resumes, find_path

PLAN, FINAL = "Take it apart", "final answer"


class Maker:
    """Makes what it can in one go, and knows what everything else is made of."""

    def __init__(self, can: Sequence[str], recipes: Mapping[str, str]) -> None:
        self.can = can
        self.recipes = recipes

    def reply(self, messages: Sequence[Message]) -> str:
        last, shown = messages[-1]["content"], show(messages)
        what = find_thing(messages)
        if PLAN in last:
            return self.recipes[what]
        if FINAL in last:
            return f"FAILED: no {what}" if shown.rpartition("Result: ")[2].startswith("FAILED") else f"{what} is made"
        return f"{what} is made" if what in self.can else f"FAILED: {what} is too much"


def find_thing(messages: Sequence[Message]) -> str:
    """What is to be made, by the run that is asked."""
    goal = next(message["content"] for message in messages if message["role"] == "user")
    return str(re.findall(r"^Make (.*)", goal, re.MULTILINE)[0])


def make_brain(maker: Maker, net: str = "adapt", **parts: Any) -> Brain:
    parts.setdefault("store", MemoryStore())
    return Brain(net=net, model=ScriptedModel(maker.reply), **parts)


SOUP = {"soup": "ALL\n1. Make broth\n2. Make noodles", "broth": "ALL\n1. Make stock", "noodles": "ANY\n1. Make dough"}


async def test_what_can_be_done_in_one_go_is_not_taken_apart() -> None:
    brain = make_brain(Maker(["soup"], {}))
    result = await brain.run("Make soup", run_id="r")
    assert (result.answer, result.usage.model_calls) == ("soup is made", 1)
    assert await find_path(brain.store) == ["answer"]


async def test_what_fails_is_taken_apart() -> None:
    brain = make_brain(Maker(["broth", "noodles"], SOUP))
    result = await brain.run("Make soup", run_id="r")
    assert result.answer == "soup is made"
    assert await find_path(brain.store) == ["plan", "step", "step", "answer"]
    assert result.usage.model_calls == 1 + 1 + 2 + 1  # the try, the plan, two steps, the answer


async def test_what_fails_of_it_is_taken_apart_in_turn() -> None:
    result = await make_brain(Maker(["stock", "noodles"], SOUP)).run("Make soup")
    assert result.answer == "soup is made"
    assert result.usage.model_calls == 1 + 1 + (1 + 1 + 1 + 1) + 1 + 1


async def test_all_steps_end_with_the_first_that_fails() -> None:
    brain = make_brain(Maker(["noodles"], SOUP), "adapt(levels=2)")
    result = await brain.run("Make soup", run_id="r")
    assert result.answer == "FAILED: no soup"
    assert await find_path(brain.store) == ["plan", "step", "answer"]


async def test_any_step_ends_with_the_first_that_succeeds() -> None:
    maker = Maker(["toast"], {"food": "ANY\n1. Make cake\n2. Make toast\n3. Make soup"})
    brain = make_brain(maker, "adapt(levels=2)")
    result = await brain.run("Make food", run_id="r")
    assert result.answer == "food is made"
    assert await find_path(brain.store) == ["plan", "step", "step", "answer"]


@pytest.mark.parametrize(("levels", "tries"), [(2, 2), (3, 3), (5, 5), (8, 8)])
async def test_the_recursion_of_a_task_that_always_fails_has_a_bound(levels: int, tries: int) -> None:
    class Hopeless(dict[str, str]):
        def __missing__(self, what: str) -> str:
            return f"ALL\n1. Make a part of {what}"

    result = await make_brain(Maker([], Hopeless()), f"adapt(levels={levels})").run("Make gold")
    assert result.status is Status.ANSWERED
    assert result.answer.startswith("FAILED")
    assert result.usage.model_calls == tries + 2 * (levels - 1)  # above the last level a plan and an answer each


async def test_a_plan_that_is_longer_than_its_bound_is_stopped() -> None:
    maker = Maker(["a", "b", "c"], {"all": "ALL\n1. Make a\n2. Make b\n3. Make c"})
    result = await make_brain(maker, "adapt(levels=2, steps_max=2)").run("Make all")
    assert (result.status, result.env.limit) == (Status.LIMITED, "the limit of 2 steps of the plan was reached")
    assert sum(item.kind is ItemKind.NOTE for item in result.env.log) == 1 + 2


async def test_a_model_that_cannot_plan_is_corrected_and_then_the_failure_is_told() -> None:
    brain = make_brain(Maker([], {"soup": "I do not know."}))
    result = await brain.run("Make soup", run_id="r")
    assert result.answer.startswith("FAILED")
    assert await find_path(brain.store) == ["plan", "plan", "plan", "answer"]


async def test_steps_see_the_plan_and_what_came_of_the_steps_before_them() -> None:
    brain = make_brain(Maker(["broth", "noodles"], SOUP))
    await brain.run("Make soup")
    model = brain.models["default"]
    assert isinstance(model, ScriptedModel)
    last = show(model.calls[-2])
    assert '<memory name="plan">\n1. Make noodles\n</memory>' in last
    assert "Step: Make broth\nResult: broth is made" in last


@pytest.mark.parametrize("levels", [1, 9])
def test_a_depth_that_makes_no_sense_is_refused(levels: int) -> None:
    with pytest.raises(SetupError, match="wanted 2 to 8"):
        make_brain(Maker([], {}), f"adapt(levels={levels})")


@pytest.mark.parametrize("most", range(2, 10))
async def test_a_limit_in_the_middle_is_kept_and_answered(most: int) -> None:
    result = await make_brain(Maker(["stock", "noodles"], SOUP), limits=Limits(model_calls=most)).run("Make soup")
    assert result.usage.model_calls <= most
    assert result.answer.endswith(("is made", "no soup"))


async def test_a_run_killed_anywhere_comes_to_the_same_end_and_replays() -> None:
    store = MemoryStore()

    def make() -> Brain:
        return make_brain(Maker(["stock", "noodles"], SOUP), store=store)

    await check_resumes(make, await make().run("Make soup", run_id="r"))
