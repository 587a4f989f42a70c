"""The shipped models keep the ChatModel contract."""

from collections.abc import AsyncGenerator, Callable

import pytest

from agent_brain.core.ports import ChatModel
from agent_brain.models.chaos import ChaosModel, Faults
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.scripted import ScriptedModel
from chat_model_contract import SAID, ChatModelContract
from sse_server import Server, play


class TestOpenAIChat(ChatModelContract):
    @pytest.fixture
    async def model(self, make_chat: Callable[..., OpenAIChat]) -> AsyncGenerator[ChatModel, None]:
        async with Server(play(lambda _: SAID)) as server:
            yield make_chat(server.base_url)


class TestScriptedModel(ChatModelContract):
    @pytest.fixture
    def model(self) -> ChatModel:
        return ScriptedModel(lambda _: SAID)


class TestChaosModelWithoutFaults(ChatModelContract):
    @pytest.fixture
    def model(self) -> ChatModel:
        return ChaosModel(ScriptedModel(lambda _: SAID), Faults())


class TestChaosModelThatOnlyReshapes(ChatModelContract):
    @pytest.fixture
    def model(self) -> ChatModel:
        return ChaosModel(ScriptedModel(lambda _: SAID), Faults(resplit=1, delay=0.5, delay_seconds=0.0))
