"""Which commands are loaded for which command line."""

import subprocess
import sys

import pytest

from agent_brain.cli.commands import COMMANDS, GROUPS, find_named

ALL = [*COMMANDS, *GROUPS]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["ask", "What is 2 + 3?"], ["ask"]),
        (["--debug", "runs", "list"], ["runs"]),
        (["--version"], []),
        ([], ALL),
        (["--help"], ALL),
        (["asks"], ALL),
        (["--", "ask"], ALL),
    ],
)
def test_the_one_that_is_named_is_loaded_and_all_for_a_help_or_a_wrong_name(
    arguments: list[str], named: list[str]
) -> None:
    assert list(find_named(arguments)) == named


def test_a_question_loads_nothing_of_the_lab() -> None:
    script = "import sys; from agent_brain.cli.main import make_app; make_app(['ask']); print(*sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()

    assert "agent_brain.cli.ask" in loaded
    assert [name for name in loaded if name.startswith(("agent_brain.lab", "agent_brain.cli.diff"))] == []
