"""Clients of both kinds for the tests of the models."""

from collections.abc import AsyncGenerator, Callable

import pytest
from openai import AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient

from agent_brain.models.circuit import Circuit
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.retry import RetryPolicy
from agent_brain.models.timeouts import Timeouts

ChatMaker = Callable[..., OpenAIChat]

QUICK = RetryPolicy(attempts_max=2, wait_initial_seconds=0.001, retry_after_max_seconds=5)


@pytest.fixture(params=[DefaultAsyncHttpxClient, DefaultAioHttpClient], ids=["httpx", "aiohttp"])
async def make_chat(request: pytest.FixtureRequest) -> AsyncGenerator[ChatMaker, None]:
    """Makes an OpenAIChat for a base URL, over a client of either kind; clients are closed at the end."""
    clients: list[AsyncOpenAI] = []

    def make(
        base_url: str,
        *,
        model: str = "mock",
        api_key: str = "sk-secret123456",
        retry: RetryPolicy = QUICK,
        timeouts: Timeouts | None = None,
        options: dict[str, object] | None = None,
        circuit: Circuit | None = None,
    ) -> OpenAIChat:
        clients.append(AsyncOpenAI(base_url=base_url, api_key=api_key, http_client=request.param()))
        return OpenAIChat(model, client=clients[-1], retry=retry, timeouts=timeouts, options=options, circuit=circuit)

    yield make
    for client in clients:
        await client.close()
