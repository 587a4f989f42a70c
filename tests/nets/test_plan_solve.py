"""Plan-and-Solve: two calls, and which words ask for them."""

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status
from agent_brain.core.errors import SetupError
from agent_brain.core.state import StateType
from agent_brain.nets.plan_solve import MOVES, PROMPTS, SOLVE, make_plan_solve
from agent_brain.nets.words import load_words
from nets.walking import check_resumes, find_path, go_by

WORDS = load_words("plan_solve")
GOAL = "How many legs have three cats?"


def make_model() -> ScriptedModel:
    return go_by((WORDS["answer"], "12"), ("", "Each has 4. 3 x 4 = 12."))


@pytest.mark.parametrize("prompt", PROMPTS)
async def test_it_costs_two_calls_the_first_of_which_works_it_out(prompt: str) -> None:
    brain = Brain(net=f"plan_solve(prompt='{prompt}')", model=(model := make_model()), store=MemoryStore())

    result = await brain.run(GOAL, run_id="r")

    assert (result.answer, result.status, result.usage.model_calls) == ("12", Status.ANSWERED, 2)
    assert await find_path(brain.store) == [StateType.ANSWER]
    assert model.calls[0][-1]["content"] == f"{GOAL}\n\n<instruction>\n{WORDS[prompt]}\n</instruction>"
    assert [message["content"] for message in model.calls[1][1:3]] == [GOAL, "Each has 4. 3 x 4 = 12."]


async def test_a_limit_is_met_with_an_answer() -> None:
    result = await Brain(net="plan_solve", model=make_model(), limits=Limits(model_calls=1)).run(GOAL)

    assert (result.answer, result.status, result.usage.model_calls) == ("12", Status.LIMITED, 1)


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_a_run_killed_anywhere_comes_to_the_same_end(wire: str) -> None:
    store = MemoryStore()

    def make() -> Brain:
        return Brain(net="plan_solve", model=make_model(), store=store, wire=wire)

    await check_resumes(make, await make().run(GOAL, run_id="r"))


def test_the_net_has_the_moves_that_its_table_says() -> None:
    net = make_plan_solve(WORDS)

    assert dict(net.table) == {source: frozenset(row) for source, row in MOVES.items()}
    assert net.start == SOLVE


def test_a_prompt_that_is_none_is_refused() -> None:
    with pytest.raises(SetupError, match="prompt is 'minus'; wanted one of: plus, plain, cot"):
        make_plan_solve(WORDS, prompt="minus")
