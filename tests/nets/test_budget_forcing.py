"""Budget forcing: thinking that is made to go on, what the model sees of it, and the answer at its end."""

from collections.abc import Sequence

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, Status
from agent_brain.core.errors import SetupError
from agent_brain.core.items import ItemKind, Message
from agent_brain.core.state import StateType
from agent_brain.nets.budget_forcing import EXTEND, MOVES, THINK, find_answer, make_budget_forcing
from agent_brain.nets.words import load_words
from nets.walking import check_resumes, find_path, go_by

WORDS = load_words("budget_forcing")
GOAL = "What is 6 x 7?"


def think(messages: Sequence[Message]) -> str:
    """Its thoughts count themselves."""
    number = str(messages).count("Thought ") + 1
    return f"Thought {number}.\nAnswer: {40 + number}"


def make_model() -> ScriptedModel:
    return go_by((WORDS["answer"], "asked for"), (WORDS["think"], think), (WORDS["again"], think))


@pytest.mark.parametrize("extensions", [0, 1, 3])
async def test_it_costs_one_call_and_one_for_each_extension(extensions: int) -> None:
    net = f"budget_forcing(extensions={extensions})"
    brain = Brain(net=net, model=(model := make_model()), store=MemoryStore())

    result = await brain.run(GOAL, run_id="r")

    assert (result.answer, result.usage.model_calls) == (str(41 + extensions), 1 + extensions)
    assert await find_path(brain.store) == [*[EXTEND, THINK] * extensions, StateType.ANSWER]
    assert [WORDS["again"] in call[-1]["content"] for call in model.calls] == [False, *[True] * extensions]


async def test_wait_stands_at_the_end_of_the_models_own_turn() -> None:
    model = make_model()
    result = await Brain(net="budget_forcing", model=model).run(GOAL)

    assert model.calls[1][2] == {"role": "assistant", "content": "Thought 1.\nAnswer: 41\n\nWait"}
    assert [item.kind for item in result.env.log][1:4] == [ItemKind.THOUGHT, ItemKind.NOTE, ItemKind.THOUGHT]


@pytest.mark.parametrize("calls", [1, 2, 3])
async def test_a_limit_is_met_with_an_answer(calls: int) -> None:
    brain = Brain(net="budget_forcing(extensions=9)", model=make_model(), limits=Limits(model_calls=calls))

    result = await brain.run(GOAL)

    assert (result.answer, result.status, result.usage.model_calls) == ("asked for", Status.LIMITED, calls)


async def test_thinking_without_a_word_is_asked_for_an_answer() -> None:
    model = go_by((WORDS["answer"], "asked for"), ("", ""))
    result = await Brain(net="budget_forcing(extensions=0)", model=model).run(GOAL)

    assert (result.answer, result.usage.model_calls) == ("asked for", 2)


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_a_run_killed_anywhere_comes_to_the_same_end(wire: str) -> None:
    store = MemoryStore()

    def make() -> Brain:
        return Brain(net="budget_forcing(extensions=2)", model=make_model(), store=store, wire=wire)

    await check_resumes(make, await make().run(GOAL, run_id="r"))


@pytest.mark.parametrize(
    ("thought", "answer"),
    [
        ("So it is.\nAnswer: 42", "42"),
        ("So it is.\n**Answer:** 42.", "42."),
        ("Answer: 41\nNo.\n> answer : \n42\n43", "42\n43"),
        ("The answer: is not here.", "The answer: is not here."),
        ("So it is 42.\nAnswer:", "So it is 42.\nAnswer:"),
        ("42", "42"),
        ("", ""),
    ],
)
def test_the_answer_is_what_stands_behind_its_mark(thought: str, answer: str) -> None:
    assert find_answer(thought) == answer


def test_the_net_has_the_moves_that_its_table_says() -> None:
    net = make_budget_forcing(WORDS)

    assert dict(net.table) == {source: frozenset(row) for source, row in MOVES.items()}
    assert net.start == THINK


@pytest.mark.parametrize("extensions", ["-1", "True", "'two'"])
def test_extensions_that_cannot_be_counted_are_refused(extensions: str) -> None:
    with pytest.raises(SetupError, match=r"extensions is .*; wanted a whole number of at least 0"):
        Brain(net=f"budget_forcing(extensions={extensions})", model=make_model())
