"""docs/command-line.md says what the code does."""

import re
from dataclasses import fields
from pathlib import Path

from agent_brain.cli.exit_codes import MEANINGS
from agent_brain.engine.limits import Limits
from agent_brain.wiring.settings import ENVIRONMENT, Settings
from cli.processes import Invoke

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+?) \| (.+?) \|(?: (.+?) \|)?$", PAGE, re.MULTILINE)


def test_the_exit_codes_are_those_of_the_code() -> None:
    told = {int(code): meaning for code, meaning, _ in ROWS if code.isdigit()}

    assert told == {int(code): meaning for code, meaning in MEANINGS.items()}


def test_the_limits_are_those_of_the_code() -> None:
    names = {limit.name for limit in fields(Limits)}
    told = {name.strip("`"): default for name, default, _ in ROWS if name.strip("`") in names}

    assert told == {
        name: f"{getattr(Limits(), name) or 'none':{'g' if getattr(Limits(), name) else ''}}" for name in names
    }


def test_the_settings_are_those_of_the_code() -> None:
    told = {name.strip("`[]"): variable for name, variable, default in ROWS if default}
    known = {entry.name for entry in fields(Settings)} - {"sources", "file"}

    assert known <= told.keys()
    assert all(f"`{variable}`" in told[name] for name, variable in ENVIRONMENT.items())


def find_commands(invoke: Invoke, *group: str) -> list[str]:
    """The commands that a help lists."""
    return re.findall(r"^│ (\w+) ", invoke(*group, "--help").out.split("Commands")[1], re.MULTILINE)


GROUPS = ("runs", "net", "memory", "tools", "models", "lab")


def test_every_command_is_told(invoke: Invoke) -> None:
    names = {f"{group} {name}" for group in GROUPS for name in find_commands(invoke, group)}
    names |= set(find_commands(invoke)) - set(GROUPS)
    told = {name.strip("`").removeprefix("agent-brain ") for name, _, _ in ROWS if name.startswith("`agent-brain ")}

    assert told == names


def test_every_option_is_told(invoke: Invoke) -> None:
    commands = [[name] for name in find_commands(invoke) if name not in GROUPS]
    commands += [["runs", name] for name in find_commands(invoke, "runs")]
    for command in commands:
        shown = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", invoke(*command, "--help").out)) - {"--help"}

        assert shown
        assert {option for option in shown if not re.search(rf"`[^`\n]*{option}\b", PAGE)} == set(), command
