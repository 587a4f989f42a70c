"""Servers that reason get back what they want of it and nothing else, whatever became of the run in between."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from openai import AsyncOpenAI

from agent_brain.brain import Brain
from agent_brain.core.items import ItemKind
from agent_brain.core.store import Store
from agent_brain.engine.replay import replay
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.profiles import PROFILES
from agent_brain.models.retry import RetryPolicy
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool
from counterparts.reasoning_server import FAMILIES, TEXTS, THOUGHTS, Family, ReasoningServer
from engine.test_resume import cut, finish, read
from sse_server import Server

EVERY = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)


@tool(read_only=True)
async def look(at: int) -> str:
    """Look at something."""
    return f"saw {at}"


@asynccontextmanager
async def serve(strict: ReasoningServer) -> AsyncGenerator[AsyncOpenAI, None]:
    async with (
        Server(strict.get_handler()) as server,
        AsyncOpenAI(base_url=server.base_url, api_key="none") as client,
    ):
        yield client


def build(client: AsyncOpenAI, family: Family, store: Store) -> Brain:
    model = OpenAIChat("thinker", client=client, retry=RetryPolicy(attempts_max=1), profile=family.profile)
    return Brain(model=model, tools=[look], store=store, wire="native")


def test_each_profile_has_a_server_that_demands_what_it_says() -> None:
    assert {family.profile for family in FAMILIES.values()} == set(PROFILES)


@EVERY
async def test_a_run_cut_after_any_commit_is_taken_up_by_the_same_family(family: Family) -> None:
    strict, whole = ReasoningServer(family), MemoryStore()
    async with serve(strict) as client:
        undisturbed = await build(client, family, whole).run("Look.", run_id="r")
        assert undisturbed.answer == "The end."
        commits = await read(whole, "r")
        for kept in range(1, len(commits) + 1):
            store = await cut(whole, commits[:kept])
            assert (await finish(build(client, family, store), "r")).answer == "The end."
    assert strict.refused == []


@EVERY
async def test_a_fork_and_a_further_question_are_asked_as_the_family_wants_it(family: Family) -> None:
    strict, store = ReasoningServer(family), MemoryStore()
    async with serve(strict) as client:
        brain = build(client, family, store)
        first = await brain.run("Look.", run_id="r")
        for commit in (await read(store, "r"))[1:-1:2]:
            fork = await brain.fork("r", at=commit.last)
            assert (await finish(brain, fork)).answer == "The end."
        further = await brain.run("Look again.", after=first.env)
        assert further.answer == "The end."
    assert strict.refused == []


@EVERY
async def test_what_was_thought_is_on_the_items_and_in_no_text(family: Family) -> None:
    store = MemoryStore()
    async with serve(ReasoningServer(family)) as client:
        result = await build(client, family, store).run("Look.", run_id="r")
    said = [item for item in result.env.log if item.kind in {ItemKind.THOUGHT, ItemKind.ANSWER}]
    expected = list(zip(THOUGHTS, TEXTS, strict=True)) if family.say(0) else [("", text) for text in TEXTS if text]
    assert [(item.reasoning.strip(), item.text) for item in said] == expected


@EVERY
async def test_a_run_is_played_back_from_its_journal(family: Family) -> None:
    store = MemoryStore()
    async with serve(ReasoningServer(family)) as client:
        await build(client, family, store).run("Look.", run_id="r")
        found = await replay(await read(store, "r"), build(client, family, MemoryStore()))
    assert found.is_same, found.text()
