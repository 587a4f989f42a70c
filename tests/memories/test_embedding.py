"""Embeddings: what a function of the user's has to give, where vectors are kept, and what they find."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent_brain import Brain, Chunk, Composed, Ended, MemoryStore, ScriptedModel, SetupError
from agent_brain.core.archive import Archive, Change, Entry
from agent_brain.memories.embedding import BATCH_MAX, KEY, embed_all, embed_changes
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.graph import Graph
from agent_brain.memories.keyfacts import KeyFacts
from agent_brain.memories.messages import Messages
from agent_brain.memories.recalling import Recalling
from agent_brain.memories.reflective import Reflective
from agent_brain.stores.memory_archive import MemoryArchive
from agent_brain.stores.sqlite_archive import SqliteArchive
from memories.hashing import SIZE, HashingEmbed, embed
from memories.overlays import get_last, play

KINDS: Sequence[type[Recalling]] = (Episodic, KeyFacts, Reflective, Graph)
REPLIES: dict[type[Recalling], list[Any]] = {
    Episodic: [],
    KeyFacts: [[{"op": "ADD", "text": "Ann has a ship."}, {"op": "ADD", "text": "Bo bakes."}]],
    Reflective: ["9", "Who has what?", [{"insight": "Ships are had.", "because": [1]}]],
    Graph: [{"keywords": [], "tags": [], "context": ""}],
}
KEPT = {Episodic: 1, KeyFacts: 2, Reflective: 2, Graph: 1}
SHIP, BREAD, BARE = (
    Entry("ship", "Ann has a ship.", {"from": "Ann", KEY: embed("Ann has a ship.")}),
    Entry("bread", "The mill is old.", {"from": "Bo", KEY: embed("The mill is old.")}),
    Entry("bare", "It has no vector.", {"from": "Cy"}),
)


def make_brain(kind: type[Recalling], archive: Archive, store: MemoryStore | None = None, **options: Any) -> Brain:
    given: dict[str, Any] = {"bound": 1} if kind is Reflective else {}
    memory = Composed(Messages(), (kind(archive, clock=lambda: 0.0, **given, **options),))
    writer = ScriptedModel([one if isinstance(one, str) else json.dumps(one) for one in REPLIES[kind]])
    return Brain("react_brief", memory, model=play(answer="Seven."), memory_model=writer, store=store)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_kept_is_kept_with_its_vector(kind: type[Recalling], tmp_path: Path) -> None:
    archive = SqliteArchive(tmp_path / "memories.db", "a")
    brain = make_brain(kind, archive, MemoryStore(), embed=HashingEmbed())
    await brain.run("Who has a ship?", run_id="r")

    entries = await SqliteArchive(tmp_path / "memories.db", "a").read()
    assert [entry.data[KEY] for entry in entries] == [embed(entry.text) for entry in entries]
    assert len(entries) == KEPT[kind]
    (await brain.replay("r")).check()
    await brain.aclose()


@pytest.mark.parametrize("kind", KINDS)
async def test_what_shares_no_word_with_the_question_is_found_by_its_meaning(kind: type[Recalling]) -> None:
    archive = MemoryArchive([BREAD, SHIP, BARE], frozen=True)
    brain = make_brain(kind, archive, embed=HashingEmbed(), threshold=0.3)
    await brain.run("Vessels")

    model: Any = brain.models["default"]
    assert "[1] (Ann) Ann has a ship." in get_last(model)
    assert "[2]" not in get_last(model)


@pytest.mark.parametrize("kind", KINDS)
async def test_without_embeddings_no_vector_is_kept_and_words_alone_find(kind: type[Recalling]) -> None:
    archive = MemoryArchive()
    await make_brain(kind, archive).run("Who has a ship?")
    assert [KEY in entry.data for entry in await archive.read()] == [False] * KEPT[kind]


@pytest.mark.parametrize("kind", KINDS)
async def test_where_embedding_fails_the_answer_is_there_and_nothing_is_kept(kind: type[Recalling]) -> None:
    async def fail(_: Sequence[str]) -> list[list[float]]:
        raise OSError("the embedder is down")

    archive = MemoryArchive()
    brain = make_brain(kind, archive, embed=fail)
    events = [event async for event in brain.stream("Who has a ship?")]

    assert any("the embedder is down" in event.text for event in events if isinstance(event, Chunk))
    assert [event.env.answer for event in events if isinstance(event, Ended)] == ["Seven."]
    assert await archive.read() == []


async def test_texts_are_handed_over_in_batches_and_come_back_in_order() -> None:
    texts, embedder = [f"ship {number}" for number in range(2 * BATCH_MAX + 1)], HashingEmbed()
    assert await embed_all(embedder, texts) == [embed(text) for text in texts]
    assert embedder.batches == [BATCH_MAX, BATCH_MAX, 1]
    assert (await embed_all(embedder, []), len(embedder.batches)) == ([], 3)


async def test_changes_are_embedded_together_and_what_is_removed_is_not() -> None:
    embedder = HashingEmbed()
    made = await embed_changes(embedder, [Change("a", "ship"), Change("b", None), Change("c", "bread", {"x": 1})])
    assert embedder.batches == [2]
    assert [change.data.get(KEY) for change in made] == [embed("ship"), None, embed("bread")]
    assert (made[2].data["x"], len(embed("ship"))) == (1, SIZE)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([[1.0]], "embed gave 1 embeddings for 2 texts; wanted one each"),
        ([[1.0], []], r"embed gave \[\] for 'b'; wanted at least one number"),
        ([[1.0], [float("nan")]], r"embed gave \[nan\] for 'b'; wanted .* all of them finite"),
        ([[1.0], [1.0, 2.0]], "the embeddings have 1 and 2 numbers; wanted all of one length"),
        ([1.0, 2.0], "wanted a list of numbers for each text"),
        ([["x"], ["y"]], "wanted a list of numbers for each text"),
        (None, "embed gave None; wanted a list of numbers for each text"),
    ],
)
async def test_what_are_no_embeddings_is_refused(found: Any, told: str) -> None:
    async def give(_: Sequence[str]) -> Any:
        return found

    with pytest.raises(SetupError, match=told):
        await embed_all(give, ["a", "b"])


async def test_a_function_that_is_not_async_is_refused() -> None:
    plain: Any = lambda texts: [[1.0] for _ in texts]  # noqa: E731
    with pytest.raises(SetupError, match="embed gave list; wanted an async function"):
        await embed_all(plain, ["a"])
