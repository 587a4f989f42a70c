"""Where one model cannot answer the next one does, over real HTTP; what the first had said is taken back."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Again, ChatModel
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError
from agent_brain.core.events import Chunk, Ended, Event, Retracted
from agent_brain.core.records import Called, Charged, Status
from agent_brain.models.circuit import Circuits
from agent_brain.models.fallback import GOES_ON, REASONS, FallbackModel
from agent_brain.models.offline.model import OfflineModel
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.retry import RetryPolicy
from agent_brain.models.scripted import ScriptedModel
from agent_brain.tools.function_tool import tool
from chat_model_contract import SAID, ChatModelContract
from chat_steps import collect, join_text
from sse_server import (
    DONE,
    STREAM_HEAD,
    Connection,
    Handler,
    Request,
    Server,
    delta,
    frame,
    in_turn,
    play,
    response,
    send_events,
    send_raw,
    usage,
)

Kind = ModelErrorKind
ChatMaker = Callable[..., OpenAIChat]
ONCE = RetryPolicy(attempts_max=1)
GOOD = play(lambda _: "Hello")


def refuse(status: int, **headers: str) -> Handler:
    return send_raw(response(status, {"error": {"message": f"status {status}"}}, **headers), keep=True)


async def endless(_: Request, connection: Connection) -> bool:
    """Says a word, and goes on until the client leaves."""
    await connection.send(STREAM_HEAD + frame(delta("Hello")))
    await connection.wait_gone()
    return False


CUT = send_raw(STREAM_HEAD + frame(delta("Half of it")))


class TestFallbackModel(ChatModelContract):
    @pytest.fixture
    async def model(self, make_chat: ChatMaker) -> AsyncGenerator[ChatModel, None]:
        async with Server(refuse(500)) as broken, Server(play(lambda _: SAID)) as server:
            yield FallbackModel([make_chat(broken.base_url, retry=ONCE), make_chat(server.base_url)])


@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (refuse(500), "the server said 500: status 500"),
        (refuse(401), "the server said 401"),
        (refuse(402), "the server said 402"),
        (refuse(404), "the server said 404"),
        (refuse(429, retry_after="3600"), "it asks to wait 3600 s"),
        (CUT, "the connection broke"),
        (send_raw(response(200, "<html>", content_type="text/html")), "text/html"),
    ],
    ids=["500", "401", "402", "404", "429", "cut", "a page"],
)
async def test_the_next_model_answers_and_the_reason_is_told(
    make_chat: ChatMaker, handler: Handler, words: str
) -> None:
    async with Server(handler) as first, Server(GOOD) as second:
        model = FallbackModel(
            [make_chat(first.base_url, model="a", retry=ONCE), make_chat(second.base_url, model="b", retry=ONCE)]
        )
        steps = await collect(model)

    [again] = [step for step in steps if isinstance(step, Again)]
    assert join_text(steps) == "Hello"
    assert words in again.reason
    assert "model 'b' at 127.0.0.1:" in again.reason
    assert (again.model, again.attempt) == (model.models[1], 1)


async def test_a_dead_server_is_answered_by_the_next_one(make_chat: ChatMaker) -> None:
    async with Server(GOOD) as gone:
        dead = gone.base_url
    async with Server(GOOD) as alive:
        steps = await collect(FallbackModel([make_chat(dead, retry=ONCE), make_chat(alive.base_url)]))

    assert join_text(steps) == "Hello"
    assert any(isinstance(step, Again) and "could not be reached" in step.reason for step in steps)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": {"message": "no such field"}}),
        (400, {"error": {"code": "context_length_exceeded"}}),
        (400, {"error": {"code": "content_filter"}}),
    ],
)
async def test_what_another_model_would_not_mend_is_told_at_once(
    make_chat: ChatMaker, status: int, body: dict[str, object]
) -> None:
    async with Server(send_raw(response(status, body))) as first, Server(GOOD) as second:
        model = FallbackModel([make_chat(first.base_url), make_chat(second.base_url)])
        with pytest.raises(ModelError, match="the server said 400"):
            await collect(model)

    assert second.requests == []


async def test_the_kinds_can_be_chosen(make_chat: ChatMaker) -> None:
    long = ModelError(Kind.CONTEXT_LENGTH, "too long")
    model = FallbackModel([ScriptedModel([long]), ScriptedModel(["It fits."])], goes_on=GOES_ON | {Kind.CONTEXT_LENGTH})

    assert join_text(await collect(model)) == "It fits."


def test_every_kind_of_failure_is_decided_with_a_reason() -> None:
    assert REASONS.keys() == set(Kind)
    assert all(reason for _, reason in REASONS.values())


async def test_where_none_answers_the_error_tells_what_became_of_each() -> None:
    faults = [ModelError(Kind.SERVER, "a failed"), ModelError(Kind.QUOTA, "b has no money", status=402)]
    with pytest.raises(ModelError, match=r"2 models were asked in turn.*a failed; b has no money") as caught:
        await collect(FallbackModel([ScriptedModel([fault]) for fault in faults]))

    assert (caught.value.kind, caught.value.status, caught.value.retryable) == (Kind.QUOTA, 402, True)


def test_no_model_at_all_is_refused() -> None:
    with pytest.raises(SetupError, match="wanted at least one"):
        FallbackModel([])


async def test_leaving_closes_the_connection_of_the_model_that_answers(make_chat: ChatMaker) -> None:
    async with Server(refuse(500)) as first, Server(endless) as second:
        model = FallbackModel([make_chat(first.base_url, retry=ONCE), make_chat(second.base_url)])
        async with aclosing(model.stream([])) as steps:
            await anext(steps)
            await anext(steps)
        await second.wait_idle()


async def test_a_circuit_spares_a_run_the_wait_for_a_dead_server(make_chat: ChatMaker) -> None:
    circuits = Circuits(failures_max=2)
    async with Server(refuse(503)) as first, Server(GOOD) as second:
        servers = (first.base_url, second.base_url)
        model = FallbackModel([make_chat(url, retry=ONCE, circuit=circuits.get(url)) for url in servers])
        replies = [await collect(model) for _ in range(5)]

    assert [join_text(steps) for steps in replies] == ["Hello"] * 5
    assert len(first.requests) == 2
    assert any(
        isinstance(step, Again) and "not asked: its server has failed 2 times" in step.reason for step in replies[-1]
    )


async def stream(brain: Brain) -> list[Event]:
    async with aclosing(brain.stream("Say hello.")) as events:
        return [event async for event in events]


async def test_the_journal_names_who_answered_and_counts_what_was_lost(make_chat: ChatMaker) -> None:
    async with Server(CUT) as first, Server(GOOD) as second:
        members = [make_chat(first.base_url, model="a", retry=ONCE), make_chat(second.base_url, model="b")]
        events = await stream(Brain("react_brief", model=FallbackModel(members)))

    assert [event.model for event in events if isinstance(event, Called)] == ["b"]
    charged = [event for event in events if isinstance(event, Charged) and event.model]
    assert [(each.model, each.usage.model_calls, each.usage.estimated_tokens > 0) for each in charged] == [
        ("a", 1, True),
        ("b", 1, False),
    ]


async def test_watchers_see_the_reason_and_what_was_said_is_taken_back(make_chat: ChatMaker) -> None:
    async with Server(CUT) as first, Server(GOOD) as second:
        members = [make_chat(first.base_url, model="a", retry=ONCE), make_chat(second.base_url, model="b")]
        events = await stream(Brain("react_brief", model=FallbackModel(members)))

    said = [event for event in events if isinstance(event, Chunk | Retracted)]
    assert [type(event).__name__ for event in said[:2]] == ["Chunk", "Retracted"]
    assert isinstance(said[1], Retracted)
    assert "is asked instead" in said[1].reason
    assert isinstance(events[-1], Ended)
    assert (events[-1].status, events[-1].answer) == (Status.ANSWERED, "Hello")


def call(arguments: str, **named: str) -> bytes:
    """A piece of the first tool call."""
    return delta(tool_calls=[{"index": 0, "function": {**named, "arguments": arguments}}])


BROKEN_CALL = send_raw(STREAM_HEAD + frame(call('{"number": ', name="double")))
WHOLE_CALL = send_events(call('{"number": ', name="double"), call("21}"), delta(finish="tool_calls"), usage(), DONE)


@tool
async def double(number: int) -> int:
    """Double a number."""
    return 2 * number


async def test_a_tool_call_that_was_cut_is_made_by_the_next_model_alone(make_chat: ChatMaker) -> None:
    async with Server(BROKEN_CALL) as first, Server(in_turn(WHOLE_CALL, GOOD)) as second:
        members = [make_chat(first.base_url, retry=ONCE), make_chat(second.base_url, retry=ONCE)]
        brain = Brain("react_brief", model=FallbackModel(members), tools=[double], wire="native")
        result = await brain.run("Double 21.")

    assert [item.outcome.text for item in result.env.log if item.outcome] == ["42"]
    assert (result.status, result.answer) == (Status.ANSWERED, "Hello")


async def test_a_model_that_takes_no_tools_is_named() -> None:
    model = FallbackModel([ScriptedModel([ModelError(Kind.SERVER, "gone")]), OfflineModel()])

    with pytest.raises(SetupError, match="model 'offline' takes no tools"):
        async with aclosing(model.stream_calls([], [{"type": "function"}])) as steps:
            assert [type(step) async for step in steps]


async def test_a_run_that_fell_back_is_played_back_with_the_same_usage() -> None:
    lost = ModelError(Kind.SERVER, "gone")
    brain = Brain(
        "react_brief", model=FallbackModel([ScriptedModel([lost], name="a"), ScriptedModel(["Hi"], name="b")])
    )
    result = await brain.run("Hello?")

    replay = await brain.replay(result.run_id)

    assert (replay.difference, list(replay.notes)) == (None, [])
