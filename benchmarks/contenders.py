"""The three that are measured: the hand-written loop, this package on any client, and on the SDK's aiohttp client."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from openai import AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient
from openai.types.chat import ChatCompletionFunctionToolParam, ChatCompletionMessageParam

from agent_brain.brain import Brain
from agent_brain.core.events import Chunk, Ended
from agent_brain.core.items import ItemKind
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.records import Asked
from agent_brain.core.state import StateType
from agent_brain.engine.limits import Limits
from agent_brain.models.clients import CONNECTIONS
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.nets.react import react_brief
from agent_brain.nets.reasoning import ReasoningState
from agent_brain.nets.speaking import SpeakingState
from benchmarks.hand_written import HandWritten, HandWrittenCalls
from benchmarks.scenario import MARKER, Scenario

QUESTION = "What do the places read, one after another, and what is said of them?"
STEPS_MAX = 100_000
HAND, OURS, FAST = "hand-written", "ours", "ours, fast"

net = react_brief.extend("bench", {StateType.REASONING: ReasoningState(steps_max=STEPS_MAX)})
"""ReAct whose last thought is the answer: as many model calls as the hand-written loop makes."""

UNLIMITED = Limits(model_calls=None, tool_calls=None, steps=None, seconds=None)


async def measure(place: int, note: str = "") -> str:
    """Read the value at a place."""
    return f"{MARKER}{place} is {place * 37 % 101}"


@dataclass(frozen=True)
class Opening:
    """What a run begins with, the same for all: an env of earlier calls, and the messages that show it."""

    after: MemoryEnv | None
    messages: Sequence[ChatCompletionMessageParam]
    tools: Sequence[ChatCompletionFunctionToolParam] = ()
    """What is sent beside them."""


class Contender(Protocol):
    """Somebody who carries out a scenario."""

    def stream(self, scenario: Scenario, opening: Opening, said: list[str]) -> AsyncGenerator[str, None]:
        """Stream all text, and put the answer into `said` at the end."""


class ByHand:
    """The hand-written loop."""

    def __init__(self, client: AsyncOpenAI, url: str) -> None:
        self._client = client
        self._url = url

    async def stream(self, scenario: Scenario, opening: Opening, said: list[str]) -> AsyncGenerator[str, None]:
        """Stream all text, and put the answer into `said` at the end."""
        client = self._client.with_options(base_url=f"{self._url}/{scenario.path}/v1")
        messages = list(opening.messages)
        tools = {"measure": measure}
        loop = (
            HandWrittenCalls(client, "mock", tools, opening.tools, STEPS_MAX)
            if scenario.wire == "native"
            else HandWritten(client, "mock", tools, STEPS_MAX)
        )
        async with aclosing(loop.answer(messages)) as texts:
            async for text in texts:
                yield text
        said.append(str(messages[-1].get("content")))


class WithBrain:
    """This package, with all of its events on."""

    def __init__(self, client: AsyncOpenAI, url: str) -> None:
        self._client = client
        self._url = url
        self._brains: dict[Scenario, Brain] = {}

    async def stream(self, scenario: Scenario, opening: Opening, said: list[str]) -> AsyncGenerator[str, None]:
        """Stream all text, and put the answer into `said` at the end."""
        async with aclosing(self.get_brain(scenario).stream(QUESTION, after=opening.after)) as events:
            async for event in events:
                if isinstance(event, Chunk):
                    yield event.text
                elif isinstance(event, Ended):
                    said.append(event.answer)
                    if event.error is not None:
                        raise event.error

    def get_brain(self, scenario: Scenario) -> Brain:
        """The brain that plays this scenario; one serves all of its runs."""
        if scenario not in self._brains:
            client = self._client.with_options(base_url=f"{self._url}/{scenario.path}/v1")
            model = OpenAIChat("mock", client=client)
            self._brains[scenario] = Brain(net, "messages", model, [measure], limits=UNLIMITED, wire=scenario.wire)
        return self._brains[scenario]

    async def make_opening(self, calls: int, wire: str = "text") -> Opening:
        """A run that has made this many tool calls already, and what the next request would show of it."""
        brain = self.get_brain(Scenario(tools=calls, wire=wire))
        after = (await brain.run(QUESTION)).env if calls else None
        env = after.fork() if after else MemoryEnv.begin("opening", net.name, net.fingerprint, net.start, QUESTION)
        if after:
            env.update(Asked("opening", net.start, QUESTION))
        assert sum(item.kind is ItemKind.ACTION for item in env.log) == calls
        state = brain.net[net.start]
        assert isinstance(state, SpeakingState)
        assert state.parts is not None
        tools = state.parts.wire.get_tools(state.parts.tools.specs)
        return Opening(after, state.get_messages(env), tools)  # type: ignore[arg-type]  # the SDK names each shape


@asynccontextmanager
async def open_contenders(url: str) -> AsyncGenerator[dict[str, ByHand | WithBrain], None]:
    """All three, each with connections of its own, as many as it takes, closed at the end."""
    async with (
        AsyncOpenAI(base_url=url, api_key="none", http_client=DefaultAsyncHttpxClient(limits=CONNECTIONS)) as by_hand,
        AsyncOpenAI(base_url=url, api_key="none", http_client=DefaultAsyncHttpxClient(limits=CONNECTIONS)) as plain,
        AsyncOpenAI(base_url=url, api_key="none", http_client=DefaultAioHttpClient(limits=CONNECTIONS)) as fast,
    ):
        yield {HAND: ByHand(by_hand, url), OURS: WithBrain(plain, url), FAST: WithBrain(fast, url)}
