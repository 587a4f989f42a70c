"""Which model is used where none is named."""

from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Again
from agent_brain.core.errors import ModelError, ModelErrorKind, SetupError, UnknownName
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.scripted import ScriptedModel
from agent_brain.wiring.models import DEFAULT_MODEL, OFFLINE, choose_models, make_model
from chat_steps import collect, join_text
from sse_server import Server, play, response, send_raw


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, OFFLINE),
        ({"OPENAI_API_KEY": "k"}, DEFAULT_MODEL),
        ({"AGENT_BRAIN_MODEL": "m", "OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}, "m"),
        ({"AGENT_BRAIN_MODEL": "m", "OPENAI_API_KEY": "k"}, "m"),
        ({"AGENT_BRAIN_MODEL": "first, second", "OPENAI_API_KEY": "k"}, "first second"),
    ],
)
def test_the_embedded_model_is_chosen_only_where_nothing_is_configured(environ: dict[str, str], name: str) -> None:
    assert choose_models(environ) == name.split()


def test_a_server_without_a_model_is_an_error_that_keeps_its_password() -> None:
    with pytest.raises(SetupError, match=r"\(127\.0\.0\.1:1\), but no model") as caught:
        choose_models({"OPENAI_BASE_URL": "http://me:secret@127.0.0.1:1/v1"})

    assert "secret" not in str(caught.value)


async def test_of_several_named_models_the_first_one_is_asked_first() -> None:
    async with Server(play(lambda asked: str(asked["model"]))) as server:
        model = make_model(["first", "second"], base_url=server.base_url)
        assert isinstance(model, FallbackModel)
        assert join_text(await collect(model)) == "first"
        await model.aclose()


async def test_named_models_share_the_circuit_of_their_server() -> None:
    async with Server(send_raw(response(500, "{}"), keep=True)) as server:
        model = make_model(["first", "second", "third"], base_url=server.base_url)
        with pytest.raises(ModelError, match="not asked: its server has failed 5 times in a row"):
            await collect(model)
        assert isinstance(model, FallbackModel)
        await model.aclose()

    assert [request.json()["model"] for request in server.requests] == ["first", "first", "second", "second", "third"]


async def test_a_model_that_stands_alone_has_no_circuit() -> None:
    async with Server(send_raw(response(401, "{}"), keep=True)) as server:
        model = make_model(["only"], base_url=server.base_url)

    assert not isinstance(model, FallbackModel)
    assert model.name == "only"


@pytest.mark.parametrize("wrong", [5, [5], ["offline", None], []])
def test_what_is_no_model_is_refused(wrong: Any) -> None:
    with pytest.raises(SetupError, match="wanted"):
        Brain(model=wrong)


async def test_names_and_objects_can_be_mixed() -> None:
    broken = ScriptedModel([ModelError(ModelErrorKind.QUOTA, "no money")], name="broken")
    steps = await collect(make_model([broken, "offline"]), [{"role": "user", "content": "2 + 3?"}])

    assert [step.model.name for step in steps if isinstance(step, Again) and step.model] == [OFFLINE]


def test_a_named_model_has_the_profile_that_its_brain_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.deepseek.com")
    found, given = Brain(model="m").models["default"], Brain(model=["m", "n"], profile="vllm").models["default"]

    assert isinstance(found, OpenAIChat)
    assert isinstance(given, FallbackModel)
    assert found.profile.name == "deepseek"
    assert [model.profile.name for model in given.models if isinstance(model, OpenAIChat)] == ["vllm", "vllm"]
    with pytest.raises(UnknownName, match=r"no profile called 'vlm'; did you mean 'vllm'"):
        Brain(model="m", profile="vlm")
