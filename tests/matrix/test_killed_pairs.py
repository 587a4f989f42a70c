"""A process that is killed in the middle of a run leaves a journal that another one takes to its end."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent_brain import SqliteStore
from matrix.killed import CELLS, get_path
from matrix.pairs import read_commits

KILLED = -9


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the journals of processes that were killed, each in another place."""
    folder = tmp_path_factory.mktemp("killed")
    tests = Path(__file__).parents[1]
    command = [sys.executable, "-m", "matrix.killed", str(folder)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=tests, env={**os.environ, "PYTHONPATH": str(tests)}
    )
    assert done.stdout.split().count(str(KILLED)) >= len(CELLS) - 1, done.stdout + done.stderr
    return folder


@pytest.mark.parametrize("place", range(len(CELLS)), ids=[f"{cell.net} {cell.memory}" for cell in CELLS])
async def test_a_killed_run_is_taken_to_its_end_by_another_process_and_played_back(left: Path, place: int) -> None:
    store = SqliteStore(get_path(left, place), clock=lambda: time.time() + 3600)  # the lease of the dead has run out
    before = await read_commits(store, "r")

    result = await CELLS[place].finish(store, "r", is_replayed=True)

    after = await read_commits(store, "r")
    assert result.run_id == "r"
    assert after[: len(before)] == before
    await store.aclose()
