"""A server by others: mcp-server-git over its pipes."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agent_brain.core.items import FaultKind, OutcomeStatus
from agent_brain.tools.mcp.server import McpServer
from tools.mcp.serving import observe, opened

NAME = ("-c", "user.name=a", "-c", "user.email=a@b.example")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One with a commit."""
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "the first one"]):
        subprocess.run(["git", "-C", str(tmp_path), *NAME, *command], check=True)
    return tmp_path


@pytest.mark.skipif(shutil.which("git") is None, reason="NOT RUN: the server needs git, which is not installed")
async def test_it_shows_what_was_committed_and_what_was_wrong(repository: Path) -> None:
    server = McpServer(command=str(Path(sys.executable).with_name("mcp-server-git")), args=["-r", str(repository)])
    async with opened(server) as box:
        told = await observe(box, "git_log", repo_path=str(repository))
        wrong = await observe(box, "git_show", repo_path=str(repository), revision="no-such-thing")
        elsewhere = await observe(box, "git_status", repo_path="/")
        missing = await observe(box, "git_log")

    assert "the first one" in told.text
    assert (wrong.status, elsewhere.status) == (OutcomeStatus.FAILED, OutcomeStatus.FAILED)
    assert (missing.fault, missing.text) == (FaultKind.WRONG_ARGUMENTS, "wrong arguments:\n- repo_path: missing")
