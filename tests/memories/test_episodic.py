"""Episodes: kept when a run has its answer, recalled where they fit, exact when it is taken up or played back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent_brain import Brain, Limits, MemoryStore, ScriptedModel, SetupError
from agent_brain.core.archive import Archive, Change, Entry
from agent_brain.core.errors import StoreError
from agent_brain.memories.composed import Composed
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.messages import Messages
from agent_brain.memories.words import load_words
from agent_brain.stores.memory_archive import MemoryArchive
from memories.overlays import DyingStore, call, get_last, play

NOON = 1_700_000_000.0
HEADING = load_words("episodic")["heading"]
SHIPS = Entry("0:0", "Question: Where are the ships? Answer: In Oslo.", {"from": "run 0"})


def make_brain(archive: Archive, store: MemoryStore | None = None, *actions: str, **options: Any) -> Brain:
    memory = Composed(Messages(), (Episodic(archive, clock=lambda: NOON),))
    return Brain("react_brief", memory, model=play(*actions, answer="Seven."), store=store, **options)


async def read(archive: Archive) -> list[tuple[str, str]]:
    return [(entry.text, entry.data["from"]) for entry in await archive.read()]


async def test_an_answer_is_kept_and_recalled_after_the_log_with_where_it_comes_from() -> None:
    archive = MemoryArchive()
    await make_brain(archive).run("How many ships are in Oslo?", run_id="one")
    brain = make_brain(archive)
    await brain.run("How many ships are in Bergen?", run_id="two")

    kept = "Question: How many ships are in Oslo? Answer: Seven."
    assert (await read(archive))[0] == (kept, "run one, 2023-11-14, answered")
    model: Any = brain.models["default"]
    assert get_last(model) == (
        "How many ships are in Bergen?\n\n"
        f'<memory name="episodic">\n{HEADING}\n[1] (run one, 2023-11-14, answered) {kept}\n</memory>'
    )


async def test_what_does_not_fit_is_not_recalled() -> None:
    brain = make_brain(MemoryArchive([SHIPS]))
    await brain.run("Bake bread.")
    model: Any = brain.models["default"]
    assert "<memory" not in get_last(model)


async def test_it_is_recalled_once_a_question_whatever_the_archive_becomes_meanwhile() -> None:
    archive, look = MemoryArchive([SHIPS]), call("calculate", expression="1+1")
    brain = make_brain(archive, store := MemoryStore(), look, tools=["builtin"])
    env = (await brain.run("Where are the ships?", run_id="r")).env
    heads = [commit.last async for commit in store.read("r")]
    await archive.change("other", [Change("0:0", "Question: Where are the ships? Answer: Sunk.")])

    (await brain.replay("r")).check()
    for head in heads[2:-1]:
        result = await brain.go_on(await brain.fork("r", head))
        assert result.env.board["episodic: recalled"] == env.board["episodic: recalled"]


@pytest.mark.parametrize("answers", [["Seven.", "Seven."], ["Seven.", "Eight."]])
async def test_a_step_that_is_made_again_keeps_one_episode_that_of_its_answer(answers: list[str]) -> None:
    archive = MemoryArchive()
    memory = Composed(Messages(), (Episodic(archive, clock=lambda: NOON),))
    brain = Brain("react", memory, model=ScriptedModel(["Hm.", *answers]), store=DyingStore())
    with pytest.raises(StoreError, match="the process died"):
        await brain.run("How many?", run_id="r")
    assert len(await archive.read()) == 1

    result = await brain.go_on("r")
    [episode] = await archive.read()
    assert (result.answer, episode.text) == (answers[1], f"Question: How many? Answer: {answers[1]}")


async def test_in_one_conversation_the_log_needs_no_recall() -> None:
    brain = make_brain(archive := MemoryArchive())
    first = await brain.run("Where are the ships?")
    second = await brain.run("Are the ships there?", after=first.env)
    assert second.env.board["episodic: recalled"]["found"] == []
    assert len(await archive.read()) == 2


@pytest.mark.parametrize("wire", ["text", "native"])
async def test_a_frozen_archive_is_read_and_never_written_to(wire: str) -> None:
    brain = make_brain(archive := MemoryArchive([SHIPS], frozen=True), wire=wire)
    result = await brain.run("Where are the ships?")
    assert result.env.board["episodic: recalled"]["found"][0]["id"] == "0:0"
    assert await archive.read() == [SHIPS]
    assert "episodic: kept" not in result.env.board


async def test_how_a_run_ended_is_kept_with_its_answer() -> None:
    look = call("calculate", expression="1+1")
    brain = make_brain(archive := MemoryArchive(), None, *[look] * 9, tools=["builtin"], limits=Limits(tool_calls=1))
    await brain.run("Where?", run_id="r")
    assert (await read(archive))[0][1] == "run r, 2023-11-14, stopped by a limit"


async def test_an_archive_that_is_down_costs_no_answer() -> None:
    class Down(MemoryArchive):
        async def read(self) -> Sequence[Entry]:
            raise StoreError("locked")

    brain = make_brain(Down(), MemoryStore())
    result = await brain.run("Where?", run_id="r")
    assert (result.answer, result.env.board["episodic: recalled"]["error"]) == ("Seven.", "StoreError: locked")
    (await brain.replay("r")).check()


async def test_what_is_shown_is_bounded() -> None:
    archive = MemoryArchive([Entry(str(n), f"ship {n} {'harbour ' * 40}", {"from": "run"}) for n in range(9)])
    memory = Composed(Messages(), (Episodic(archive, top=9, threshold=0.0, characters=800),))
    brain = Brain("react_brief", memory, model=(model := play(answer="Seven.")))
    await brain.run("ship 1 ship 2 ship 3")
    assert 300 < len(get_last(model)) < 1000


async def test_with_embeddings_the_meaning_decides() -> None:
    async def embed(texts: Sequence[str]) -> Sequence[Sequence[float]]:
        return [[1.0, 0.0] if "vessel" in text or "ship" in text else [0.0, 1.0] for text in texts]

    archive = MemoryArchive()
    memory = Composed(Messages(), (Episodic(archive, embed=embed, threshold=0.5),))
    brain = Brain("react_brief", memory, model=(model := play(answer="Seven.")))
    await brain.run("Count every ship.")
    await brain.run("Count every loaf.")
    await brain.run("Any vessel at sea?")
    assert "ship. Answer" in get_last(model)
    assert "loaf. Answer" not in get_last(model)


async def test_by_name_it_is_in_a_file_that_later_brains_read(tmp_path: Path) -> None:
    spec = f"messages+episodic({str(tmp_path / 'notes.db')!r}, top=2, namespace='fleet')"
    async with Brain("react_brief", spec, model=play(answer="In Oslo.")) as brain:
        await brain.run("Where are the ships?")
    async with Brain("react_brief", spec, model=(model := play())) as brain:
        await brain.run("Where are the ships now?")
    assert "Answer: In Oslo." in get_last(model)


async def test_no_secret_is_kept(tmp_path: Path) -> None:
    spec = f"episodic({str(tmp_path / 'notes.db')!r})+keyfacts({str(tmp_path / 'notes.db')!r})"
    facts = ScriptedModel(['[{"op": "ADD", "text": "The door opens to open-sesame."}]'])
    model = play(answer="Say open-sesame.")
    async with Brain("react_brief", spec, model=model, memory_model=facts, secrets=["open-sesame"]) as brain:
        await brain.run("What opens the door, if not open-sesame?")
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert (b"open-sesame" in kept, b"Say [secret]." in kept, b"opens to [secret]." in kept) == (False, True, True)


@pytest.mark.parametrize("given", ["top=0", "threshold=2", "characters=0"])
def test_numbers_that_make_no_sense_are_refused(given: str) -> None:
    with pytest.raises(SetupError, match="wanted at least 1, from 0 to 1, and at least 1"):
        Brain(memory=f"episodic('memory', {given})", model=play())
