"""Core blocks, passages put away, and the search of both archive and conversation."""

from typing import Any

import pytest

from agent_brain import Brain, MemoryStore, SetupError
from agent_brain.core.archive import Entry, Merge
from agent_brain.core.errors import StoreError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.memories.composed import Composed
from agent_brain.memories.hierarchical import Hierarchical
from agent_brain.memories.messages import Messages
from agent_brain.stores.memory_archive import MemoryArchive
from memories.overlays import call, play

ANN = Entry("core/human", "Ann, a sailor.", {"kind": "block"})


def make_brain(archive: MemoryArchive, *actions: str, store: MemoryStore | None = None, **options: Any) -> Brain:
    memory = Composed(Messages(), (Hierarchical(archive, **options),))
    return Brain("react_brief", memory, model=play(*actions), store=store)


def find_outcomes(env: MemoryEnv) -> list[str]:
    return [item.outcome.text for item in env.log if item.outcome is not None]


async def test_core_blocks_are_always_in_sight_and_kept_from_run_to_run() -> None:
    archive = MemoryArchive()
    edits = [call("core_append", block="human", text="Ann."), call("core_replace", block="human", old="Ann", new="Bo")]
    brain = make_brain(archive, *edits, store=MemoryStore())
    await brain.run("I am Ann, no, Bo.", run_id="r")
    (await brain.replay("r")).check()

    later = make_brain(archive)
    await later.run("Who am I?")
    model: Any = later.models["default"]
    shown = "persona: (empty)\nhuman: Bo.\narchive: 0 passages"
    assert model.calls[0][1]["content"] == f'<memory name="hierarchical">\n{shown}\n</memory>\n\nWho am I?'


@pytest.mark.parametrize(
    ("action", "said"),
    [
        (
            call("core_replace", block="human", old="Bo", new="Cy"),
            "found 'Bo', which stands 0 times in 'human'",
        ),
        (
            call("core_replace", block="human", old="a", new="b"),
            "2 times in 'human'; wanted words that stand there once",
        ),
        (call("core_append", block="humans", text="x"), "did you mean 'human'?, wanted one of: persona, human"),
        (call("core_append", block="human", text="x" * 50), "'human' would have 65 characters, wanted at most 60"),
    ],
)
async def test_an_edit_that_does_not_fit_clobbers_nothing(action: str, said: str) -> None:
    result = await make_brain(archive := MemoryArchive([ANN]), action, characters=60).run("Who?")
    assert said in find_outcomes(result.env)[0]
    assert await archive.read() == [ANN]


async def test_what_is_put_away_is_found_again_in_this_run_and_in_later_ones() -> None:
    archive, find = MemoryArchive(), call("archival_search", query="harbour in winter")
    put = call("archival_insert", text="In winter the harbour of Oslo is ice.")
    brain = make_brain(archive, put, find, store=(store := MemoryStore()))
    env = (await brain.run("Remember the harbour.", run_id="r")).env
    found = "page 1 of 1\n(run r) In winter the harbour of Oslo is ice."
    assert (find_outcomes(env), dict(env.slots)) == (["put away", found], {})
    assert find_outcomes((await make_brain(archive, find).run("When?")).env) == [found]

    (await brain.replay("r")).check()
    for head in [commit.last async for commit in store.read("r")][:-1]:
        await brain.go_on(await brain.fork("r", head))
    texts = {entry.text for entry in await archive.read()}
    assert texts == {"In winter the harbour of Oslo is ice."}


async def test_a_passage_is_put_away_once_however_often_its_step_is_made() -> None:
    memory, env = Hierarchical(archive := MemoryArchive()), MemoryEnv.begin("r", "n", "f", "reasoning", "Why?")
    env.put_slot("to archive/3", "ice")
    env.put_board("hierarchical: read", {"for": 0, "found": {"blocks": {}, "passages": 0}, "error": ""})
    for _ in range(2):
        due = memory.find_settling(env)
        assert due is not None
        await due.go(lambda value: value)
    assert [entry.id for entry in await archive.read()] == ["r:3"]


async def test_where_the_archive_was_down_for_a_while_what_waits_is_put_away_later() -> None:
    class Down(MemoryArchive):
        left = 2

        async def merge(self, event: str, merge: Merge) -> bool:
            self.left -= 1
            if self.left >= 0:
                raise StoreError("locked")
            return await super().merge(event, merge)

    brain = make_brain(archive := Down(), call("archival_insert", text="ice"), store=MemoryStore())
    env = (await brain.run("Ice?", run_id="r")).env
    assert ([entry.text for entry in await archive.read()], dict(env.slots)) == ([], {"to archive/3": "ice"})
    env = (await brain.run("And now?", after=env, run_id="s")).env
    assert ([entry.text for entry in await archive.read()], dict(env.slots)) == (["ice"], {})
    for run_id in "rs":
        (await brain.replay(run_id)).check()


async def test_the_conversation_is_searched_by_pages_and_without_the_searches() -> None:
    search = call("conversation_search", query="harbour")
    result = await make_brain(MemoryArchive(), search, call("conversation_search", query="ice")).run("The harbour?")
    assert find_outcomes(result.env) == ["page 1 of 1\n(0) The harbour?", "nothing was found"]


async def test_an_archive_that_is_down_is_an_outcome() -> None:
    class Down(MemoryArchive):
        async def read(self) -> Any:
            raise StoreError("locked")

    result = await make_brain(Down(), call("archival_search", query="ice"), call("archival_search")).run("Ice?")
    assert find_outcomes(result.env) == ["locked", "wrong arguments: query: missing"]


async def test_a_frozen_archive_has_nothing_put_away() -> None:
    brain = make_brain(archive := MemoryArchive([ANN], frozen=True), call("core_append", block="human", text="Tall."))
    result = await brain.run("Who?")
    assert "archival_insert" not in [spec.name for spec in brain.tools.specs]
    assert (await archive.read(), result.env.slots["core/human"]) == ([ANN], "Ann, a sailor.\nTall.")


@pytest.mark.parametrize("given", ["blocks=''", "characters=0"])
def test_what_makes_no_sense_is_refused(given: str) -> None:
    with pytest.raises(SetupError, match="wanted some, at least 1"):
        Brain(memory=f"hierarchical('memory', {given})", model=play())
