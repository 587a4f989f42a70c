"""The words of memories: data, which a user can put others in place of, and a run tells when they have changed."""

from pathlib import Path
from typing import Any

import pytest

from agent_brain import Brain, MemoryStore, NetChanged, ScriptedModel, SetupError, UnknownName
from agent_brain.memories import words as memory_words
from agent_brain.memories.composed import Composed
from agent_brain.memories.consolidate import Consolidate
from agent_brain.memories.messages import Messages
from agent_brain.memories.words import Worded, load_words
from agent_brain.nets import words as net_words
from agent_brain.wiring.memories import make_memory
from agent_brain.wiring.prompts import reword
from agent_brain.wiring.settings import read_settings
from agent_brain.wiring.tables import MEMORIES, OVERLAYS
from memories.overlays import play

SUMMARY, BRIEF = "summary(tokens=400, keep=1)", {"summary": {"summarize": "Be brief."}}


def find_worded(name: str) -> list[Worded]:
    """The parts that a name makes which have words of their own."""
    made: Any = make_memory(f"{name}('memory')" if name in KEPT else name)
    parts = [made.history, *made.overlays] if isinstance(made, Composed) else [made]
    return [part for part in parts if isinstance(part, Worded)]


KEPT = {name for name, place in {**MEMORIES, **OVERLAYS}.items() if place.startswith("agent_brain.wiring.archives:")}


def make_brain(store: MemoryStore | None = None, memory: str = SUMMARY, **options: Any) -> Brain:
    writer = ScriptedModel(lambda _: "It was summed up.")
    return Brain("react_brief", memory, model=play(answer="Seven."), memory_model=writer, store=store, **options)


@pytest.mark.parametrize("name", [*MEMORIES, *OVERLAYS])
def test_other_words_reach_each_memory_that_has_some_by_its_name(name: str) -> None:
    for part in find_worded(name):
        others = {key: f"Other {key}." for key in load_words(part.file)}
        changed = reword(part, {part.file: others})
        assert dict(changed.says) == others
        assert not set(changed.digests.values()) & set(part.digests.values())


def test_each_file_of_words_is_that_of_a_memory_and_no_net_has_its_name() -> None:
    worded = {part.file for name in (*MEMORIES, *OVERLAYS) for part in find_worded(name)}
    assert worded == set(memory_words.list_worded())
    assert not worded & set(net_words.list_worded())


async def test_a_brain_takes_words_for_its_memory_by_name() -> None:
    writer = ScriptedModel(["One request."])
    words = {"consolidate": {"rewrite": "Make it one."}, "react": {"answer": "Be brief."}}
    brain = Brain("react_brief", "consolidate", model=play(answer="Seven."), memory_model=writer, prompts=words)

    await brain.run("In Oslo.", after=(await brain.run("Count the ships.")).env)
    assert writer.calls[0][0]["content"] == "Make it one."


@pytest.mark.parametrize(
    ("prompts", "told"),
    [
        ({"sumary": {"summarize": "x"}}, "no net or memory with words of its own called 'sumary'"),
        ({"summary": {"sumarize": "x"}}, "no prompt of memory 'summary' called 'sumarize'; did you mean 'summarize'"),
        ({"graph": {"describe": " "}}, "prompt 'describe' of memory 'graph' is ' '; wanted a text"),
        ({"graph": "x"}, "prompts of memory 'graph' are 'x'; wanted a mapping"),
    ],
)  # fmt: skip
def test_words_that_would_reach_no_memory_are_refused(prompts: Any, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        Brain("react", SUMMARY, model="offline", prompts=prompts)


def test_a_memory_that_is_an_object_has_its_words_already() -> None:
    with pytest.raises(SetupError, match="prompts of summary, and the memory is an object"):
        Brain("react", Messages(), model="offline", prompts=BRIEF)
    with pytest.raises(UnknownName, match="known: rewrite"):
        Consolidate(words={"prompt": "x"})


async def test_a_run_goes_on_with_the_words_that_it_began_with_or_says_which_have_changed() -> None:
    store = MemoryStore()
    run = await make_brain(store, prompts=BRIEF).submit("Count.")
    with pytest.raises(NetChanged, match="memory summary, words 'summarize'") as refused:
        await make_brain(store).go_on(run)
    assert str(refused.value).count("memory summary") == 1
    assert (await make_brain(store, prompts=BRIEF).go_on(run)).answer == "Seven."


def test_a_settings_file_may_hold_them(tmp_path: Path) -> None:
    (tmp_path / "agent-brain.toml").write_text('[prompts.summary]\nsummarize = "Be brief."\n')
    settings = read_settings({}, {"HOME": str(tmp_path)}, str(tmp_path / "agent-brain.toml"))
    assert settings.prompts == BRIEF
