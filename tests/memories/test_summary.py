"""Summaries: when they are made, what they carry word for word, what becomes of them where they fail, and replays."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from agent_brain import Brain, MemoryEnv, MemoryStore, Message, ModelError, ModelErrorKind, ScriptedModel, Status, tool
from agent_brain.core.errors import SetupError
from agent_brain.core.items import ItemKind, Observation
from agent_brain.core.lens import FAILED_UPKEEP, Budget, Lens, Upkeep
from agent_brain.core.records import Asked
from agent_brain.core.state import StateType
from agent_brain.memories.history import History
from agent_brain.memories.summary import SUMMARY, Summary
from memories.logs import WIRES, act, maintain, make_budget, make_env, render

BROKEN = ModelError(ModelErrorKind.AUTHENTICATION, "no key")
PAGES = 12


@tool(read_only=True)
def read_page(number: int) -> str:
    """Read one page of the book."""
    return f"Page {number}. " + "The harbour lies to the north of the old town, behind the mill. " * 20


def read_on(messages: Sequence[Message]) -> str:
    """Reads page after page, by how much it is shown of, then answers."""
    if "Now give the final answer" in messages[-1]["content"]:
        return "It lies to the north."
    shown = "\n".join(message["content"] for message in messages[1:])
    numbers = [int(part.partition(".")[0]) for part in shown.split("Page ")[1:]] + [
        int(part.partition(")")[0]) for part in shown.split("read_page(number=")[1:]
    ]
    number = max(numbers, default=0) + 1
    return "I have read enough." if number > PAGES else json.dumps({"name": "read_page", "args": {"number": number}})


def make_brain(memory_model: ScriptedModel | None, memory: str = "summary(0.8, keep=2)", **options: Any) -> Brain:
    models = {} if memory_model is None else {"memory_model": memory_model}
    given = {"context_tokens": 4000, "tools": [read_page], **models, **options}
    return Brain(memory=memory, model=ScriptedModel(read_on, name="small"), **given)


def make_long(results: Sequence[str] = ("line\n" * 60,) * 6) -> MemoryEnv:
    env = make_env()
    for result in results:
        act(env, "I look.", "", [Observation(result)])
        env.set_state(StateType.REASONING)
    return env


def find(memory: Summary, env: MemoryEnv, most: int | None) -> Upkeep | None:
    return memory.find_upkeep(env, Lens(budget=make_budget(WIRES["text"], most)))


def read_block(memory: History, env: MemoryEnv) -> str:
    return next(item.text for item in render(memory, env).items if item.kind is ItemKind.SHOWN)


async def test_a_run_longer_than_its_context_is_summed_up_and_ends() -> None:
    summing = ScriptedModel(lambda _: "Pages were read.", name="summing")
    result = await make_brain(summing).run("What do the pages say?", run_id="r")

    assert result.answer == "It lies to the north."
    assert len(summing.calls) > 1
    assert result.env.slots[SUMMARY] == "Pages were read."
    assert not [item for item in result.env.log if item.kind is ItemKind.ACTION and item.outcome is None]


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_its_replay_is_the_same_though_no_window_is_known_there(wire: str) -> None:
    summing = ScriptedModel(lambda _: "Pages were read.", name="summing")
    brain = make_brain(summing, wire=wire)
    await brain.run("What do the pages say?", run_id="r")

    silent = make_brain(ScriptedModel([], name="summing"), wire=wire, store=brain.store, context_tokens=None)
    (await silent.replay("r")).check()


async def test_its_replay_is_the_same_where_one_model_does_both() -> None:
    def both(messages: Sequence[Message]) -> str:
        return "Pages were read." if "keep the memory" in messages[0]["content"] else read_on(messages)

    brain = Brain(memory="summary", model=ScriptedModel(both), context_tokens=4000, tools=[read_page])
    result = await brain.run("What do the pages say?", run_id="r")

    assert result.env.slots[SUMMARY] == "Pages were read."
    (await brain.replay("r")).check()


async def test_where_it_fails_in_time_the_run_goes_on_and_its_replay_is_the_same() -> None:
    brain = make_brain(ScriptedModel([BROKEN] * 20, name="summing"), "summary(0.5, keep=2, otherwise='hide')")
    result = await brain.run("What do the pages say?", run_id="r")

    assert result.status is Status.ANSWERED
    assert result.env.board[FAILED_UPKEEP]["error"] == "no key"
    assert SUMMARY not in result.env.slots
    (await brain.replay("r")).check()


async def test_a_failure_is_not_tried_again_at_once() -> None:
    summing = ScriptedModel([BROKEN] * 20, name="summing")
    result = await make_brain(summing, "summary(0.3, keep=2, otherwise='hide')").run("What do the pages say?")

    assert 0 < len(summing.calls) <= len(result.env.log) // 8


async def test_where_nothing_fits_without_it_its_failure_ends_the_run_which_can_go_on() -> None:
    store = MemoryStore()
    result = await make_brain(ScriptedModel([BROKEN] * 20, name="summing"), store=store).run("What?", run_id="r")
    assert (result.status, result.env.error) == (Status.FAILED, "no key")

    mended = make_brain(ScriptedModel(lambda _: "Pages were read.", name="summing"), store=store)
    events = [event async for event in mended.resume("r")]
    assert events[-1].status is Status.ANSWERED  # type: ignore[union-attr]  # the last one is `Ended`


async def test_its_calls_are_charged_to_the_run() -> None:
    summing = ScriptedModel(lambda _: "Pages were read.", name="summing")
    brain = make_brain(summing)
    result = await brain.run("What do the pages say?")

    main = brain.models["default"]
    assert isinstance(main, ScriptedModel)
    assert result.usage.model_calls == len(summing.calls) + len(main.calls)


def test_it_is_due_only_where_a_prompt_takes_more_than_its_part_of_what_it_may() -> None:
    env, budget = make_long(), make_budget(WIRES["text"], None)
    taken = budget.count(env.log)

    assert find(Summary(theta=0.8), env, None) is None
    assert find(Summary(theta=0.8), env, int(taken / 0.8) + 2) is None
    soft, hard = find(Summary(theta=0.8), env, int(taken / 0.8) - 2), find(Summary(theta=0.8), env, taken - 1)
    assert soft is not None
    assert not soft.is_needed
    assert hard is not None
    assert hard.is_needed


def test_the_next_summary_is_made_of_the_last_one_and_of_what_came_after_it() -> None:
    env, memory = make_long(), Summary(keep=2, tokens=800)
    first = find(memory, env, None)
    assert first is not None
    first.keep(env, "FIRST SUMMARY")
    for number in range(4):
        act(env, f"I look again, {number}.", "", [Observation("line\n" * 60)])
    env.set_state(StateType.REASONING)

    second = find(memory, env, None)

    assert second is not None
    told = second.messages[-1]["content"]
    assert "FIRST SUMMARY" in told
    assert "Where is the harbour?" in told
    assert "[1] " not in told
    assert "I look again, 0." in told


def test_what_persons_have_said_before_is_carried_word_for_word_whatever_the_model_writes() -> None:
    env = make_env()
    env.add(ItemKind.QUESTION, "Which harbour?")
    env.add(ItemKind.REPLY, "The one with the red crane, number 7-B.")
    env.add(ItemKind.ANSWER, "It is there.")
    env.update(Asked("r", StateType.REASONING, "And the mill?"))
    for _ in range(6):
        act(env, "I look.", "", [Observation("line\n" * 60)])
    maintain(Summary(keep=2, tokens=800), env, make_budget(WIRES["text"], None), "nothing of it")

    block = read_block(Summary(keep=2), env)

    assert "Person: Where is the harbour?" in block
    assert "Person: The one with the red crane, number 7-B." in block
    assert env.goal in [item.text for item in render(Summary(keep=2), env).items]


def test_short_results_are_carried_word_for_word_and_others_by_their_ids() -> None:
    env = make_long(["IBAN DE02 1203", "line\n" * 60, *["word " * 80] * 5])
    maintain(Summary(keep=1, tokens=600), env, make_budget(WIRES["text"], None), "nothing of it")

    block = read_block(Summary(keep=1), env)

    assert "[2] look(at=0): IBAN DE02 1203" in block
    assert "[4] look(at=0): (61 lines, 300 characters)" in block
    found: Any = Summary.tools[0]
    assert found.look({"id": 4}, env).text == "line\n" * 60


@pytest.mark.parametrize("reply", ["", "word " * 2000])
def test_one_that_makes_nothing_shorter_is_not_kept_and_not_asked_for_again_at_once(reply: str) -> None:
    env, memory, budget = make_long(), Summary(keep=2, tokens=800), make_budget(WIRES["text"], None)
    before = render(memory, env)

    assert maintain(memory, env, budget, reply) == 1
    assert render(memory, env) == before
    assert SUMMARY not in env.slots


def test_each_one_that_is_kept_makes_the_prompt_a_tenth_shorter_at_least() -> None:
    env, memory, budget = make_env(), Summary(keep=2, tokens=900), make_budget(WIRES["native"], None)
    kept = []
    for number in range(40):
        act(env, f"I look, {number}.", "", [Observation("line\n" * (number % 30))])
        before, until = budget.count(render(memory, env).items), env.board.get(SUMMARY, {}).get("until")
        maintain(memory, env, budget, "short")
        if env.board.get(SUMMARY, {}).get("until") != until:
            kept.append(budget.count(render(memory, env).items) / before)

    assert len(kept) > 2
    assert max(kept) <= 0.9


def test_one_that_is_needed_and_makes_nothing_shorter_is_an_error() -> None:
    env = make_long()
    upkeep = find(Summary(keep=2), env, 700)

    assert upkeep is not None
    with pytest.raises(ModelError, match="does not make it shorter: 'word"):
        upkeep.keep(env, "word " * 2000)


def test_what_was_hidden_to_fit_is_summed_up_before_the_next_prompt() -> None:
    env, memory = make_long(), Summary(keep=2)
    budget = make_budget(WIRES["text"], 10**6, since=9)

    upkeep = memory.find_upkeep(env, Lens(budget=budget))

    assert upkeep is not None
    assert not upkeep.is_needed
    upkeep.keep(env, "short")
    assert env.board[SUMMARY]["until"] == 9
    assert memory.find_upkeep(env, Lens(budget=budget)) is None


def test_what_is_told_is_cut_so_that_it_can_be_read() -> None:
    env = make_long(["word " * 20_000, *["line\n" * 60] * 4])
    upkeep = find(Summary(keep=2), env, 3000)

    assert upkeep is not None
    told = upkeep.messages[-1]["content"]
    assert len(told) < 6000
    assert "characters ...)" in told


def test_a_state_that_wants_the_last_groups_alone_sees_no_summary() -> None:
    env = make_long()
    maintain(Summary(keep=2, tokens=800), env, make_budget(WIRES["text"], None))

    assert find(Summary(keep=2, tokens=10), env, None) is not None
    lens = Lens(groups=1, budget=Budget(lambda _: 10**6, 10))
    assert Summary(keep=2, tokens=10).find_upkeep(env, lens) is None
    assert all(item.kind is not ItemKind.SHOWN for item in Summary().render(env, Lens(groups=1)))


@pytest.mark.parametrize(
    "options", [{"theta": 0}, {"theta": 1.5}, {"keep": 0}, {"tokens": 0}, {"otherwise": "weep"}, {"reasoning": "some"}]
)
def test_options_that_mean_nothing_are_refused(options: Any) -> None:
    with pytest.raises(SetupError, match="wanted"):
        Summary(**options)
