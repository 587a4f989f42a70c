"""A fork may go on with another net than the run that it came from; only where that net has the state it stands at."""

from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import NetChanged, SetupError
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.record_json import decode_records, encode_records
from agent_brain.core.records import Forked
from agent_brain.engine.telling import read_story
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool

CALL = '{"name": "weigh", "args": {}}'
WEIGHED = 12
"""So many records there are when the parcel has been weighed."""


@tool(read_only=True)
async def weigh() -> str:
    """Put the parcel on the scales."""
    return "4 kg"


def make(store: MemoryStore, *script: str, **given: Any) -> Brain:
    return Brain(tools=[weigh], model=ScriptedModel(script), store=store, **given)


async def begin(store: MemoryStore) -> None:
    await make(store, CALL, "I know it.", "4 kg.").run("How heavy is it?", run_id="first")


async def test_a_fork_is_refused_by_another_net_and_goes_on_where_it_is_told_to_take_it() -> None:
    store = MemoryStore()
    await begin(store)
    brain = make(store, "Surely.", "About 4 kg.", instructions="Be vague.")

    refused = await brain.fork("first", WEIGHED)
    taken = await brain.fork("first", WEIGHED, takes_net=True)

    with pytest.raises(NetChanged):
        await brain.go_on(refused)
    assert (await brain.go_on(taken)).answer == "About 4 kg."


async def test_the_fork_says_of_itself_which_net_it_has() -> None:
    store = MemoryStore()
    await begin(store)
    brain = make(store, net="refact")

    fork = await brain.fork("first", WEIGHED, takes_net=True)
    env, info = await brain.load(fork), await store.get(fork)

    assert (env.net, env.fingerprint, dict(env.shape)) == ("refact", brain.net.fingerprint, dict(brain.net.shape))
    assert (info.net, info.fingerprint) == ("refact", brain.net.fingerprint)
    assert (await read_story(store, fork)).net == "refact"
    assert (await store.get("first")).net == "react"


async def test_a_net_without_the_state_at_which_it_would_go_on_is_refused_with_its_states() -> None:
    store = MemoryStore()
    await begin(store)
    brain = make(store, net="direct")

    with pytest.raises(SetupError, match=r"stands at state 'reasoning'.* net 'direct' does not have; its states: ans"):
        await brain.fork("first", WEIGHED, fork_id="second", takes_net=True)

    assert await store.find("second") == []


async def test_a_fork_with_the_same_net_says_no_more_than_its_name() -> None:
    store = MemoryStore()
    await begin(store)
    brain = make(store)

    fork = await brain.fork("first", WEIGHED, takes_net=True)

    assert [commit.records async for commit in store.read(fork, WEIGHED)] == [(Forked(fork),)]


def test_the_record_of_another_net_comes_back_from_json() -> None:
    record = Forked("second", "refact", "f1", {"moves": "none"})

    (read,) = decode_records(encode_records([record]))

    assert read == record
    assert MemoryEnv.fold([read]).shape == {"moves": "none"}


async def test_a_secret_in_the_words_of_the_other_net_is_not_kept() -> None:
    store = MemoryStore()
    await begin(store)
    brain = Brain(tools=[weigh], model=ScriptedModel([]), store=store, instructions="Say sesame1.", secrets=["sesame1"])

    fork = await brain.fork("first", WEIGHED, takes_net=True)

    assert "sesame1" not in repr([commit.records async for commit in store.read(fork)])
