"""Over which wire a run asks a model: chosen once, written into the run, and changed where a server cannot do it."""

import asyncio
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.events import Retracted
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import BoardPut, Called, Refused, Status
from agent_brain.engine.limits import Limits
from agent_brain.engine.replay import replay
from agent_brain.models.chaos import ChaosModel, Faults
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.offline.model import OfflineModel
from agent_brain.models.retry import RetryPolicy
from agent_brain.models.scripted import ScriptedModel
from agent_brain.models.tool_support import ToolSupports
from agent_brain.nets.speaking import SpeakingState
from agent_brain.stores.memory import MemoryStore
from agent_brain.wires.auto import AutoWire
from agent_brain.wires.native import NativeWire
from agent_brain.wiring.tool_wires import make_auto_wire, make_native_wire
from engine.test_resume import cut, finish, read
from engine.wire_servers import TOOLS, Fault, WireServer, break_call, fail, make_chat, refuse, take
from sse_server import Connection, Request, Server, delta, send_events

ACTIONS = [("add", {"a": 2, "b": 3}), ("add", {"a": 3, "b": 3})]


def fresh() -> AutoWire:
    """The wire `auto` of a process that has asked nobody yet."""
    return make_auto_wire(ToolSupports())


def make_brain(server: Server, wire: str | AutoWire | NativeWire, **options: Any) -> Brain:
    return Brain(model=make_chat(server.base_url), tools=TOOLS, wire=wire, **options)


async def read_ways(store: MemoryStore, run_id: str = "r") -> str:
    """For each call of a run, `t` where tools were sent, `-` where none were."""
    records = [record for commit in await read(store, run_id) for record in commit.records]
    return "".join("t" if record.tools else "-" for record in records if isinstance(record, Called))


@pytest.mark.parametrize(
    ("fault", "asked", "why"),
    [(take, "ttttt", "gave back a call"), (refuse, "t----", "does not support tools")],
)
async def test_auto_asks_the_server_once_and_writes_its_choice_into_the_run(fault: Fault, asked: str, why: str) -> None:
    handler = WireServer(fault)
    async with Server(handler) as server, make_brain(server, fresh()) as brain:
        result = await brain.run("Add.")
        await brain.run("Add.")
    assert handler.broken == []
    assert (result.answer, handler.ways) == ("The end.", asked + asked[1:])
    [(key, choice)] = result.env.board.items()
    assert key == f"wire: mock at {server.base_url.split('/')[2]}"
    assert why in choice["why"]


async def test_a_process_is_refused_tools_once_and_each_run_writes_down_what_it_goes_by() -> None:
    handler, supports = WireServer(refuse), ToolSupports()
    async with Server(handler) as server:
        for wire in (make_native_wire(supports), make_native_wire(supports), make_auto_wire(supports)):
            async with make_brain(server, wire) as brain:
                result = await brain.run("Add.")
                assert (await brain.replay(result.run_id)).is_same
            [choice] = result.env.board.values()
            assert (choice["wire"], "does not support tools" in choice["why"]) == ("text", True)
    assert handler.ways == "t----" + "----" * 2
    assert handler.broken == []


async def test_what_one_server_has_refused_of_one_model_is_known_of_no_other() -> None:
    refusing, taking, supports = WireServer(refuse), WireServer(), ToolSupports()
    async with Server(refusing) as one, Server(taking) as other:
        for server, name in ((one, "mock"), (other, "mock"), (one, "larger")):
            model = make_chat(server.base_url, model=name)
            async with Brain(model=model, tools=TOOLS, wire=make_native_wire(supports)) as brain:
                await brain.run("Add.")
    assert (refusing.ways, taking.ways) == ("t----" * 2, "tttt")


async def test_what_a_model_without_a_server_has_refused_is_no_matter_for_the_next_run() -> None:
    refusal = ModelError(ModelErrorKind.NO_TOOLS, "no tools")
    wire = make_native_wire(ToolSupports())
    await Brain(model=ScriptedModel([refusal, "5", "5"]), tools=TOOLS, wire=wire).run("Add.")
    result = await Brain(model=ScriptedModel(["5", "5"]), tools=TOOLS, wire=wire).run("Add.")
    assert result.env.board == {}


async def test_runs_at_once_share_one_question_and_one_of_them_pays_for_it() -> None:
    handler = WireServer()
    async with Server(handler) as server, make_brain(server, fresh()) as brain:
        results = await asyncio.gather(*(brain.run("Add.") for _ in range(20)))
    probes = [asked for asked in handler.asked if asked["tools"][0]["function"]["name"] == "echo"]
    assert len(probes) == 1
    assert {result.answer for result in results} == {"The end."}
    assert sorted(result.usage.tokens for result in results) == [48] * 19 + [60]
    assert {result.usage.model_calls for result in results} == {4}


async def test_two_roles_on_two_servers_are_asked_as_each_can() -> None:
    calling, writing = WireServer(), WireServer(refuse)
    async with Server(calling) as one, Server(writing) as other:
        brain = Brain(
            model=make_chat(one.base_url), answering_model=make_chat(other.base_url), tools=TOOLS, wire=fresh()
        )
        async with brain:
            result = await brain.run("Add.")
    assert (result.answer, calling.ways, writing.ways) == ("The end.", "tttt", "t-")
    assert sorted(choice["wire"] for choice in result.env.board.values()) == ["native", "text"]
    assert calling.broken == writing.broken == []


async def test_models_without_a_server_are_not_asked() -> None:
    scripted = ScriptedModel(['{"name": "add", "args": {"a": 2, "b": 3}}', "Enough.", "The end."])
    result = await Brain(model=scripted, tools=TOOLS, wire="auto").run("Add.")
    offline = await Brain(model=OfflineModel(), tools=["builtin"], wire="auto").run("What is 2 + 3?")
    assert (len(scripted.calls), len(scripted.tools)) == (3, 3)
    assert result.env.board["wire: scripted"]["wire"] == "native"
    assert (offline.status, offline.env.board["wire: offline"]["wire"]) == (Status.ANSWERED, "text")


async def test_without_tools_nothing_has_to_be_found_out() -> None:
    handler = WireServer()
    async with Server(handler) as server, Brain(model=make_chat(server.base_url), wire=fresh()) as brain:
        result = await brain.run("Say something.")
    assert set(handler.ways) == {"-"}
    assert result.env.board == {}


@pytest.mark.parametrize(("status", "attempts"), [(401, 1), (503, 2)])
async def test_what_could_not_be_found_out_holds_for_this_run_alone(status: int, attempts: int) -> None:
    handler = WireServer(lambda number: fail(status, "not now") if number <= attempts else None)
    async with Server(handler) as server, make_brain(server, fresh()) as brain:
        first, second = await brain.run("Add."), await brain.run("Add.")
    assert handler.ways == "t" * attempts + "----" + "t" + "tttt"
    [unknown], [known] = first.env.board.values(), second.env.board.values()
    assert (unknown["wire"], known["wire"]) == ("text", "native")
    assert "could not be found out: model 'mock'" in unknown["why"]
    assert (first.answer, second.answer) == ("The end.", "The end.")


async def test_a_wrong_key_fails_the_run_and_decides_nothing() -> None:
    async def refuse_key(request: Request, connection: Connection) -> bool:
        return await fail(401, "no such key")(request, connection)

    async with Server(refuse_key) as server, make_brain(server, fresh()) as brain:
        result = await brain.run("Add.")
    assert (result.status, result.env.board) == (Status.FAILED, {})
    assert "no such key" in result.env.error


async def test_a_server_that_does_not_answer_with_tools_is_asked_over_text_for_this_run() -> None:
    handler = WireServer()

    async def stall(request: Request, connection: Connection) -> bool:
        if "tools" in request.json():
            await connection.wait_gone()
            return False
        return await handler(request, connection)

    wire = make_auto_wire(ToolSupports(seconds=0.1))
    async with Server(stall) as server, make_brain(server, wire) as brain:
        result = await brain.run("Add.")
    [choice] = result.env.board.values()
    assert (result.answer, handler.ways) == ("The end.", "----")
    assert "no answer to a request with tools within 0.1 s" in choice["why"]


async def test_a_run_whose_time_is_up_finishes_without_asking_what_its_server_takes() -> None:
    handler = WireServer()

    async def stall(request: Request, connection: Connection) -> bool:
        if "tools" in request.json():
            await connection.wait_gone()
            return False
        return await handler(request, connection)

    async with Server(stall) as server:
        async with make_brain(server, fresh(), limits=Limits(seconds=0.2, answer_seconds=5)) as brain:
            result = await brain.run("Add.")
        await server.wait_idle()
    assert (result.status, result.answer, result.env.board) == (Status.LIMITED, "The end.", {})
    assert handler.ways == "-"


async def test_an_explicit_native_run_falls_back_to_text_where_the_server_refuses_tools() -> None:
    handler, store = WireServer(refuse), MemoryStore()
    async with Server(handler) as server, make_brain(server, "native", store=store) as brain:
        events = [event async for event in brain.stream("Add.", run_id="r")]
    assert handler.ways == "t----"
    assert [event.reason for event in events if isinstance(event, Retracted)] == [
        f"model 'mock' at {server.base_url.split('/')[2]}: the server said 400: registry.ollama.ai/library/mock does "
        "not support tools; it is asked again over text"
    ]
    assert len([event for event in events if isinstance(event, BoardPut)]) == 1
    assert await read_ways(store) == "----"
    assert handler.broken == []


async def test_a_call_that_its_server_cannot_read_is_tried_again_then_made_over_text_and_twice_is_enough() -> None:
    handler, store = WireServer(break_call), MemoryStore()
    async with Server(handler) as server, make_brain(server, "native", store=store) as brain:
        result = await brain.run("Add.", run_id="r")
    assert handler.ways == "tt-" * 2 + "--"
    assert (result.answer, await read_ways(store)) == ("The end.", "----")
    [choice] = result.env.board.values()
    assert (choice["wire"], choice["broken_calls"]) == ("text", 2)
    assert "error parsing tool call" in choice["why"]


async def test_one_call_that_its_server_cannot_read_in_mid_run_leaves_a_history_that_both_wires_take() -> None:
    handler, store = WireServer(lambda number: break_call(1) if number in {2, 3} else None), MemoryStore()
    async with Server(handler) as server, make_brain(server, "native", store=store) as brain:
        result = await brain.run("Add.", run_id="r")
    assert handler.broken == []
    assert (handler.ways, await read_ways(store)) == ("ttt-tt", "t-tt")
    assert [(item.action.name, item.action.args) for item in result.env.log if item.action] == ACTIONS
    [choice] = result.env.board.values()
    assert (choice["wire"], choice["broken_calls"]) == ("native", 1)


async def test_a_server_error_of_another_kind_is_tried_again_as_before_and_changes_no_wire() -> None:
    handler, store = WireServer(lambda number: fail(500, "CUDA error") if number == 2 else None), MemoryStore()
    async with Server(handler) as server, make_brain(server, "native", store=store) as brain:
        result = await brain.run("Add.", run_id="r")
    assert (handler.ways, await read_ways(store), result.env.board) == ("ttttt", "tttt", {})
    always = WireServer(lambda _: fail(500, "CUDA error"))
    async with Server(always) as server, make_brain(server, "native") as brain:
        failed = await brain.run("Add.")
    assert (always.ways, failed.status) == ("tt", Status.FAILED)


async def test_a_call_that_fails_over_both_wires_tells_both_reasons_and_changes_nothing() -> None:
    async def fail_always(request: Request, connection: Connection) -> bool:
        handler = refuse(1) if "tools" in request.json() else fail(403, "no access")
        return await handler(request, connection)

    async with Server(fail_always) as server, make_brain(server, "native") as brain:
        result = await brain.run("Add.")
    assert (result.status, result.env.board) == (Status.FAILED, {})
    assert "no access" in result.env.error
    assert "over tool calls: model 'mock'" in result.env.error
    assert "does not support tools" in result.env.error


async def test_what_both_attempts_streamed_is_counted() -> None:
    words = b'data: {"error": {"code": 500, "message": "Failed to parse input at pos 3", "type": "server_error"}}\n\n'

    async def break_in_mid_stream(request: Request, connection: Connection) -> bool:
        if "tools" not in request.json():
            return await handler(request, connection)
        said = delta("I shall add the numbers. ")
        return await send_events(said, words, pause_seconds=0.01)(request, connection)

    handler = WireServer()
    async with Server(break_in_mid_stream) as server:
        model = make_chat(server.base_url, retry=RetryPolicy(attempts_max=1))
        async with Brain(model=model, tools=TOOLS, wire="native") as brain:
            result = await brain.run("Add.")
    assert result.answer == "The end."
    assert result.usage.model_calls == 6  # four that were answered over text, two that broke before them
    assert 0 < result.usage.estimated_tokens < result.usage.tokens


async def test_of_several_models_each_is_asked_as_it_can() -> None:
    down, writing = WireServer(lambda _: fail(503, "down")), OfflineModel()
    async with Server(down) as server:
        model = FallbackModel([make_chat(server.base_url), writing])
        async with Brain(model=model, tools=["builtin"], wire="native") as brain:
            result = await brain.run("What is 2 + 3?")
            assert (await brain.replay(result.run_id)).is_same
    assert result.status is Status.ANSWERED
    assert set(down.ways) == {"t"}
    assert result.env.board["wire: offline"]["why"] == "model 'offline' takes no tools"


async def test_where_the_first_of_several_models_goes_down_in_mid_run_the_next_one_goes_on_as_it_can() -> None:
    going, writing = WireServer(lambda number: fail(503, "down") if number > 2 else None), WireServer(refuse)
    async with Server(going) as one, Server(writing) as other:
        model = FallbackModel([make_chat(one.base_url), make_chat(other.base_url, model="other")])
        async with Brain(model=model, tools=TOOLS, wire=fresh()) as brain:
            result = await brain.run("Add.")
            assert (await brain.replay(result.run_id)).is_same
            story = await brain.story(result.run_id)
    assert [call.wire for step in story.steps for call in step.calls] == ["native", "text", "text", "text"]
    assert going.broken == writing.broken == []
    assert result.answer == "The end."
    assert [(item.action.name, item.action.args) for item in result.env.log if item.action] == ACTIONS


async def test_of_several_models_one_that_refuses_tools_is_asked_over_text_before_the_next_one() -> None:
    refusing, standby = WireServer(refuse), WireServer()
    async with Server(refusing) as one, Server(standby) as other:
        model = FallbackModel([make_chat(one.base_url), make_chat(other.base_url)])
        async with Brain(model=model, tools=TOOLS, wire="native") as brain:
            result = await brain.run("Add.")
            assert (await brain.replay(result.run_id)).is_same
    assert (result.answer, refusing.ways, standby.ways) == ("The end.", "t----", "")


def test_where_no_model_takes_tools_native_is_refused_before_any_run() -> None:
    for model in (FallbackModel([OfflineModel(), OfflineModel()]), ChaosModel(OfflineModel(), Faults())):
        with pytest.raises(SetupError, match="takes no tools"):
            Brain(model=model, tools=["builtin"], wire="native")
        Brain(model=model, tools=["builtin"], wire="auto")


class OwnWire:
    """A wire of one's own, which has no other beside it."""

    def __init__(self) -> None:
        wire = NativeWire()
        self.get_messages, self.get_tools, self.read = wire.get_messages, wire.get_tools, wire.read


def test_over_a_wire_that_has_no_other_beside_it_each_of_several_models_has_to_take_tools() -> None:
    with pytest.raises(SetupError, match="'offline' takes no tools, and OwnWire tells"):
        Brain(model=FallbackModel([ScriptedModel([]), OfflineModel()]), tools=TOOLS, wire=OwnWire())


async def test_what_a_state_would_ask_is_shown_over_the_wire_that_the_run_has_chosen() -> None:
    model = FallbackModel([ScriptedModel(["Enough.", "The end."]), OfflineModel()])
    brain = Brain(model=model, tools=TOOLS, wire="auto")
    env = MemoryEnv.begin("r", "react", "f", "reasoning", "Add.")
    state = brain.net["reasoning"]
    assert isinstance(state, SpeakingState)
    assert "Add two numbers." in state.get_messages(env)[0]["content"]
    done = await brain.run("Add.")
    assert "Add two numbers." not in state.get_messages(done.env)[0]["content"]


MID_RUN = {
    "auto, calls": ("auto", take),
    "auto, refused": ("auto", refuse),
    "native, refused": ("native", refuse),
    "native, broken": ("native", break_call),
    "native, broken once": ("native", lambda number: break_call(1) if number in {2, 3} else None),
}


def make_wire(name: str) -> AutoWire | NativeWire:
    return fresh() if name == "auto" else NativeWire()


@pytest.mark.parametrize(("name", "fault"), MID_RUN.values(), ids=MID_RUN)
async def test_a_replay_is_the_same_and_asks_nobody(name: str, fault: Fault) -> None:
    handler, store = WireServer(fault), MemoryStore()
    async with Server(handler) as server, make_brain(server, make_wire(name), store=store) as brain:
        await brain.run("Add.", run_id="r")
        commits, asked = await read(store, "r"), len(handler.asked)
        found = await replay(commits, make_brain(server, make_wire(name)))
        assert found.is_same, found.text()
    assert len(handler.asked) == asked
    for wire in ("auto", "native"):  # a model of another name, without a server
        other = await replay(commits, Brain(model=ScriptedModel([]), tools=TOOLS, wire=wire))
        assert other.is_same, other.text()


@pytest.mark.parametrize("name", ["auto", "native"])
async def test_a_replay_knows_over_which_wire_a_prompt_was_refused_to_which_nobody_replied(name: str) -> None:
    full = lambda number: fail(413, "too long") if number > (name == "auto") else None  # noqa: E731  # auto asks first
    store = MemoryStore()
    async with Server(WireServer(full)) as server, make_brain(server, make_wire(name), store=store) as brain:
        result = await brain.run("Add.", run_id="r")
        found = await replay(await read(store, "r"), make_brain(server, make_wire(name)))
    assert result.status is Status.FAILED
    assert any(isinstance(record, Refused) for commit in await read(store, "r") for record in commit.records)
    assert found.is_same, found.text()


async def test_it_knows_too_what_an_earlier_step_had_chosen_for_it() -> None:
    full = lambda number: fail(413, "too long") if number > 2 else None  # noqa: E731  # from the second step on
    store = MemoryStore()
    async with Server(WireServer(full)) as server, make_brain(server, fresh(), store=store) as brain:
        result = await brain.run("Add.", run_id="r")
        found = await brain.replay("r")
    assert (result.status, result.usage.tool_calls) == (Status.FAILED, 1)
    assert found.is_same, found.text()


@pytest.mark.parametrize(("name", "fault"), MID_RUN.values(), ids=MID_RUN)
async def test_a_run_cut_after_any_commit_goes_on_elsewhere_with_the_choice_it_had(name: str, fault: Fault) -> None:
    whole = MemoryStore()
    handler = WireServer(fault)
    async with Server(handler) as server, make_brain(server, make_wire(name), store=whole) as brain:
        undisturbed = await brain.run("Add.", run_id="r")
        commits = await read(whole, "r")
        actions = [item.action for item in undisturbed.env.log if item.action]
        for kept in range(1, len(commits) + 1):
            store = await cut(whole, commits[:kept])
            has_chosen = any(isinstance(record, BoardPut) for commit in commits[:kept] for record in commit.records)
            before = handler.ways
            async with make_brain(server, make_wire(name), store=store) as other:
                done = await finish(other, "r")
            assert done.answer == undisturbed.answer
            assert [item.action for item in done.env.log if item.action] == actions
            if has_chosen and name == "auto":
                asked = handler.asked[len(before) :]
                assert not any(is_probe(each) for each in asked)
    assert handler.broken == []


def is_probe(asked: Any) -> bool:
    return any(each["function"]["name"] == "echo" for each in asked.get("tools", ()))


async def test_a_fork_keeps_the_choice_and_a_further_question_too() -> None:
    handler, store = WireServer(refuse), MemoryStore()
    async with Server(handler) as server, make_brain(server, fresh(), store=store) as brain:
        first = await brain.run("Add.", run_id="r")
        at = next(
            commit.last for commit in await read(store, "r") if any(isinstance(r, BoardPut) for r in commit.records)
        )
        asked = len(handler.asked)
        async with make_brain(server, fresh(), store=store) as other:
            forked = await finish(other, await other.fork("r", at))
            further = await other.run("Add.", after=first.env)
    assert {choice["wire"] for env in (forked.env, further.env) for choice in env.board.values()} == {"text"}
    assert "t" not in handler.ways[asked:]
    assert handler.broken == []
