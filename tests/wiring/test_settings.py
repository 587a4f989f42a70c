"""Settings come from flags, the environment, a file and defaults, in this order."""

import dataclasses
import re
from pathlib import Path

import pytest

from agent_brain.core.errors import SetupError
from agent_brain.engine.limits import Limits
from agent_brain.wiring.limit_settings import parse_limits
from agent_brain.wiring.settings import ENVIRONMENT, Settings, find_unknown_variables, read_settings


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder without settings."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def environ(folder: Path, **variables: str) -> dict[str, str]:
    return {"HOME": str(folder / "home"), **variables}


def test_without_anything_there_are_the_defaults(in_folder: Path) -> None:
    assert read_settings({}, environ(in_folder)) == Settings()


def test_flags_overrule_the_environment_which_overrules_the_file(in_folder: Path) -> None:
    (in_folder / "agent-brain.toml").write_text('model = "file"\nnet = "file"\nmemory = "file"\n')
    variables = environ(in_folder, AGENT_BRAIN_MODEL="environment", AGENT_BRAIN_NET="environment")
    settings = read_settings({"model": "flag", "net": None}, variables)

    assert (settings.model, settings.net, settings.memory) == ("flag", "environment", "file")
    assert settings.sources == {"model": "the command line", "net": "the environment", "memory": "agent-brain.toml"}
    assert settings.is_file_local


def test_limits_add_up_key_by_key(in_folder: Path) -> None:
    (in_folder / "agent-brain.toml").write_text('[limits]\nsteps = 7\nseconds = 1.5\ntokens = "none"\n')
    variables = environ(in_folder, AGENT_BRAIN_LIMITS_SECONDS="2", AGENT_BRAIN_LIMITS_MODEL_CALLS="none")
    settings = read_settings({"limits": {"tool_calls": 3}}, variables)

    assert settings.limits == Limits(steps=7, seconds=2.0, model_calls=None, tool_calls=3)


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_every_setting_can_come_from_the_environment(in_folder: Path, name: str) -> None:
    value = {"base_url": "http://h/v1", "asks_for_more": "yes", "context_tokens": "4096"}.get(name, "x")
    settings = read_settings({}, environ(in_folder, **{ENVIRONMENT[name]: value}))

    wanted = {"tools": ("x",), "secrets": ("x",), "asks_for_more": True, "context_tokens": 4096}
    assert getattr(settings, name) == wanted.get(name, value)


def test_a_size_that_is_no_number_is_refused_with_what_was_wanted(in_folder: Path) -> None:
    with pytest.raises(SetupError, match="AGENT_BRAIN_CONTEXT_TOKENS is 'large'; wanted a whole number"):
        read_settings({}, environ(in_folder, AGENT_BRAIN_CONTEXT_TOKENS="large"))


def test_an_empty_variable_counts_as_none(in_folder: Path) -> None:
    assert read_settings({}, environ(in_folder, AGENT_BRAIN_MODEL="", OPENAI_BASE_URL="")) == Settings()


def test_variables_that_are_no_settings_are_found_with_what_was_meant(in_folder: Path) -> None:
    variables = {
        "AGENT_BRAIN_TOOLZ": "AGENT_BRAIN_TOOLS",
        "AGENT_BRAIN_BASE_URL": "OPENAI_BASE_URL",
        "AGENT_BRAIN_API_KEY": "OPENAI_API_KEY",
        "AGENT_BRAIN_LIMIT_STEPS": "AGENT_BRAIN_LIMITS_STEPS",
        "AGENT_BRAIN_QQQ": None,
    }
    settings = dict.fromkeys([*ENVIRONMENT.values(), "AGENT_BRAIN_CONFIG", "AGENT_BRAIN_LIMITS_STEPS", "HOME"], "x")

    assert find_unknown_variables(settings | dict.fromkeys(variables, "x") | {"AGENT_BRAIN_NETT": ""}) == variables


def test_commas_part_tools(in_folder: Path) -> None:
    settings = read_settings({}, environ(in_folder, AGENT_BRAIN_TOOLS="builtin, my.py,package.module:name"))

    assert settings.tools == ("builtin", "my.py", "package.module:name")


def test_the_first_file_of_the_known_places_is_read(in_folder: Path) -> None:
    home = in_folder / "home" / ".config" / "agent-brain"
    home.mkdir(parents=True)
    (home / "config.toml").write_text('model = "home"')
    (in_folder / "named.toml").write_text('model = "named"')
    plain = environ(in_folder)

    assert read_settings({}, plain).model == "home"
    assert read_settings({}, plain | {"XDG_CONFIG_HOME": str(in_folder)}).model is None
    (in_folder / "agent-brain.toml").write_text('model = "local"')
    assert read_settings({}, plain).model == "local"
    assert read_settings({}, plain | {"AGENT_BRAIN_CONFIG": "named.toml"}).model == "named"
    assert not read_settings({}, plain, "named.toml").is_file_local


def test_tool_files_are_taken_relative_to_the_settings_file(in_folder: Path) -> None:
    (in_folder / "sub").mkdir()
    (in_folder / "sub" / "s.toml").write_text('tools = ["my.py", "builtin", "package.module:name"]')

    assert read_settings({}, environ(in_folder), "sub/s.toml").tools == ("sub/my.py", "builtin", "package.module:name")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("net = 'react'\nmodel = \n", "agent-brain.toml is broken TOML: Invalid value (at line 2, column 9)"),
        ('modle = "m"', "unknown key 'modle'; did you mean 'model'"),
        ("model = 5", "model is '5'; wanted a valid string"),
        ('tools = "builtin"', "tools is 'builtin'; wanted a valid list"),
        ("[limits]\nmodle_calls = 5", "no limit called 'modle_calls'; did you mean 'model_calls'"),
        ("[limits]\nsteps = 2.5", "limit steps is 2.5"),
        ("[limits]\nsteps = 0", "limit steps is 0"),
        (
            "[limits]\nsteps = true",
            "limit steps is True in agent-brain.toml, table [limits]; wanted a whole number, or none",
        ),
        (
            "[limits]\nseconds = [1]",
            "limit seconds is [1] in agent-brain.toml, table [limits]; wanted a number of seconds",
        ),
        ('model = " "', "model is ' ' in agent-brain.toml; wanted a name"),
        ("[limits]\nseconds = nan", "wanted a number of seconds"),
        ('[limits]\nanswer_seconds = "none"', "wanted a number of seconds"),
        ('base_url = "http://127.0.0.1:1/v1"', "sets base_url, which a file may do only if you name it"),
        ('api_key_env = "GITHUB_TOKEN"', "sets api_key_env, which a file may do only if you name it"),
        ('store = "/elsewhere/runs.db"', "sets store, which a file may do only if you name it"),
        ('tools = ["my.py"]\nnet = "mine:net"', "sets net, tools, which a file may do only if you name it"),
        ('api_key = "sk-12345"', "put the key into the environment variable OPENAI_API_KEY"),
        ('[model_options]\napi_key = "sk-12345"', "put the key into the environment variable OPENAI_API_KEY"),
    ],
)
def test_a_file_that_makes_no_sense_is_told_with_its_place(in_folder: Path, text: str, words: str) -> None:
    (in_folder / "agent-brain.toml").write_text(text)

    with pytest.raises(SetupError) as caught:
        read_settings({}, environ(in_folder))

    assert words in str(caught.value)
    assert str(caught.value).count("wanted") <= 1
    assert "sk-12345" not in str(caught.value)


def test_a_file_that_was_named_may_name_a_server_and_code(in_folder: Path) -> None:
    text = 'base_url = "http://127.0.0.1:1/v1"\ntools = ["my.py"]\nnet = "mine:net"\n'
    (in_folder / "agent-brain.toml").write_text(text)

    for settings in (
        read_settings({}, environ(in_folder), "agent-brain.toml"),
        read_settings({}, environ(in_folder, AGENT_BRAIN_CONFIG="agent-brain.toml")),
    ):
        assert (settings.base_url, settings.tools, settings.net) == ("http://127.0.0.1:1/v1", ("my.py",), "mine:net")


def test_what_a_run_was_asked_with_stands_between_flags_and_the_environment(in_folder: Path) -> None:
    recalled = {"model": "recalled", "net": "recalled", "limits": {"steps": 5, "tokens": 9}}
    variables = environ(in_folder, AGENT_BRAIN_MODEL="environment", AGENT_BRAIN_LIMITS_STEPS="3")
    settings = read_settings({"net": "flag", "limits": {"tokens": 7}}, variables, recalled=recalled)

    assert (settings.model, settings.net) == ("recalled", "flag")
    assert (settings.limits.steps, settings.limits.tokens) == (5, 7)


def test_a_stores_file_is_taken_relative_to_the_settings_file_and_a_url_is_not(in_folder: Path) -> None:
    (in_folder / "sub").mkdir()
    for store, wanted in (("runs.db", "sub/runs.db"), ("postgresql://h/d", "postgresql://h/d")):
        (in_folder / "sub" / "s.toml").write_text(f'store = "{store}"')

        assert read_settings({}, environ(in_folder), "sub/s.toml").store == wanted


def test_a_variable_that_is_neither_yes_nor_no_is_told(in_folder: Path) -> None:
    with pytest.raises(SetupError, match="AGENT_BRAIN_ASKS_FOR_MORE is 'perhaps'; wanted one of 1, true"):
        read_settings({}, environ(in_folder, AGENT_BRAIN_ASKS_FOR_MORE="perhaps"))


def test_a_server_that_is_no_url_is_told_with_its_place(in_folder: Path) -> None:
    (in_folder / "mine.toml").write_text('base_url = "localhost"')

    with pytest.raises(SetupError, match=r"base_url 'localhost' from mine\.toml is no URL"):
        read_settings({}, environ(in_folder), "mine.toml")


def test_a_file_that_is_no_text_or_is_missing_is_told(in_folder: Path) -> None:
    (in_folder / "bytes.toml").write_bytes(b"model = '\xff'")

    for name, words in (("bytes.toml", "is not UTF-8"), ("nowhere.toml", "cannot be read"), (".", "cannot be read")):
        with pytest.raises(SetupError, match=words):
            read_settings({}, environ(in_folder), name)


def test_model_options_pass_through_as_they_are(in_folder: Path) -> None:
    (in_folder / "agent-brain.toml").write_text("[model_options]\ntemperature = 0.2\nextra_body = {top_k = 5}\n")

    options = read_settings({}, environ(in_folder)).model_options

    assert options == {"temperature": 0.2, "extra_body": {"top_k": 5}}


def test_settings_hold_no_key(in_folder: Path) -> None:
    settings = read_settings({}, environ(in_folder, OPENAI_API_KEY="sk-12345"))

    assert "sk-12345" not in repr(dataclasses.asdict(settings))


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["calls_of.pay=2", "calls_of.send=5"], {"pay": 2, "send": 5}),
        (["calls_of=pay=2, send=5"], {"pay": 2, "send": 5}),
        (["calls_of=none"], None),
    ],
)
def test_limits_of_single_tools_are_named_with_their_tool(flags: list[str], expected: dict[str, int] | None) -> None:
    assert parse_limits(flags) == {"calls_of": expected}


def test_limits_of_money_and_of_single_tools_are_read_from_a_file(in_folder: Path) -> None:
    (in_folder / "agent-brain.toml").write_text("[limits]\nusd = 0.5\n[limits.calls_of]\npay = 1\n")

    assert read_settings({}, environ(in_folder)).limits == Limits(usd=0.5, calls_of={"pay": 1})


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("usd=cheap", "wanted US dollars, or none for no bound"),
        ("calls_of.pay=1.5", "limit calls_of.pay is '1.5' in --limit; wanted a whole number"),
        ("calls_of=pay", "has no value; wanted NAME=VALUE such as pay=2"),
    ],
)
def test_a_limit_that_makes_no_sense_is_told_with_its_place(flag: str, words: str) -> None:
    with pytest.raises(SetupError, match=re.escape(words)):
        parse_limits([flag])
