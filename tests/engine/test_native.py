"""The same nets over tool calls: several at once, streamed, cut, taken up again, played back."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import SecretStr

from agent_brain.brain import Brain
from agent_brain.core.chat import Reply
from agent_brain.core.errors import SetupError
from agent_brain.core.events import Chunk, ChunkKind
from agent_brain.core.items import FaultKind, ItemKind, Message, OutcomeStatus, ReplyCall
from agent_brain.core.record_json import encode_records
from agent_brain.core.records import ActionStarted, Called, Status
from agent_brain.engine.replay import replay
from agent_brain.models.chaos import ChaosModel, Faults
from agent_brain.models.offline.model import OfflineModel
from agent_brain.models.scripted import ScriptedModel
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.function_tool import tool
from durability.pairing import check_calls
from engine.test_resume import Deeds, cut, finish, read


def call(*calls: tuple[str, Any], text: str = "", finish: str = "tool_calls") -> Reply:
    made = [ReplyCall(name, args if isinstance(args, str) else json.dumps(args)) for name, args in calls]
    return Reply(text, "", finish, tuple(made))


ALL = call(("look", {"at": 2}), ("pay", {"eur": 3}), ("note", {"text": "x"}))


def speak(messages: Sequence[Message]) -> str | Reply:
    """A pure function of what is shown, so that a run that goes on elsewhere hears the same."""
    check_calls(messages)
    if "Now give the final answer" in messages[-1]["content"]:
        return "The end."
    made = [made["function"]["name"] for message in messages for made in message.get("tool_calls", ())]
    return "Enough." if "pay" in made else ALL if made else call(("look", {"at": 1}), text="I look.")


async def test_calls_of_one_reply_run_at_once_and_one_that_fails_loses_no_other() -> None:
    together = asyncio.Barrier(3)

    @tool
    async def meet(name: str) -> str:
        await together.wait()
        if name == "b":
            raise ValueError("b is late")
        return f"met {name}"

    calls = call(("meet", {"name": "a"}), ("meet", {"name": "b"}), ("nope", {}), ("meet", "]"), ("meet", {"name": "c"}))
    result = await Brain(model=ScriptedModel([calls, "Done.", "Met."]), tools=[meet], wire="native").run("Meet.")
    done = [item for item in result.env.log if item.action and item.outcome]
    assert [(item.action.name, item.action.args) for item in done if item.action] == [
        ("meet", {"name": "a"}), ("meet", {"name": "b"}), ("nope", {}), ("meet", {"name": "c"}),
    ]  # fmt: skip
    assert [item.outcome.status for item in done if item.outcome] == ["finished", "failed", "failed", "finished"]
    assert result.env.faults == {FaultKind.UNREADABLE: 1, FaultKind.UNKNOWN_TOOL: 1}
    assert result.answer == "Met."


async def test_the_arguments_of_a_call_are_streamed_with_its_name_first() -> None:
    brain = Deeds().build(MemoryStore(), wire="native")
    brain = Brain(model=ScriptedModel(speak, chunk_size=5), tools=brain.tools, wire="native")
    chunks = [event async for event in brain.stream("Do it.") if isinstance(event, Chunk)]
    said = [(chunk.kind, chunk.text) for chunk in chunks]
    assert said[:5] == [
        (ChunkKind.THOUGHT, "I loo"), (ChunkKind.THOUGHT, "k."), (ChunkKind.ARGUMENTS, "\nlook "),
        (ChunkKind.ARGUMENTS, '{"at"'), (ChunkKind.ARGUMENTS, ": 1}"),
    ]  # fmt: skip
    written = "".join(text for kind, text in said[5:] if kind is ChunkKind.ARGUMENTS)
    assert written == 'look {"at": 2}\npay {"eur": 3}\nnote {"text": "x"}'


async def test_a_run_cut_after_any_commit_comes_to_the_same_end() -> None:
    def build(deeds: Deeds, store: MemoryStore) -> Brain:
        return Brain(model=ScriptedModel(speak), tools=deeds.build(store).tools, store=store, wire="native")

    whole = MemoryStore()
    undisturbed = await build(Deeds(), whole).run("Do it.", run_id="r")
    commits = await read(whole, "r")
    for kept in range(1, len(commits) + 1):
        store, again = await cut(whole, commits[:kept]), Deeds()
        done = await finish(build(again, store), "r")
        is_started = any(
            isinstance(record, ActionStarted) and record.action.name == "pay"
            for commit in commits[:kept]
            for record in commit.records
        )
        assert done.answer == undisturbed.answer == "The end."
        assert [item.action for item in done.env.log] == [item.action for item in undisturbed.env.log]
        assert again.done.count("pay 3") == (not is_started)


WAYS: dict[str, Sequence[str | Reply]] = {
    "calls": [ALL, "Enough.", "The end."],
    "calls beside text": [call(("look", {"at": 1}), text="Hm."), "Enough.", "The end."],
    "unreadable": [call(("look", "]")), call(("look", {"at": 1})), "Enough.", "The end."],
    "some unreadable": [call(("look", "]"), ("look", {"at": 1}), ("nope", {})), "Enough.", "The end."],
    "mended": [call(("look", "{'at': 1,}"), ("functions.look", '"{\\"at\\": 2}"')), "Enough.", "The end."],
    "cut short": [call(("look", '{"at": 1'), finish="length"), call(("look", '{"at": 1')), "Enough.", "The end."],
    "text": ['Hm. {"name": "look", "args": {"at": 1}}', "Enough.", "The end."],
    "nothing": ["", call(("look", {"at": 1})), "Enough.", "The end."],
}


@pytest.mark.parametrize("replies", WAYS.values(), ids=WAYS)
async def test_a_replay_over_tool_calls_is_the_same(replies: Sequence[str | Reply]) -> None:
    store, deeds = MemoryStore(), Deeds()
    tools = deeds.build(store).tools
    await Brain(model=ScriptedModel(replies), tools=tools, store=store, wire="native").run("Do it.", run_id="r")
    deeds.done.clear()
    found = await replay(await read(store, "r"), Brain(model=ScriptedModel([]), tools=tools, wire="native"))
    assert found.is_same, found.text()
    assert deeds.done == []


async def test_a_tool_that_tells_of_itself_otherwise_is_a_difference() -> None:
    def build(purpose: str, store: MemoryStore) -> Brain:
        @tool(description=purpose)
        async def look(at: int) -> str:
            return f"saw {at}"

        return Brain(model=ScriptedModel(WAYS["calls beside text"]), tools=[look], store=store, wire="native")

    store = MemoryStore()
    await build("Look at it.", store).run("Do it.", run_id="r")
    found = await replay(await read(store, "r"), build("Stare at it.", store))
    assert found.difference is not None
    assert found.difference.found == "the list of tools with the lines marked +"
    assert "Stare at it." in "".join(found.difference.changes)


async def test_what_the_journal_keeps_of_calls_is_no_more_than_the_actions_do_not_tell() -> None:
    async def keep(*replies: str | Reply) -> list[Called]:
        store = MemoryStore()
        tools = Deeds().build(store).tools
        await Brain(model=ScriptedModel(replies), tools=tools, store=store, wire="native").run("Do it.", run_id="r")
        return [record for commit in await read(store, "r") for record in commit.records if isinstance(record, Called)]

    assert [record.calls for record in await keep(*WAYS["calls"])] == [None, (), ()]
    kept = await keep(*WAYS["some unreadable"])
    assert kept[0].calls == (ReplyCall("look", "]"), ReplyCall("look", '{"at": 1}'), ReplyCall("nope", "{}"))


async def test_a_secret_argument_is_in_no_journal_and_its_run_can_be_played() -> None:
    @tool
    async def unlock(key: SecretStr) -> str:
        return f"{len(key.get_secret_value())} characters"

    store = MemoryStore()
    replies: Sequence[str | Reply] = [
        call(("unlock", {"key": "hunter2hunter2"}), ("unlock", ']"key": "hunter3hunter3"')),
        "Open.",
        "It is open.",
    ]
    await Brain(model=ScriptedModel(replies), tools=[unlock], store=store, wire="native").run("Open it.", run_id="r")
    commits = await read(store, "r")
    assert not any("hunter" in encode_records(commit.records) for commit in commits)
    found = await replay(commits, Brain(model=ScriptedModel([]), tools=[unlock], wire="native"))
    assert found.is_same, found.text()


def test_a_model_that_takes_no_tools_is_refused_before_any_run() -> None:
    with pytest.raises(SetupError, match="model 'offline' takes no tools"):
        Brain(model=OfflineModel(), tools=["builtin"], wire="native")
    with pytest.raises(SetupError, match="model 'offline' takes no tools"):
        Brain(model=ScriptedModel([]), answering_model=OfflineModel(), tools=["builtin"], wire="native")


async def test_without_tools_any_model_will_do() -> None:
    result = await Brain(model=OfflineModel(), wire="native").run("What is 2 + 3?")
    assert result.status is Status.ANSWERED


async def test_a_conversation_over_text_goes_on_over_tool_calls_and_back() -> None:
    tools = Deeds().build(MemoryStore()).tools
    texts = ['{"name": "look", "args": {"at": 1}}', "Seen.", "One."]
    before = await Brain(model=ScriptedModel(texts), tools=tools).run("Look.")
    calling = ScriptedModel([call(("look", {"at": 2})), "Seen.", "Two."])
    between = await Brain(model=calling, tools=tools, wire="native").run("Again.", after=before.env)
    after = await Brain(model=ScriptedModel(texts), tools=tools).run("Again.", after=between.env)
    assert (between.answer, after.answer) == ("Two.", "One.")
    for messages in calling.calls:
        check_calls(messages)


@pytest.mark.parametrize("seed", range(60))
async def test_whatever_goes_wrong_a_run_ends_and_asks_only_what_a_strict_server_takes(seed: int) -> None:
    inner = ScriptedModel(speak)
    faults = Faults(again=0.1, mangled=0.25, empty=0.15, wrong_action=0.25, resplit=1)
    model = ChaosModel(inner, faults, seed=seed)
    result = await Brain(model=model, tools=Deeds().build(MemoryStore()).tools, wire="native").run("Do it.")
    assert result.status in {Status.ANSWERED, Status.LIMITED, Status.FAILED}
    assert inner.calls  # and `speak` has checked every one of them
    assert all(item.outcome for item in result.env.log if item.kind is ItemKind.ACTION)
    assert {item.outcome.status for item in result.env.log if item.outcome} <= set(OutcomeStatus)
