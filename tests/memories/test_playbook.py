"""The playbook: shown before the log, curated by small operations when there is an answer."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_brain import Brain, Limits, MemoryStore, ModelError, ModelErrorKind, ScriptedModel, SetupError, Status
from agent_brain.core.archive import Change, Entry
from agent_brain.core.errors import StoreError
from agent_brain.memories.bullets import Bullet, merge_bullets
from agent_brain.memories.composed import Composed
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.messages import Messages
from agent_brain.memories.playbook import Playbook
from agent_brain.memories.words import load_words
from agent_brain.stores.memory_archive import MemoryArchive
from memories.overlays import DyingStore, call, get_last, play

BROKEN = ModelError(ModelErrorKind.AUTHENTICATION, "no key")


def make_entry(bullet_id: str, text: str, helpful: int = 0, harmful: int = 0, section: str = "general") -> Entry:
    return Entry(bullet_id, text, Bullet(bullet_id, text, section, helpful, harmful).data())


COUNT = make_entry("b-1", "Count twice.", helpful=2)
GUESS = make_entry("b-2", "When in doubt, guess.", section="style")
ASK = make_entry("b-3", "Ask where the harbour is.", harmful=1)


def make_brain(archive: MemoryArchive, *replies: Any, store: MemoryStore | None = None, **options: Any) -> Brain:
    memory = Composed(Messages(), (Playbook(archive, **options),))
    writer = ScriptedModel([reply if isinstance(reply, ModelError) else json.dumps(reply) for reply in replies])
    look = call("calculate", expression="3+4")
    model = play(look, answer="Seven.")
    return Brain("react_brief", memory, model=model, memory_model=writer, tools=["builtin"], store=store)


def merge(
    *operations: dict[str, Any], entries: tuple[Entry, ...] = (COUNT, GUESS, ASK), most: int = 9
) -> dict[str, Any]:
    """What these operations change, by id."""
    return {change.id: change for change in merge_bullets(entries, operations, "r:0", most)}


async def test_rules_are_shown_before_the_log_and_labelled_and_changed_when_there_is_an_answer() -> None:
    archive = MemoryArchive([COUNT, GUESS])
    learnt = [{"op": "HELPFUL", "id": "b-1"}, {"lesson": "Look before you count."}]
    changes = [{"op": "ADD", "section": "style", "text": "Look first."}, {"op": "DELETE", "id": "b-2"}]
    brain = make_brain(archive, learnt, changes, store=MemoryStore())
    result = await brain.run("How many ships?", run_id="r")

    rules = "general:\n[b-1] (+2/-0) Count twice.\nstyle:\n[b-2] (+0/-0) When in doubt, guess."
    model: Any = brain.models["default"]
    heading = load_words("playbook")["heading"]
    assert model.calls[0][1]["content"] == f'<memory name="playbook">\n{heading}\n{rules}\n</memory>\n\nHow many ships?'
    kept = await archive.read()
    assert [(entry.text, entry.data["helpful"]) for entry in kept] == [("Count twice.", 3), ("Look first.", 0)]
    assert result.usage.model_calls == 4  # two of the run, one to reflect, one to curate
    (await brain.replay("r")).check()


async def test_the_reflection_sees_what_was_done_and_the_rules_and_how_it_ended() -> None:
    brain = make_brain(MemoryArchive([COUNT]), [])
    await brain.run("How many ships?")
    writer: Any = brain.models["memory"]
    told = writer.calls[0][1]["content"]
    assert told.startswith(
        "Rules:\ngeneral:\n[b-1] (+2/-0) Count twice.\n\nThe run, which has ended so: answered\ngoal: How"
    )
    assert "action: calculate(expression='3+4') -> finished: 7" in told
    assert told.endswith("answer: Seven.")


async def test_rules_stay_the_same_within_a_question_so_that_prompts_keep_their_beginning() -> None:
    archive = MemoryArchive([COUNT])
    brain = make_brain(archive, [{"op": "HARMFUL", "id": "b-1"}])
    await brain.run("How many ships?")
    model: Any = brain.models["default"]
    assert model.calls[1][: len(model.calls[0])] == model.calls[0]


async def test_what_a_step_that_is_made_again_has_learnt_counts_once() -> None:
    archive = MemoryArchive([COUNT])
    learnt = [{"op": "HELPFUL", "id": "b-1"}]
    brain = make_brain(archive, learnt, learnt, store=DyingStore())
    with pytest.raises(StoreError, match="the process died"):
        await brain.run("How many ships?", run_id="r")
    await brain.go_on("r")
    assert [entry.data["helpful"] for entry in await archive.read()] == [3]


@pytest.mark.parametrize("replies", [[BROKEN], [[{"lesson": "Look."}], BROKEN], ["nothing"]])
async def test_where_a_call_fails_nothing_is_changed(replies: list[Any]) -> None:
    archive = MemoryArchive([COUNT])
    assert (await make_brain(archive, *replies).run("How many ships?")).answer == "Seven."
    assert await archive.read() == [COUNT]


async def test_a_call_that_fails_keeps_no_other_memory_from_its_errand() -> None:
    episodes = MemoryArchive()
    memory = Composed(Messages(), (Playbook(MemoryArchive()), Episodic(episodes)))
    brain = Brain("react_brief", memory, model=play(answer="Seven."), memory_model=ScriptedModel([BROKEN]))
    await brain.run("How many ships?")
    assert len(await episodes.read()) == 1


async def test_where_a_limit_was_met_no_model_is_asked() -> None:
    archive, episodes = MemoryArchive([COUNT]), MemoryArchive()
    memory = Composed(Messages(), (Playbook(archive), Episodic(episodes)))
    look = call("calculate", expression="3+4")
    limits, writer = Limits(tool_calls=1), ScriptedModel([])
    brain = Brain("react_brief", memory, model=play(look, look), memory_model=writer, tools=["builtin"], limits=limits)
    assert (await brain.run("How many ships?")).status is Status.LIMITED
    assert (writer.calls, len(await episodes.read())) == ([], 1)


async def test_a_frozen_playbook_is_shown_and_costs_no_call() -> None:
    brain = make_brain(MemoryArchive([COUNT], frozen=True))
    result = await brain.run("How many ships?")
    model: Any = brain.models["default"]
    assert ("Count twice." in model.calls[0][1]["content"], result.usage.model_calls) == (True, 2)


def test_a_playbook_is_no_add_only_playbook_bullets_are_reworded_merged_and_removed() -> None:
    changes = merge(
        {"op": "UPDATE", "id": "b-2", "text": "Never guess."},
        {"op": "MERGE", "ids": ["b-1", "b-3"], "text": "Count twice where the harbour is."},
        {"op": "DELETE", "id": "b-2"},
    )
    assert changes["b-1"].text == "Count twice where the harbour is."
    assert (changes["b-1"].data["helpful"], changes["b-1"].data["harmful"]) == (2, 1)
    assert (changes["b-2"].text, changes["b-3"].text) == (None, None)


def test_what_fits_nothing_that_is_there_changes_nothing() -> None:
    assert merge(
        {"op": "UPDATE", "id": "b-9", "text": "x"},
        {"op": "DELETE", "id": "b-9"},
        {"op": "HELPFUL", "id": "b-9"},
        {"op": "MERGE", "ids": ["b-1", "b-9"], "text": "x"},
        {"op": "ADD", "text": "count TWICE!"},
        {"op": "ADD", "text": ""},
        {"op": "RENAME", "id": "b-1"},
    ) == {}  # fmt: skip


def test_where_there_are_too_many_the_worst_goes() -> None:
    changes = merge({"op": "ADD", "text": "Look first."}, most=2)
    [added] = [change for change in changes.values() if change.text]
    assert {change.id for change in changes.values() if change.text is None} == {"b-2", "b-3"}
    assert (added.text, added.data["section"]) == ("Look first.", "general")


async def test_what_does_not_fit_or_has_misled_is_not_shown() -> None:
    misled = make_entry("b-4", "Trust the map.", harmful=2)
    brain = make_brain(MemoryArchive([GUESS, misled, COUNT]), [], characters=40)
    await brain.run("How many ships?")
    model: Any = brain.models["default"]
    shown = model.calls[0][1]["content"]
    assert ("Count twice." in shown, "guess" in shown, "Trust" in shown) == (True, False, False)


OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {
            "op": st.sampled_from(["ADD", "UPDATE", "MERGE", "DELETE", "HELPFUL", "HARMFUL", "?"]),
            "id": st.sampled_from(["b-1", "b-2", "b-3", "b-9", ""]),
            "ids": st.lists(st.sampled_from(["b-1", "b-2", "b-3", "b-9"]), max_size=3, unique=True),
            "text": st.sampled_from(["", "Look first.", "Count twice.", "Never guess."]),
        }
    ),
    max_size=8,
)


@given(OPERATIONS, st.integers(1, 4))
def test_the_merge_is_deterministic_and_never_holds_more_than_it_may(operations: list[Any], most: int) -> None:
    entries = [COUNT, GUESS, ASK]
    changes = merge_bullets(entries, operations, "r:0", most)
    assert changes == merge_bullets(entries, operations, "r:0", most)
    kept = {entry.id: entry.text for entry in entries} | {change.id: change.text for change in changes}
    assert len([text for text in kept.values() if text]) <= most
    assert all(isinstance(change, Change) for change in changes)


def test_numbers_that_make_no_sense_are_refused() -> None:
    with pytest.raises(SetupError, match="bullets=0, characters=6000; wanted at least 1"):
        Brain(memory="playbook('memory', bullets=0)", model=play())


async def test_long_and_short_are_a_window_and_what_earlier_runs_have_left(tmp_path: Path) -> None:
    spec = f"long_short({str(tmp_path / 'notes.db')!r}, groups=2)"
    writer = ScriptedModel([json.dumps([{"lesson": "Look."}]), json.dumps([{"op": "ADD", "text": "Look first."}])])
    async with Brain("react_brief", spec, model=play(answer="Seven."), memory_model=writer) as brain:
        await brain.run("How many ships?")
    frozen = spec.replace(")", ", frozen=True)")
    async with Brain("react_brief", frozen, model=(model := play(answer="Eight."))) as brain:
        result = await brain.run("How many ships now?")
    assert "Look first." in model.calls[0][1]["content"]
    assert "Answer: Seven." in get_last(model)
    assert result.usage.model_calls == 1
    with pytest.raises(SetupError, match="two overlays are called 'episodic'"):
        Brain(memory="long_short('memory')+episodic('memory')", model=play())
