"""The shipped models keep the ChatModel contract."""

import json
from collections.abc import AsyncGenerator, Callable

import pytest

from agent_brain.core.chat import CallingModel, ChatModel, Reply
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.usage import Usage
from agent_brain.models.chaos import ChaosModel, Faults
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.replay import ReplayModel
from agent_brain.models.scripted import ScriptedModel
from call_shapes import ENDS, standard
from chat_model_contract import CALLS, SAID, CallingModelContract, ChatModelContract
from sse_server import Server, delta, play, send_events


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


ANSWER = Reply(SAID, calls=CALLS)


class TestOpenAIChatWithTools(CallingModelContract):
    @pytest.fixture
    async def calling(self, make_chat: Callable[..., OpenAIChat]) -> AsyncGenerator[CallingModel, None]:
        events = [delta(SAID), *standard([(call.name, json.loads(call.arguments)) for call in CALLS])]
        async with Server(send_events(*events, *ENDS["tool_calls"])) as server:
            yield make_chat(server.base_url)


class TestScriptedModelWithTools(CallingModelContract):
    @pytest.fixture
    def calling(self) -> CallingModel:
        return ScriptedModel(lambda _: ANSWER)


class TestChaosModelWithToolsThatOnlyReshapes(CallingModelContract):
    @pytest.fixture
    def calling(self) -> CallingModel:
        return ChaosModel(ScriptedModel(lambda _: ANSWER), Faults(resplit=1, delay=0.5, delay_seconds=0.0))


class TestReplayModelWithTools(CallingModelContract):
    @pytest.fixture
    def calling(self) -> CallingModel:
        return ReplayModel("replayed", lambda model, messages, tools: (ANSWER, Usage()))


class TestFallbackModelWithTools(CallingModelContract):
    @pytest.fixture
    def calling(self) -> CallingModel:
        broken = ScriptedModel(lambda _: ModelError(ModelErrorKind.SERVER, "broken"))
        return FallbackModel([broken, ScriptedModel(lambda _: ANSWER)])
