"""MCP servers from a shell: as names of tools, and in a settings file."""

import subprocess
import sys
from pathlib import Path

from tools.mcp.serving import BARE

COMMAND = str(Path(sys.executable).with_name("agent-brain"))


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_tools_of_a_server_are_listed_with_the_others(tmp_path: Path) -> None:
    done = run(tmp_path, "tools", "list", "--tools", "calculate", "--tools", f"mcp:{BARE}")

    assert (done.returncode, done.stderr) == (0, "")
    assert "\npid()\n" in done.stdout


def test_a_settings_file_names_servers_beside_itself(tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text(BARE.read_text())
    (tmp_path / "brain.toml").write_text('tools = ["mcp:server.py"]\n')
    (tmp_path / "elsewhere").mkdir()

    done = run(tmp_path / "elsewhere", "tools", "list", "--config", str(tmp_path / "brain.toml"))

    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "pid()")


def test_a_server_that_is_not_there_is_an_error_in_one_line(tmp_path: Path) -> None:
    done = run(tmp_path, "tools", "list", "--tools", "mcp:nowhere.py")

    assert done.returncode != 0
    assert done.stderr == f"error: {tmp_path / 'nowhere.py'}: there is no such file of an MCP server\n"
