"""A re-run that is killed goes on and ends as one that nobody has disturbed; a server counts what it is asked."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent_brain.lab.rows import read_rows
from counterparts.chat_server import play_awkwardly
from lab.rerunning.sitting import CONCURRENCY, TASKS, go_on, make
from lab.sums import play, run, untime
from sse_server import Server

CALLS = 2 * TASKS
"""Two arms, and of the two calls of a trial the second one."""


class Counting:
    """Plays the model, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.heard = asyncio.Event()

    def reply(self, messages: Sequence[dict[str, Any]]) -> str:
        """What the scripted model says."""
        self.asked.append(repr(messages))
        if len(self.asked) > CALLS // 4:
            self.heard.set()
        return play([{"role": each["role"], "content": each["content"]} for each in messages])


async def kill_one(model: Counting, url: str, folder: Path) -> None:
    """Begin a re-run in a process of its own, and kill that once it has asked a few questions."""
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lab.rerunning.sitting", url, str(folder), "b", env=environ
    )
    await model.heard.wait()
    program.kill()
    assert await program.wait() < 0


async def test_a_killed_rerun_goes_on_and_pays_neither_prefixes_nor_trials_twice(tmp_path: Path) -> None:
    model = Counting()
    async with Server(play_awkwardly(model.reply, [])) as server:
        await run(make(server.base_url), tmp_path / "a")
        model.asked.clear()
        await go_on(server.base_url, tmp_path, "calm")
        undisturbed = list(model.asked)
        model.asked.clear()
        model.heard.clear()
        await kill_one(model, server.base_url, tmp_path)
        await go_on(server.base_url, tmp_path, "b")

    rows = [list(read_rows(tmp_path / name / "trials.jsonl")) for name in ("calm", "b")]
    assert untime(rows[0]) == untime(rows[1])
    assert len(undisturbed) == CALLS == len(set(undisturbed))
    assert all("<observation" in asked for asked in undisturbed)
    assert set(model.asked) == set(undisturbed)
    assert len(model.asked) - CALLS <= CONCURRENCY  # what was being said when the process died
