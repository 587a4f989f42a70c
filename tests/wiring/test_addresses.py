"""Models on servers of their own: by `NAME@URL`, or by a table of the settings; each key goes to its own server."""

from pathlib import Path
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Again
from agent_brain.core.errors import ModelError, SetupError
from agent_brain.models.fallback import FallbackModel
from agent_brain.models.model_errors import NO_KEY
from agent_brain.models.openai_chat import OpenAIChat
from agent_brain.models.timeouts import Timeouts
from agent_brain.wiring.addresses import Address, find_address, is_elsewhere, read_timeouts, split_name
from agent_brain.wiring.models import make_model
from agent_brain.wiring.settings import read_settings
from chat_steps import collect, join_text
from sse_server import Server, play, response, send_raw

DEFAULT = Address("", "https://main.example/v1", "main-key", {"seed": 1}, None, "openai")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gpt-4.1-mini", ("gpt-4.1-mini", None)),
        ("claude@20250101", ("claude@20250101", None)),
        ("@cf/meta/llama-3.1-8b", ("@cf/meta/llama-3.1-8b", None)),
        ("vendor/m@v1.2:free", ("vendor/m@v1.2:free", None)),
        ("qwen3@http://127.0.0.1:8080/v1", ("qwen3", "http://127.0.0.1:8080/v1")),
        ("org/m@v2@https://h/v1", ("org/m@v2", "https://h/v1")),
        ("http://127.0.0.1/v1", ("http://127.0.0.1/v1", None)),
    ],
)
def test_a_url_stands_behind_the_last_sign(name: str, found: tuple[str, str | None]) -> None:
    assert split_name(name) == found


@pytest.mark.parametrize("name", ["@http://h/v1", "m@http://", "m@http://me:secret@h/v1"])
def test_what_is_no_address_is_refused_and_shows_no_password(name: str) -> None:
    with pytest.raises(SetupError) as caught:
        split_name(name)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("server", ["127.0.0.1:8080/v1", "localhost/v1", "10.0.0.7", "models.example:8000"])
def test_a_server_without_its_scheme_is_no_part_of_the_name(server: str) -> None:
    with pytest.raises(SetupError, match=f"wanted http:// or https:// before it: NAME@http://{server}"):
        split_name(f"qwen3@{server}")


@pytest.mark.parametrize("seconds", [0, -1, "5", True, float("nan")], ids=["none", "less", "text", "flag", "nan"])
def test_timeouts_that_no_server_could_keep_are_refused(seconds: Any) -> None:
    with pytest.raises(SetupError, match=r"timeouts: first is .*; wanted seconds, more than 0"):
        Timeouts(first=seconds)


def test_the_key_of_one_server_is_sent_to_no_other() -> None:
    models = {"local": {"base_url": "http://h/v1"}, "other": {"base_url": "http://o/v1", "api_key_env": "OTHER"}}
    keys = {
        name: find_address(name, DEFAULT, models, {"OTHER": "other-key", "OPENAI_API_KEY": "main-key"}).api_key
        for name in ("m", "m@http://h/v1", "local", "other")
    }
    assert keys == {"m": "main-key", "m@http://h/v1": NO_KEY, "local": NO_KEY, "other": "other-key"}


def test_a_table_says_what_is_different_and_the_rest_is_as_for_all() -> None:
    table = {"model": "qwen3-8b", "options": {"temperature": 0}, "timeouts": {"first": 9}, "api_key_env": "OTHER"}
    found = find_address("local", DEFAULT, {"local": table}, {"OTHER": "k"})
    assert found == Address(
        "qwen3-8b", "https://main.example/v1", "k", {"seed": 1, "temperature": 0}, Timeouts(first=9.0), "openai"
    )


def test_a_key_that_is_not_there_is_named() -> None:
    models = {"local": {"api_key_env": "NO_SUCH"}}
    with pytest.raises(SetupError, match="key of model 'local' is to be in the variable NO_SUCH, which is empty"):
        find_address("local", DEFAULT, models, {})


async def test_a_model_on_another_server_stands_by() -> None:
    async with Server(send_raw(response(500, "{}"), keep=True)) as broken, Server(play(lambda _: "hello")) as good:
        model = make_model(["first", f"second@{good.base_url}"], base_url=broken.base_url, api_key="main-key")
        steps = await collect(model)
        assert isinstance(model, FallbackModel)
        await model.aclose()
    assert join_text([step for step in steps if not isinstance(step, Again)]) == "hello"
    assert {request.json()["model"] for request in good.requests} == {"second"}
    assert all("main-key" not in str(request.headers) for request in good.requests)


async def test_servers_have_circuits_of_their_own() -> None:
    async with Server(send_raw(response(500, "{}"), keep=True)) as first, Server(play(lambda _: "hello")) as second:
        names = [f"a{place}" for place in range(4)]
        model = make_model([*names, f"b@{second.base_url}"], base_url=first.base_url)
        steps = await collect(model)
        assert isinstance(model, FallbackModel)
        await model.aclose()
    assert "hello" in join_text([step for step in steps if not isinstance(step, Again)])


async def test_timeouts_are_those_of_the_brain() -> None:
    async with Server(send_raw(b"", keep=True)) as server:
        brain = Brain(model=f"m@{server.base_url}", timeouts={"first": 0.05})
        result = await brain.run("hello?")
        await brain.aclose()
    with pytest.raises(ModelError, match="has not answered in time"):
        _ = result.answer


@pytest.mark.parametrize("given", [{"fist": 1}, {"first": 0}, {"first": "1"}, {"first": True}, {"idle": float("inf")}])
def test_what_is_no_time_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(SetupError, match="timeouts"):
        read_timeouts(given, "timeouts")


def test_timeouts_that_are_not_named_stay_as_they_are() -> None:
    assert read_timeouts({"idle": 7}, "timeouts", Timeouts(first=3.0)) == Timeouts(first=3.0, idle=7.0)
    assert read_timeouts(None, "timeouts") is None


FILE = """
model = ["gpt-4.1-mini", "local"]
[timeouts]
first = 600
[models.local]
model = "qwen3-8b"
base_url = "http://127.0.0.1:8080/v1"
api_key_env = "LOCAL_KEY"
"""


def read(folder: Path, text: str) -> Any:
    (folder / "my.toml").write_text(text)
    return read_settings({}, {"HOME": str(folder)}, str(folder / "my.toml"))


def test_a_file_says_where_models_are(tmp_path: Path) -> None:
    settings = read(tmp_path, FILE)
    assert settings.model == ("gpt-4.1-mini", "local")
    assert settings.models["local"]["api_key_env"] == "LOCAL_KEY"
    assert settings.timeouts == {"first": 600}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[models.m]\nurl = "http://h"', "models.m.url"),
        ('[models.m]\napi_key = "sk-1"', "api_key is not read from a file"),
        ('[models.m]\nbase_url = "h"', "models.m.base_url is no URL"),
        ("[models.m.timeouts]\nfist = 1", "did you mean 'first'"),
        ('models = {m = "x"}', "models.m"),
        ("[timeouts]\nfirst = -1", "wanted seconds"),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        read(tmp_path, text)


@pytest.mark.parametrize(
    "text", ['model = "m@http://evil/v1"', '[models.m]\nbase_url = "http://evil/v1"', '[models.m]\napi_key_env = "K"']
)
def test_a_file_that_was_only_found_sends_nothing_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "agent-brain.toml").write_text(text)
    with pytest.raises(SetupError, match="was found in the current folder and sets model"):
        read_settings({}, {"HOME": str(tmp_path)})


def test_what_says_where_it_is_is_elsewhere() -> None:
    models = {"a": {"base_url": "http://h/v1"}, "b": {"api_key_env": "K"}, "c": {"options": {}}}
    assert [name for name in ("a", "b", "c", "d", "e@http://h/v1") if is_elsewhere(name, models)] == [
        "a", "b", "e@http://h/v1"
    ]  # fmt: skip


def test_a_model_by_address_knows_its_server() -> None:
    model = make_model("qwen3@http://127.0.0.1:8080/v1")
    assert isinstance(model, OpenAIChat)
    assert (model.name, model.server) == ("qwen3", "http://127.0.0.1:8080/v1")
