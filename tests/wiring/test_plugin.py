"""Parts of another package are found by name once it is installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "examples" / "plugin"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example package in it, as pip installs it."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", folder, PLUGIN], check=True, timeout=120
    )
    return folder


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(installed), "XDG_STATE_HOME": str(folder), "HOME": str(folder)}
    command = [sys.executable, "-m", "agent_brain", *arguments]
    return subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_a_net_a_memory_an_overlay_and_a_tool_work_by_name(installed: Path, tmp_path: Path) -> None:
    parts = ["--net", "doubting(doubts_max=1)", "--memory", "words_only+clock", "--tools", "roll", "--model", "offline"]
    outcome = run(installed, tmp_path, "ask", *parts, "What can you do?")
    assert outcome.returncode == 0, outcome.stderr
    assert "doubt" in run(installed, tmp_path, "runs", "show", "last").stdout


def test_its_net_is_checked_like_any(installed: Path, tmp_path: Path) -> None:
    outcome = run(installed, tmp_path, "net", "check", "doubting(doubts_max=3)")
    assert "doubting(doubts_max=3): ok" in outcome.stdout
    assert "3 x doubt" in outcome.stdout


def test_its_names_are_among_those_that_are_known(installed: Path, tmp_path: Path) -> None:
    outcome = run(installed, tmp_path, "ask", "--net", "doubtful", "--model", "offline", "Why?")
    assert "did you mean 'doubting'" in outcome.stderr


def test_its_parts_are_listed_beside_those_that_are_shipped(installed: Path, tmp_path: Path) -> None:
    nets, memories = (run(installed, tmp_path, part, "list").stdout.splitlines() for part in ("net", "memory"))
    assert nets[-1].startswith("doubting ")
    assert nets[-1].endswith("(of an installed package)")
    named = [line.split()[0] for line in memories]
    assert named.index("words_only") < named.index("beside") < named.index("clock")


def test_without_it_nobody_knows_it(tmp_path: Path) -> None:
    outcome = run(tmp_path, tmp_path, "ask", "--net", "doubting", "--model", "offline", "Why?")
    assert outcome.returncode != 0
    assert "no net called 'doubting'" in outcome.stderr
