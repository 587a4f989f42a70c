"""Linked notes: described by a model, connected with their neighbours, shown with what they are linked to."""

import json
from typing import Any

import pytest

from agent_brain import Brain, MemoryStore, ScriptedModel, SetupError
from agent_brain.core.archive import Change, Entry
from agent_brain.memories.composed import Composed
from agent_brain.memories.graph import Graph, connect
from agent_brain.memories.messages import Messages
from agent_brain.stores.memory_archive import MemoryArchive
from memories.overlays import get_last, play

DESCRIBED = {"keywords": ["Oslo"], "tags": ["ships", 7, " "], "context": "To count them."}


def make_note(note_id: str, text: str, *links: str, tags: tuple[str, ...] = ()) -> Entry:
    return Entry(
        note_id, text, {"from": "run", "keywords": [], "tags": list(tags), "context": "", "links": list(links)}
    )


BREAD = [make_note(f"bread {number}", f"Bread number {number} is baked.") for number in range(7)]
HARBOUR, FOG = make_note("harbour", "The harbour of Oslo is open."), make_note("fog", "Oslo has fog.")


def make_brain(archive: MemoryArchive, *replies: Any, store: MemoryStore | None = None, **options: Any) -> Brain:
    memory = Composed(Messages(), (Graph(archive, clock=lambda: 0.0, **options),))
    writer = ScriptedModel([reply if isinstance(reply, str) else json.dumps(reply) for reply in replies])
    return Brain("react_brief", memory, model=play(answer="Seven."), memory_model=writer, store=store)


async def read(archive: MemoryArchive) -> dict[str, Any]:
    return {entry.id: entry.data for entry in await archive.read()}


async def test_neighbours_and_not_the_first_five_notes_are_updated() -> None:
    archive = MemoryArchive([*BREAD, HARBOUR, FOG])
    operations = [
        {"op": "LINK", "id": 1},
        {"op": "UPDATE", "id": 1, "tags": ["harbours"], "context": "Where the ships are."},
        {"op": "UPDATE", "id": 2, "context": "Why ships wait."},
    ]
    brain = make_brain(archive, DESCRIBED, operations, store=MemoryStore())
    result = await brain.run("How many ships are in Oslo harbour?", run_id="r")

    notes = await read(archive)
    assert [notes[note.id] for note in BREAD] == [dict(note.data) for note in BREAD]
    assert (notes["harbour"]["tags"], notes["harbour"]["context"]) == (["harbours"], "Where the ships are.")
    assert (notes["fog"]["context"], notes["fog"]["tags"]) == ("Why ships wait.", [])
    assert (notes["r:0"]["links"], notes["harbour"]["links"]) == (["harbour"], ["r:0"])
    assert result.usage.model_calls == 3
    (await brain.replay("r")).check()


async def test_a_note_is_described_and_not_kept_without_keywords() -> None:
    archive = MemoryArchive()
    result = await make_brain(archive, DESCRIBED).run("How many ships?", run_id="r")
    note = (await read(archive))["r:0"]
    assert (note["keywords"], note["tags"], note["context"]) == (["Oslo"], ["ships"], "To count them.")
    assert result.usage.model_calls == 2  # there were no neighbours to connect it with


async def test_what_fits_is_shown_with_what_it_is_linked_to_and_no_more_than_may_be() -> None:
    linked = make_note("harbour", "The harbour is open.", "bread 1", "gone")
    archive = MemoryArchive([*BREAD, linked, make_note("tagged", "It is seven.", tags=("harbour",))], frozen=True)
    brain = make_brain(archive)
    await brain.run("Which harbour?")
    model: Any = brain.models["default"]
    lines = get_last(model).splitlines()
    assert [line for line in lines if line.startswith("[")] == [
        "[1] (run) It is seven.", "[2] (run) The harbour is open.", "[3] (run) Bread number 1 is baked."
    ]  # fmt: skip

    brain = make_brain(archive, top=2)
    await brain.run("Which harbour?")
    model = brain.models["default"]
    assert get_last(model).count("(run)") == 2


@pytest.mark.parametrize(
    "reply", ["none", [{"op": "LINK", "id": 9}], [{"op": "UPDATE", "id": 0, "tags": "x"}], [{"op": 7}]]
)
async def test_numbers_that_are_made_up_change_no_other_note(reply: Any) -> None:
    archive = MemoryArchive([HARBOUR])
    await make_brain(archive, "no JSON", reply).run("Is the harbour open?", run_id="r")
    notes = await read(archive)
    assert notes["harbour"] == dict(HARBOUR.data)
    assert (notes["r:0"]["keywords"], notes["r:0"]["links"]) == ([], [])


def test_a_neighbour_that_is_gone_is_connected_with_nothing() -> None:
    changes = connect(make_note("new", "x"), [HARBOUR], ["gone"], [{"op": "LINK", "id": 1, "tags": [], "context": ""}])
    assert changes == [Change("new", "x", dict(make_note("new", "x").data))]


async def test_a_frozen_archive_costs_no_call() -> None:
    archive = MemoryArchive([HARBOUR], frozen=True)
    assert (await make_brain(archive).run("Is the harbour open?")).usage.model_calls == 1
    assert await archive.read() == [HARBOUR]


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(SetupError, match="neighbours=0; wanted at least 1"):
        Brain(memory="graph('memory', neighbours=0)", model=play())
