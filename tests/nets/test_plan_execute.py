"""Plan and execute: each move, what an executor sees, the bounds, and what the models are asked."""

from collections.abc import Sequence
from typing import Any

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status, tool
from agent_brain.core.errors import SetupError, UnknownName
from agent_brain.core.items import ItemKind, Message
from agent_brain.core.store import Store
from agent_brain.nets.plan import is_same_step, read_answer, read_steps
from nets.planners import FINAL, PLAN, REPLAN, Planner, find_prompts, find_step, show
from nets.walking import check_resumes, find_path

STEPS = ("Find Ann", "Find Bob", "Compare them")
EXECUTOR = "one step of a larger plan"


def make_brain(model: ScriptedModel, net: str = "plan_execute", store: Store | None = None, **parts: Any) -> Brain:
    return Brain(net=net, model=model, store=store or MemoryStore(), **parts)


async def test_it_plans_has_each_step_done_plans_anew_and_answers() -> None:
    brain = make_brain(Planner(STEPS).make_model())

    result = await brain.run("Who is older?", run_id="r")

    assert result.answer == "All is done."
    assert await find_path(brain.store) == ["step", "replan"] * 3 + ["answer"]
    assert [item.text for item in result.env.log if item.kind is ItemKind.NOTE] == [
        f"Step: {step}\nResult: {step} is done" for step in STEPS
    ]


@pytest.mark.parametrize("steps", range(1, 6))
async def test_it_asks_once_and_for_each_step_and_once_after_each(steps: int) -> None:
    names = [f"Do part {number}" for number in range(steps)]
    result = await make_brain(Planner(names).make_model()).run("Do it.")
    assert result.usage.model_calls == 1 + steps * 1 + steps


async def test_the_steps_of_an_executor_with_tools_are_counted_in() -> None:
    def execute(messages: Sequence[Message]) -> str:
        said = "</observation>" in show(messages)
        return "It is 3." if said else '{"name": "look", "args": {}}'

    @tool
    def look() -> int:
        """Look."""
        return 3

    model = Planner(STEPS, executor=execute).make_model()
    result = await make_brain(model, tools=[look]).run("Who is older?")
    assert result.usage.model_calls == 1 + 3 * 2 + 3
    assert result.usage.tool_calls == 3


async def test_a_plan_that_is_an_answer_is_one_call() -> None:
    brain = make_brain(ScriptedModel(["ANSWER: Four."]))
    result = await brain.run("What is 2 + 2?", run_id="r")
    assert (result.answer, result.usage.model_calls) == ("Four.", 1)
    assert await find_path(brain.store) == ["answer"]


async def test_a_step_that_failed_is_planned_anew_and_may_be_done_again() -> None:
    planner = Planner(("Find Ann",))
    tries: list[str] = []

    def execute(messages: Sequence[Message]) -> str:
        tries.append(find_step(messages))
        return "FAILED: nobody is there" if len(tries) == 1 else "Ann is here"

    planner.executor = execute
    result = await make_brain(planner.make_model()).run("Where is Ann?")
    assert (tries, result.answer) == (["Find Ann", "Find Ann"], "All is done.")


async def test_by_default_an_executor_sees_plan_and_earlier_results() -> None:
    model = Planner(STEPS).make_model()
    await make_brain(model).run("Who is older?")
    _, second, _ = find_prompts(model, EXECUTOR)
    assert "Result: Find Ann is done" in second
    assert '<memory name="plan">\n1. Find Bob\n2. Compare them\n</memory>' in second
    assert "Who is older?" not in second


async def test_the_tutorials_executor_that_sees_no_earlier_results_starves() -> None:
    def execute(messages: Sequence[Message]) -> str:
        if find_step(messages) == "Find the key":
            return "The key is 4711"
        return "The door is open" if "4711" in show(messages) else "FAILED: no key"

    async def run(view: str) -> list[str]:
        planner = Planner(("Find the key", "Open the door"), executor=execute)
        result = await make_brain(planner.make_model(), f"plan_execute(view='{view}', steps_max=4)").run("Open it.")
        return [item.text.rpartition("Result: ")[2] for item in result.env.log if item.kind is ItemKind.NOTE]

    assert await run("plan+results") == ["The key is 4711", "The door is open"]
    assert await run("plan") == ["The key is 4711", *["FAILED: no key"] * 3]


@pytest.mark.parametrize("view", ["step", "question", "plan", "results", "question+plan", "question+plan+results"])
async def test_an_executor_sees_what_its_view_names_and_nothing_else(view: str) -> None:
    model = Planner(STEPS).make_model()
    await make_brain(model, f"plan_execute(view='{view}')").run("Who is older?")
    last = find_prompts(model, EXECUTOR)[1]
    shown = {"question": "Who is older?", "plan": "2. Compare them", "results": "Find Ann is done"}
    assert {name for name, words in shown.items() if words in last} == set(view.split("+")) - {"step"}


def test_a_view_of_something_else_names_what_there_is() -> None:
    with pytest.raises(UnknownName, match=r"'reslts'.*results"):
        make_brain(ScriptedModel([]), "plan_execute(view='plan+reslts')")


async def test_a_replanner_that_repeats_finished_steps_is_not_obeyed() -> None:
    replies = ["1. Find Ann\n2. Find Bob", "Ann.", "1. find ann.\n2. Find Bob", "Bob.", "ANSWER: Both."]
    result = await make_brain(ScriptedModel(replies)).run("Who?")
    assert (result.answer, result.usage.model_calls) == ("Both.", 5)


async def test_a_replanner_with_nothing_but_finished_steps_is_told_so() -> None:
    brain = make_brain(ScriptedModel(["1. Find Ann", "Ann.", "1. Find Ann", "ANSWER: Ann."]))
    result = await brain.run("Who?", run_id="r")
    assert result.answer == "Ann."
    assert "done already" in result.env.log[-3].text
    assert await find_path(brain.store) == ["step", "replan", "replan", "answer"]


async def test_a_plan_that_cannot_be_read_is_mended_and_then_the_goal_is_the_step() -> None:
    replies = ["Let me see.", "Hm.", "I do not know.", "It is Ann.", "ANSWER: Ann."]
    model = ScriptedModel(replies)
    brain = make_brain(model)
    result = await brain.run("Who?", run_id="r")
    assert result.answer == "Ann."
    assert await find_path(brain.store) == ["plan", "plan", "step", "replan", "answer"]
    assert find_step(model.calls[3]) == "Who?"
    assert "neither a numbered list" in model.calls[1][-1]["content"]


async def test_a_replanner_that_never_ends_is_stopped_at_its_bound() -> None:
    count = iter(range(100))

    def reply(messages: Sequence[Message]) -> str:
        last = messages[-1]["content"]
        if FINAL in last:
            return "As far as I came."
        return f"1. Do part {next(count)}" if PLAN in last or REPLAN in last else "done"

    brain = make_brain(ScriptedModel(reply), "plan_execute(steps_max=3)")
    result = await brain.run("Go on for ever.", run_id="r")
    assert (result.status, result.answer) == (Status.LIMITED, "As far as I came.")
    assert result.env.limit == "the limit of 3 steps of the plan was reached"
    assert await find_path(brain.store) == ["step", "replan"] * 3 + ["answer"]
    assert result.usage.model_calls == 1 + 3 + 3 + 1


def test_a_bound_of_nothing_is_refused() -> None:
    with pytest.raises(SetupError, match="steps_max is 0"):
        make_brain(ScriptedModel([]), "plan_execute(steps_max=0)")


@pytest.mark.parametrize("most", range(2, 8))
async def test_a_limit_in_the_middle_is_kept_and_answered(most: int) -> None:
    model = Planner(STEPS).make_model()
    result = await make_brain(model, limits=Limits(model_calls=most)).run("Who is older?")
    finished = most >= 1 + 3 + 3 + 1  # one is kept back for the answer
    assert result.usage.model_calls <= most
    assert result.status is (Status.ANSWERED if finished else Status.LIMITED)
    assert result.answer in {"All is done.", "So be it."}


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_a_run_killed_anywhere_comes_to_the_same_end_and_replays(wire: str) -> None:
    store = MemoryStore()

    def make() -> Brain:
        return make_brain(Planner(STEPS).make_model(), store=store, wire=wire)

    await check_resumes(make, await make().run("Who is older?", run_id="r"))


async def test_a_further_question_is_planned_without_what_was_done_for_the_last_one() -> None:
    again = ["1. Find Ann\n2. Find Bob", "Ann.", "1. Find Ann\n2. Find Bob"]
    model = ScriptedModel(["1. Find Ann", "Ann was here.", "ANSWER: Ann.", *again, "Bob.", "ANSWER: Both."])
    brain = make_brain(model)
    first = await brain.run("Who?")
    second = await brain.run("And now?", after=first.env)
    assert (first.answer, second.answer) == ("Ann.", "Both.")
    assert [
        ("Ann was here." in show(messages), "Result: Ann." in show(messages)) for messages in model.calls[4:7:2]
    ] == [
        (False, False),
        (False, True),
    ]


@pytest.mark.parametrize("net", ["plan_execute", "ask(plan_execute)"])
async def test_a_plan_that_a_limit_has_left_is_not_shown_for_a_further_question(net: str) -> None:
    model = Planner(STEPS).make_model()
    brain = make_brain(model, net, limits=Limits(steps=4))
    first = await brain.run("Who is older?")
    asked = len(model.calls)

    second = await brain.run("And now?", after=first.env, run_id="r")

    assert (first.status, "plan" in first.env.slots) == (Status.LIMITED, True)
    assert '<memory name="plan">' not in show(model.calls[asked])
    assert second.status is Status.LIMITED
    (await brain.replay("r")).check()


async def test_the_replanner_sees_what_is_still_to_be_done() -> None:
    model = Planner(STEPS).make_model()
    await make_brain(model).run("Who is older?")
    first = find_prompts(model, REPLAN)[0]
    assert '<memory name="plan">\n1. Find Bob\n2. Compare them\n</memory>' in first


async def test_an_answer_that_comes_early_leaves_the_other_steps() -> None:
    brain = make_brain(ScriptedModel(["1. Find Ann\n2. Find Bob", "Ann knows all.", "ANSWER: Ann knows."]))
    result = await brain.run("Who knows?", run_id="r")
    assert result.answer == "Ann knows."
    assert await find_path(brain.store) == ["step", "replan", "answer"]
    assert "plan" not in result.env.slots


async def test_of_a_long_result_later_steps_see_both_ends_and_the_planner_all() -> None:
    long = "begin " + "word " * 5000 + "end"
    model = Planner(STEPS, {"Find Ann": long}).make_model()
    await make_brain(model).run("Who is older?")
    second = find_prompts(model, EXECUTOR)[1]
    assert len(second) < 6000
    assert "Result: begin" in second
    assert "word end" in second
    assert long in find_prompts(model, REPLAN)[0]


async def test_a_plan_inside_a_plan_knows_what_earlier_steps_have_found() -> None:
    find = ["1. Find the key\n2. Open the door", "1. Look", "The key is 4711", "ANSWER: The key is 4711"]
    use = ["1. Open the door", "1. Turn the key", "It is open", "ANSWER: It is open", "ANSWER: Done."]
    model = ScriptedModel([*find, *use])
    result = await make_brain(model, "plan_execute(plan_execute)").run("Get in.")
    assert result.answer == "Done."
    assert find_step(model.calls[6]) == "Turn the key"
    assert "Result: The key is 4711" in show(model.calls[6])


@pytest.mark.parametrize(
    "text",
    [
        "1. Find Ann\n2. Find Bob",
        "Here is the plan:\n\n1) Find Ann\n2) Find Bob\n",
        "**Step 1:** Find Ann\n**Step 2:** Find Bob",
        "- Find Ann\n- Find Bob",
        "```\n1. Find Ann\n2. Find Bob\n```",
        "Step 1. Find Ann\nStep 2. Find Bob",
    ],
)
def test_steps_are_read_however_they_are_written(text: str) -> None:
    assert read_steps(text) == ["Find Ann", "Find Bob"]


def test_further_lines_belong_to_the_step_above() -> None:
    assert read_steps("1. Find Ann\n   - in Rome\n2. Find Bob") == ["Find Ann\n- in Rome", "Find Bob"]


@pytest.mark.parametrize("text", ["", "I do not know.", "In 1999. Then he left.", "3.5 is the price", "-5 degrees"])
def test_words_are_no_steps(text: str) -> None:
    assert read_steps(text) == []


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("ANSWER: 4", "4"),
        ("**Answer:** 4", "4"),
        ("All is known.\nANSWER: 1. Ann\n2. Bob", "1. Ann\n2. Bob"),
        ("1. Answer the question", ""),
        ("ANSWER:", ""),
        ("The answer: none", ""),
    ],
)
def test_an_answer_stands_behind_its_word_at_the_beginning_of_a_line(text: str, answer: str) -> None:
    assert read_answer(text) == answer


def test_the_same_step_in_other_letters_is_the_same() -> None:
    assert is_same_step("Find Ann.", "find  ANN")
    assert not is_same_step("Find Ann", "Find Anna")
