"""Reflective memory: what it recalls, when it reflects, and that looking changes nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain import Brain, MemoryStore, ScriptedModel, SetupError
from agent_brain.core.archive import Entry
from agent_brain.core.lens import Lens
from agent_brain.memories.composed import Composed
from agent_brain.memories.messages import Messages
from agent_brain.memories.reflective import Reflective
from agent_brain.memories.weighing import EQUAL, HOUR, find_recency, spread, weigh
from agent_brain.memories.words import load_words
from agent_brain.stores.memory_archive import MemoryArchive
from memories.overlays import get_last, make_env, play

NOON = 1_700_000_000.0


def make_entry(number: int, text: str, hours: float = 0, importance: int = 1, **data: Any) -> Entry:
    """Something that was used so many hours before noon."""
    used = NOON - hours * HOUR
    return Entry(str(number), text, {"kind": "episode", "used": used, "importance": importance, "from": "run", **data})


def make_brain(archive: MemoryArchive, *replies: Any, store: MemoryStore | None = None, **options: Any) -> Brain:
    memory = Composed(Messages(), (Reflective(archive, clock=lambda: NOON, **options),))
    writer = ScriptedModel([reply if isinstance(reply, str) else json.dumps(reply) for reply in replies])
    return Brain("react_brief", memory, model=play(answer="Seven."), memory_model=writer, store=store)


@given(st.floats(0, 10_000), st.floats(0.01, 10_000))
def test_recency_falls_with_age(hours: float, more: float) -> None:
    young, old = make_entry(1, "x", hours), make_entry(2, "x", hours + more)
    assert find_recency(young, NOON) > find_recency(old, NOON) or hours + more > 5000
    assert weigh([old, young], [0.0, 0.0], NOON)[1].score >= weigh([old, young], [0.0, 0.0], NOON)[0].score


def test_the_score_is_the_sum_of_three_each_from_0_to_1() -> None:
    old, new = make_entry(1, "the harbour", 100, importance=10), make_entry(2, "the bread", 0)
    assert [hit.score for hit in weigh([old, new], [0.7, 0.1], NOON)] == [2.0, 1.0]
    assert [hit.score for hit in weigh([new], [0.0], NOON)] == [3 * EQUAL]
    assert (spread([]), spread([4.0, 2.0, 3.0])) == ([], [1.0, 0.0, 0.5])


async def test_an_episode_is_rated_and_kept_and_what_was_shown_counts_as_used() -> None:
    archive = MemoryArchive([make_entry(1, "Question: Ships? Answer: Six.", hours=90)])
    brain = make_brain(archive, "8 of 10", store=MemoryStore())
    result = await brain.run("How many ships?", run_id="r")

    old, new = await archive.read()
    assert (new.text, new.data["importance"]) == ("Question: How many ships? Answer: Seven.", 8)
    assert (old.data["used"], new.data["used"]) == (NOON, NOON)
    model: Any = brain.models["default"]
    assert "[1] (run) Question: Ships? Answer: Six." in get_last(model)
    assert result.usage.model_calls == 2
    (await brain.replay("r")).check()


async def test_a_read_has_no_side_effects() -> None:
    archive = MemoryArchive(before := [make_entry(1, "Ships: six.", hours=90)])
    memory, env = Reflective(archive), make_env("Ships?")
    errand = memory.find_upkeep(env, Lens())
    assert errand is not None
    first = await errand.go(lambda value: value)
    assert (await errand.go(lambda value: value), await archive.read()) == (first, before)
    shown = env.fork()
    assert (memory.show(env), env) == ("", shown)


async def test_it_reflects_when_importance_exceeds_the_bound_and_cites_its_evidence() -> None:
    past = [make_entry(1, "The ship was late.", importance=6), make_entry(2, "The fog was thick.", importance=5)]
    questions = "1. Why are ships late?\n2. What is the fog?\n\n3. Who waits?\n4. Too many?"
    insights = [{"insight": "Fog makes ships late.", "because": [1, 2, 99]}, {"insight": "Unfounded.", "because": []}]
    archive = MemoryArchive(past)
    brain = make_brain(archive, "3", questions, insights, store=MemoryStore(), bound=14)
    result = await brain.run("Is it foggy?", run_id="r")

    insight = (await archive.read())[-1]
    assert (insight.text, insight.data["kind"], len(insight.data["because"])) == ("Fog makes ships late.", "insight", 2)
    assert insight.data["importance"] >= 5
    writer: Any = brain.models["memory"]
    words = load_words("reflective")
    assert [call[0]["content"] for call in writer.calls] == [words["rate"], words["ask"], words["conclude"]]
    assert result.env.board["reflective: asked"]["found"] == ["Why are ships late?", "What is the fog?", "Who waits?"]
    (await brain.replay("r")).check()


@pytest.mark.parametrize("replies", [["9", ""], ["9", "Why?", "nothing"]])
async def test_a_reflection_that_came_to_nothing_is_not_made_again_at_once(replies: list[str]) -> None:
    archive = MemoryArchive([make_entry(1, "The ship was late.", importance=6)])
    await make_brain(archive, *replies, bound=14).run("Is it foggy?")
    writer = make_brain(archive, "4", bound=14)
    assert (await writer.run("Is it dark?")).usage.model_calls == 2
    assert [entry.data["kind"] for entry in await archive.read()] == ["episode"] * 3


async def test_below_the_bound_it_does_not_reflect_and_a_rating_beyond_understanding_is_the_middle() -> None:
    archive = MemoryArchive()
    assert (await make_brain(archive, "very important", bound=6).run("Is it foggy?")).usage.model_calls == 2
    assert (await archive.read())[0].data["importance"] == 5


async def test_a_frozen_archive_costs_no_call_and_grows_no_younger() -> None:
    archive = MemoryArchive(before := [make_entry(1, "Ships: six.", hours=90)], frozen=True)
    assert (await make_brain(archive).run("Ships?")).usage.model_calls == 1
    assert await archive.read() == before


@pytest.mark.parametrize("given", ["bound=0", "decay=0", "decay=1.1", "top=0"])
def test_numbers_that_make_no_sense_are_refused(given: str) -> None:
    with pytest.raises(SetupError, match="wanted at least 1"):
        Brain(memory=f"reflective('memory', {given})", model=play())
