"""Repeats are independent: no attempt finds what a memory has kept of another one."""

import json
from collections.abc import Sequence

import pytest

from agent_brain import Brain, Memory, Message, ScriptedModel, SetupError, tool
from agent_brain.core.archive import Archive, Entry, Merge
from agent_brain.core.lens import Overlay
from agent_brain.memories.composed import Composed
from agent_brain.memories.episodic import Episodic
from agent_brain.memories.hierarchical import Hierarchical
from agent_brain.memories.keyfacts import KeyFacts
from agent_brain.memories.messages import Messages
from agent_brain.memories.playbook import Playbook
from agent_brain.memories.reflective import Reflective
from agent_brain.stores.memory_archive import MemoryArchive

REPEATING = ["retry(react, tries=3)", "warming(react, tries=3)", "self_consistency(react, samples=3)",
             "verifier(react, samples=3)", "debate(react)"]  # fmt: skip
STORES: list[type[Overlay]] = [Episodic, KeyFacts, Playbook, Reflective]


@tool(read_only=True)
def look() -> str:
    """Look around."""
    return "there is a door"


def make_memory(store: type, archive: Archive) -> Memory:
    return Composed(Messages(), (store(archive),))


def judge(question: str, answer: str) -> bool:
    return False


@pytest.mark.parametrize("net", REPEATING)
def test_a_memory_that_writes_amid_attempts_is_refused_where_they_shall_know_nothing_of_each_other(net: str) -> None:
    memory = make_memory(Hierarchical, MemoryArchive())

    with pytest.raises(SetupError, match="samples must not share writable memory"):
        Brain(net, memory, "offline", [look], evaluator=judge)


@pytest.mark.parametrize("net", [*REPEATING, "react", "reflexion"])
def test_frozen_it_fits_every_net(net: str) -> None:
    memory = make_memory(Hierarchical, MemoryArchive(frozen=True))

    assert Brain(net, memory, "offline", [look], evaluator=judge).net.name in net


@pytest.mark.parametrize("net", ["react", "reflexion", "retry", "self_consistency", "retry(react, tries=1)"])
def test_it_fits_nets_whose_attempts_learn_cannot_write_or_are_alone(net: str) -> None:
    memory = make_memory(Hierarchical, MemoryArchive())

    assert Brain(net, memory, "offline", [look], evaluator=judge).net.name in net


class WatchedArchive(MemoryArchive):
    """Counts what is written to it."""

    writes = 0

    async def merge(self, event: str, merge: Merge) -> bool:
        self.writes += 1
        return await super().merge(event, merge)


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("net", REPEATING)
async def test_the_run_alone_writes_to_a_store_once_it_has_its_answer(net: str, store: type) -> None:
    archive = WatchedArchive([Entry("old", "a door was there", {"question": "a door?", "from": "run a"})])
    seen: list[int] = []

    def reply(_: Sequence[Message]) -> str:
        seen.append(archive.writes)
        return "It is a door."

    said = json.dumps([{"op": "ADD", "text": "the door is red", "lesson": "look twice"}])
    model, keeper = ScriptedModel(reply), ScriptedModel(lambda _: said)
    brain = Brain(net, make_memory(store, archive), model, [look], memory_model=keeper, evaluator=judge)
    await brain.run("What is there?")

    assert len(seen) >= 3
    assert set(seen) == {0}
    assert archive.writes == 1
    assert len(await archive.read()) == 2
