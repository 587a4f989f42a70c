"""How large contexts are: the user's word, the model's own, the tables; what nobody knows is unknown."""

import json
import sys
from importlib.resources import files
from typing import Any

import pytest
from genai_prices.data_snapshot import get_snapshot

from agent_brain.core.errors import SetupError
from agent_brain.core.ports import Room
from agent_brain.core.tokens import ANY
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.gauge import ModelGauge, look_up_window
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.scripted import ScriptedModel

OPENAI = "https://api.openai.com/v1"
TABLE: dict[str, dict[str, int]] = json.loads(
    files("agent_brain.models").joinpath("contexts.json").read_text(encoding="utf-8")
)


def at(server: str, name: str = "gpt-4o-mini", **options: Any) -> OpenAIChat:
    return OpenAIChat(name, base_url=server, api_key="any", options=options)


@pytest.mark.parametrize(("host", "name"), [(host, name) for host, models in TABLE.items() for name in models])
def test_the_own_table_says_what_genai_prices_says(host: str, name: str) -> None:
    _, told = get_snapshot().find_provider_model(name, None, None, f"https://{host}/v1")

    assert TABLE[host][name] == told.context_window


def test_a_window_is_looked_up_by_server_and_model() -> None:
    room = ModelGauge().find_room(at(OPENAI))

    assert room == Room(128_000, 8192)
    assert ModelGauge().find_room(at(OPENAI, "gpt-4o-mini-2024-07-18")) == room
    assert ModelGauge().find_room(at("https://api.x.ai/v1", "grok-3")) == Room(131_072, 8192)


@pytest.mark.parametrize(
    "server", ["http://127.0.0.1:8080/v1", "http://localhost:11434/v1", "http://192.168.1.4/v1", "http://gpu.lan/v1"]
)
def test_what_a_server_near_by_has_is_unknown_whatever_the_model_is_called(server: str) -> None:
    assert ModelGauge().find_room(at(server)) is None


def test_without_the_package_the_own_table_is_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)

    assert look_up_window("gpt-4o-mini", OPENAI) == 128_000
    assert look_up_window("grok-3", "https://api.x.ai/v1") is None


def test_the_user_s_word_comes_first_for_all_models_or_for_one() -> None:
    room = ModelGauge({"gpt-4o-mini": 6000}).find_room(at(OPENAI))

    assert room == Room(6000, 1500)
    assert ModelGauge(6000).find_room(ScriptedModel([])) == Room(6000, 1500)
    assert ModelGauge({"other": 6000}).find_room(ScriptedModel([])) is None


def test_what_the_options_leave_for_the_reply_is_kept_back() -> None:
    assert ModelGauge(6000).find_room(at(OPENAI, max_tokens=500)) == Room(6000, 500)
    assert ModelGauge(6000).find_room(at(OPENAI, max_completion_tokens=9000)) == Room(6000, 3000)


def test_of_several_models_the_first_is_meant() -> None:
    several = FallbackModel([ScriptedModel([], name="small"), ScriptedModel([], name="large")])

    assert ModelGauge({"small": 4000, "large": 90_000}).find_room(several) == Room(4000, 1000)


@pytest.mark.parametrize("wrong", [0, 12, -5, True, "8k", 1.5, {"small": None}, {"small": "large"}])
def test_a_window_that_is_none_is_refused_with_what_was_wanted(wrong: Any) -> None:
    with pytest.raises(SetupError, match="wanted a whole number of at least 64"):
        ModelGauge(wrong)


def test_a_counter_of_one_s_own_takes_the_place_of_counting_by_characters() -> None:
    model = ScriptedModel([], name="mine")

    assert ModelGauge(None, lambda name, text: len(name + text)).count(model, "word") == len("mineword")
    assert ModelGauge().count(model, "word") == ANY.count("word")
