"""Key facts: added, reworded and removed by a model, under numbers that it cannot make up."""

import json
from typing import Any

import pytest

from agent_brain import Brain, Limits, MemoryStore, ModelError, ModelErrorKind, ScriptedModel
from agent_brain.core.archive import Change, Entry
from agent_brain.core.errands import Errand
from agent_brain.memories.composed import Composed
from agent_brain.memories.keyfacts import KeyFacts
from agent_brain.memories.messages import Messages
from agent_brain.memories.words import load_words
from agent_brain.stores.memory_archive import MemoryArchive
from memories.overlays import get_last, play

BROKEN = ModelError(ModelErrorKind.AUTHENTICATION, "no key")
OSLO, SIX = (
    Entry("a", "The person lives in Oslo.", {"from": "run 0"}),
    Entry("b", "The person sails at six.", {"from": "run 0"}),
)
SAID = "I, the person, live in Bergen now and sail no more."


def make_brain(archive: MemoryArchive, *replies: Any, store: MemoryStore | None = None, **options: Any) -> Brain:
    memory = Composed(Messages(), (KeyFacts(archive, clock=lambda: 0.0),))
    writer = ScriptedModel([reply if isinstance(reply, ModelError) else json.dumps(reply) for reply in replies])
    return Brain("react_brief", memory, model=play(answer="Fine."), memory_model=writer, store=store, **options)


async def read(archive: MemoryArchive) -> dict[str, str]:
    return {entry.id: entry.text for entry in await archive.read()}


async def test_facts_are_added_reworded_and_removed_and_what_stays_stays() -> None:
    archive = MemoryArchive([OSLO, SIX, Entry("c", "Bread is baked at noon.")])
    changes = [
        {"op": "UPDATE", "id": 1, "text": "The person lives in Bergen."},
        {"op": "DELETE", "id": 2},
        {"op": "ADD", "text": "The person rows."},
        {"op": "NOOP"},
    ]
    brain = make_brain(archive, changes, store=MemoryStore())
    result = await brain.run(SAID, run_id="r")

    prompt = brain.models["memory"].calls[0][1]["content"]  # type: ignore[attr-defined]  # a scripted one
    assert prompt == f"Known facts:\n1. {OSLO.text}\n2. {SIX.text}\n\nConversation:\nPerson: {SAID}\nAssistant: Fine."
    assert await read(archive) == {
        "a": "The person lives in Bergen.",
        "c": "Bread is baked at noon.",
        "r:0:2": "The person rows.",
    }
    assert result.usage.model_calls == 2  # metered
    (await brain.replay("r")).check()


async def test_facts_that_fit_are_shown_with_where_they_come_from() -> None:
    brain = make_brain(MemoryArchive([OSLO, SIX]), [])
    await brain.run("Where is it that I live?")
    model: Any = brain.models["default"]
    assert get_last(model).endswith(f"{load_words('keyfacts')['heading']}\n[1] (run 0) {OSLO.text}\n</memory>")


@pytest.mark.parametrize(
    "reply",
    [
        [{"op": "UPDATE", "id": 9, "text": "x"}, {"op": "DELETE", "id": 0}, {"op": "DELETE", "id": "a"}],
        [
            {"op": "ADD", "text": OSLO.text.upper()},
            {"op": "ADD", "text": " "},
            {"op": "UPDATE", "id": 1, "text": OSLO.text},
        ],
        ["ADD", 7, {"op": 3}, {"id": 1}],
        "no list at all",
    ],
)
async def test_numbers_that_are_made_up_and_facts_that_are_known_change_nothing(reply: Any) -> None:
    archive = MemoryArchive([OSLO, SIX])
    await make_brain(archive, reply).run(SAID)
    assert await archive.read() == [OSLO, SIX]


async def test_a_model_that_fails_or_cannot_be_paid_costs_no_answer() -> None:
    archive = MemoryArchive([OSLO])
    assert (await make_brain(archive, BROKEN).run(SAID)).answer == "Fine."
    assert (await make_brain(archive, limits=Limits(model_calls=1)).run(SAID)).usage.model_calls == 1
    assert await archive.read() == [OSLO]


async def test_a_fact_that_another_run_has_removed_stays_removed() -> None:
    archive = MemoryArchive([OSLO])
    brain = make_brain(archive, [])

    env = (await brain.run(SAID)).env
    chosen = {"op": "UPDATE", "id": 1, "text": "The person lives in Bergen."}
    env.put_board("keyfacts: chosen", {"for": 0, "found": [chosen], "error": ""})
    await archive.change("other", [Change("a", None)])

    due = KeyFacts(archive).find_settling(env)
    assert isinstance(due, Errand)
    await due.go(lambda value: value)
    assert await archive.read() == []


async def test_a_frozen_archive_costs_no_call() -> None:
    result = await make_brain(MemoryArchive([OSLO], frozen=True)).run(SAID)
    assert result.usage.model_calls == 1
