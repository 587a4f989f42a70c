"""Models and whole brains against aimock, a fake of many providers by others, and what its journal says we sent."""

import json
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from typing import Any, cast

import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI

from agent_brain.brain import Brain
from agent_brain.core.chat import Again, Delta
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.events import Chunk, ChunkKind, Retracted
from agent_brain.core.items import ItemKind, Message
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.retry import RetryPolicy
from agent_brain.tools.function_tool import tool
from agent_brain.tools.mcp.server import McpServer
from counterparts.aimock import TEST_ID, Aimock, run_aimock
from durability.pairing import check_calls, check_roles
from tools.mcp.serving import observe, opened

QUICK = RetryPolicy(attempts_max=2, wait_initial_seconds=0.01)
ONCE = RetryPolicy(attempts_max=1)
WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
CALLS = [("get_weather", {"city": "Oslo"}), ("get_time", {"tz": "Europe/Oslo"})]
SAID = ['{"name": "get_weather", "args": {"city": "Oslo"}}', "I know it.", "Sunny."]


def fixture(match: Mapping[str, Any], response: Mapping[str, Any], **rest: Any) -> Mapping[str, Any]:
    return {"match": match, "response": response, **rest}


FIXTURES = [
    *(fixture({"model": "says", "sequenceIndex": place}, {"content": text}) for place, text in enumerate(SAID)),
    fixture(
        {"userMessage": "weather", "hasToolResult": False},
        {"toolCalls": [{"name": name, "arguments": args} for name, args in CALLS], "reasoning": "Both at once."},
    ),
    fixture({"userMessage": "final answer"}, {"content": "Sunny, 12:00."}),
    fixture(
        {"userMessage": "order"},
        {
            "blocks": [
                {"type": "toolCall", "name": "get_time", "arguments": "{}"},
                {"type": "text", "text": "Then this."},
            ]
        },
    ),
    fixture({"userMessage": "think"}, {"content": "42", "reasoning": "Let me think about it step by step."}),
    fixture(
        {"userMessage": "long"},
        {
            "content": WORDS,
            "finishReason": "length",
            "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
        },
    ),
    fixture(
        {"userMessage": "limit", "sequenceIndex": 0},
        {"error": {"message": "Slow down", "type": "rate_limit_error"}, "status": 429, "retryAfter": 1},
    ),
    fixture({"userMessage": "drop", "sequenceIndex": 0}, {"content": WORDS}, latency=60, disconnectAfterMs=200),
    fixture({"userMessage": "cut", "sequenceIndex": 0}, {"content": WORDS}, latency=60, truncateAfterChunks=2),
    fixture({}, {"content": "Hello."}),
]


@pytest.fixture(scope="module")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aimock]:
    with run_aimock(tmp_path_factory.mktemp("aimock"), FIXTURES) as server:
        yield server


@pytest.fixture
def test_id(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


@tool
def get_weather(city: str) -> str:
    """The weather."""
    return f"sun in {city}"


@tool
def get_time(tz: str) -> str:
    """The time."""
    return f"12:00 {tz}"


async def ask(chat: OpenAIChat, words: str) -> tuple[list[Delta], list[Again]]:
    pieces = [piece async for piece in chat.stream([{"role": "user", "content": words}])]
    return [piece for piece in pieces if isinstance(piece, Delta)], [p for p in pieces if isinstance(p, Again)]


def drop_reasoning(message: Mapping[str, Any]) -> Message:
    """The message without what servers add to the standard, and take back."""
    kept = {name: said for name, said in message.items() if name not in ("reasoning", "reasoning_content")}
    return cast(Message, kept)


def join(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas)


@pytest.fixture
async def make_chat(aimock: Aimock, test_id: str) -> AsyncGenerator[Callable[..., OpenAIChat], None]:
    """Makes models whose requests are this test's; their clients are closed at the end."""
    clients: list[AsyncOpenAI] = []

    def make(
        model: str = "gpt-4.1-mini", path: str = "/v1", retry: RetryPolicy = QUICK, client: AsyncOpenAI | None = None
    ) -> OpenAIChat:
        clients.append(client or aimock.make_client(test_id, path))
        return OpenAIChat(model, client=clients[-1], retry=retry)

    yield make
    for client in clients:
        await client.close()


Make = Callable[..., OpenAIChat]


async def test_calls_in_parallel_and_the_turn_that_follows(aimock: Aimock, test_id: str, make_chat: Make) -> None:
    chat = make_chat()
    async with Brain(model=chat, tools=[get_weather, get_time], wire="native") as brain:
        result = await brain.run("What is the weather?")

    assert result.answer == "Sunny, 12:00."
    done = [(item.action.name, item.outcome.text) for item in result.env.log if item.action and item.outcome]
    assert done == [("get_weather", "sun in Oslo"), ("get_time", "12:00 Europe/Oslo")]
    sent = [entry["body"] for entry in aimock.read_requests(test_id)]
    assert len(sent) == 3
    for body in sent:
        check_calls([drop_reasoning(message) for message in body["messages"]])
        assert [made["function"]["name"] for made in body["tools"]] == ["get_weather", "get_time"]
    assert [message["role"] for message in sent[1]["messages"][2:5]] == ["assistant", "tool", "tool"]


async def test_the_same_over_text(aimock: Aimock, test_id: str, make_chat: Make) -> None:
    chat = make_chat("says")
    async with Brain(model=chat, tools=[get_weather], wire="text") as brain:
        result = await brain.run("What is the sky like?")

    assert result.answer == "Sunny."
    assert [item.outcome.text for item in result.env.log if item.outcome] == ["sun in Oslo"]
    for entry in aimock.read_requests(test_id):
        check_roles(entry["body"]["messages"])
        assert "tools" not in entry["body"]


async def test_reasoning_is_a_thought_and_never_the_answer(make_chat: Make) -> None:
    async with Brain(net="react_brief", model=make_chat(), wire="native", tools=[get_time]) as brain:
        chunks = [event async for event in brain.stream("Please think.") if isinstance(event, Chunk)]

    thought = "".join(chunk.text for chunk in chunks if chunk.kind is ChunkKind.REASONING)
    assert "Let me think about it step by step." in thought
    assert "step" not in "".join(chunk.text for chunk in chunks if chunk.kind is ChunkKind.ANSWER)


async def test_a_call_before_its_text_is_read_as_both(make_chat: Make) -> None:
    chat = make_chat()
    pieces = [p async for p in chat.stream_calls([{"role": "user", "content": "order"}], [])]

    deltas = [piece for piece in pieces if isinstance(piece, Delta)]
    assert [call.name for delta in deltas for call in delta.calls if call.name] == ["get_time"]
    assert join(deltas) == "Then this."


async def test_a_reply_that_was_cut_by_length_says_so_with_the_servers_usage(make_chat: Make) -> None:
    deltas, _ = await ask(make_chat(), "long")

    assert (join(deltas), [delta.finish for delta in deltas if delta.finish]) == (WORDS, ["length"])
    [usage] = [delta.usage for delta in deltas if delta.usage]
    assert (usage.input_tokens, usage.output_tokens) == (11, 7)


async def test_a_rate_limit_is_waited_for_as_long_as_it_says(make_chat: Make) -> None:
    began = time.monotonic()
    deltas, again = await ask(make_chat(), "limit")

    assert (join(deltas), [one.wait_seconds for one in again]) == ("Hello.", [1.0])
    assert time.monotonic() - began >= 1.0


@pytest.mark.parametrize("words", ["drop", "cut"])
async def test_a_stream_that_breaks_off_is_begun_again_and_its_words_do_not_count(
    test_id: str, words: str, make_chat: Make
) -> None:
    chat = make_chat()
    async with Brain(net="react_brief", model=chat) as brain:
        events = [event async for event in brain.stream(words, run_id=test_id)]
        env = await brain.load(test_id)

    assert sum(isinstance(event, Retracted) for event in events) == 1
    assert env.answer == "Hello."
    assert not any("one two" in item.text for item in env.log)


CHAOS = {
    "dropRate": (ModelErrorKind.SERVER, "Chaos: request dropped"),
    "malformedRate": (ModelErrorKind.PROTOCOL, ""),
    "disconnectRate": (ModelErrorKind.CONNECTION, ""),
    "rateLimitRate": (ModelErrorKind.RATE_LIMIT, ""),
}


@pytest.mark.parametrize("rate", CHAOS)
async def test_whatever_its_chaos_does_is_an_error_of_the_right_kind(
    aimock: Aimock, test_id: str, rate: str, make_chat: Make
) -> None:
    aimock.set_chaos(test_id, **{rate: 1})
    kind, said = CHAOS[rate]

    with pytest.raises(ModelError) as caught:
        await ask(make_chat(retry=ONCE), "hi")

    assert (caught.value.kind, caught.value.retryable) == (kind, True)
    assert said in str(caught.value)


async def test_chaos_that_only_delays_delays(aimock: Aimock, test_id: str, make_chat: Make) -> None:
    aimock.set_chaos(test_id, latencyMs=80)
    began = time.monotonic()

    deltas, again = await ask(make_chat(), "hi")

    assert (join(deltas), again) == ("Hello.", [])
    assert time.monotonic() - began >= 0.08


async def test_a_run_gets_through_when_half_of_all_requests_break(
    aimock: Aimock, test_id: str, make_chat: Make
) -> None:
    aimock.set_chaos(test_id, dropRate=0.3, disconnectRate=0.3)
    patient = RetryPolicy(attempts_max=40, wait_initial_seconds=0.001, wait_max_seconds=0.01)
    chat = make_chat(retry=patient)
    async with Brain(model=chat, tools=[get_weather, get_time], wire="native") as brain:
        result = await brain.run("What is the weather?")

    assert result.answer == "Sunny, 12:00."
    assert len([item for item in result.env.log if item.kind is ItemKind.ACTION]) == 2


async def test_azure_is_a_client_that_is_given(aimock: Aimock, test_id: str, make_chat: Make) -> None:
    client = AsyncAzureOpenAI(
        azure_endpoint=aimock.address, api_key="k", api_version="2024-10-21", default_headers={TEST_ID: test_id}
    )
    model = make_chat("my-deployment", client=client)
    async with Brain(model=model, tools=[get_weather, get_time], wire="native") as brain:
        result = await brain.run("What is the weather?")

    assert result.answer == "Sunny, 12:00."
    paths = {entry["path"].partition("?")[0] for entry in aimock.read_requests(test_id)}
    assert paths == {"/openai/deployments/my-deployment/chat/completions"}


@pytest.mark.parametrize("path", ["/api/v1", "/v1"], ids=["openrouter", "ollama"])
async def test_providers_that_only_look_alike(aimock: Aimock, test_id: str, path: str, make_chat: Make) -> None:
    model = {"/api/v1": "meta-llama/llama-3.3-70b-instruct", "/v1": "llama3.2:1b"}[path]
    chat = make_chat(model, path)
    async with Brain(model=chat, tools=[get_weather, get_time], wire="native") as brain:
        result = await brain.run("What is the weather?")
        deltas, _ = await ask(chat, "think")

    assert result.answer == "Sunny, 12:00."
    assert "".join(delta.reasoning for delta in deltas) == "Let me think about it step by step."
    assert {entry["body"]["model"] for entry in aimock.read_requests(test_id)} == {model}


async def test_what_is_sent_is_json_with_the_fields_that_the_standard_knows(
    aimock: Aimock, test_id: str, make_chat: Make
) -> None:
    await ask(make_chat(), "hi")

    [entry] = aimock.read_requests(test_id)
    assert entry["response"]["status"] == 200
    own = {key: value for key, value in entry["body"].items() if not key.startswith("_")}  # aimock's notes
    assert own == {
        "model": "gpt-4.1-mini",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert json.loads(json.dumps(own)) == own


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_its_mcp_server_of_an_early_protocol_is_called(aimock: Aimock, mode: Any) -> None:
    async with opened(McpServer(url=f"{aimock.address}/mcp", mode=mode)) as box:
        assert [spec.name for spec in box.specs] == ["search"]
        found = await observe(box, "search", query="x")
        wrong = await observe(box, "search")

    assert found.text == "No results found."
    assert wrong.text == "wrong arguments:\n- query: missing"
