"""An experiment whose process is killed, again and again, ends as one that nobody has disturbed; a server counts."""

import asyncio
import os
import random
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent_brain.core.items import Message
from agent_brain.lab.rows import read_rows
from agent_brain.lab.trial import Outcome, Trial
from agent_brain.lab.user import STOP
from counterparts.chat_server import play_awkwardly
from lab.sittings import CONCURRENCY, TALKS, TASKS
from lab.sums import play, untime
from sse_server import Server

KILLS, TALK_KILLS = 10, 4
CALLS = 2 * 2 * TASKS
"""Two arms, and two calls a trial."""
TALK_CALLS = 5 * TALKS
"""Three of the customer, and two of the agent."""


class Counting:
    """Plays the model, and keeps what it was asked."""

    def __init__(self, script: Callable[[Sequence[Message]], str] = play) -> None:
        self.asked: list[str] = []
        self._script = script
        self._heard = asyncio.Event()

    def reply(self, messages: Sequence[dict[str, Any]]) -> str:
        """What the scripted model says."""
        self.asked.append(repr(messages))
        self._heard.set()
        return self._script([{"role": each["role"], "content": each["content"]} for each in messages])

    async def hear(self, more: int) -> None:
        """Wait until it was asked so many times more."""
        wanted = len(self.asked) + more
        while len(self.asked) < wanted:
            self._heard.clear()
            await self._heard.wait()


class Sitter:
    """A process that runs the experiment whenever it is told to."""

    def __init__(self, program: Process) -> None:
        self._program = program

    async def begin(self, folder: Path) -> int:
        """Run it there, or go on; the number of the process that does."""
        assert self._program.stdin is not None
        self._program.stdin.write(f"{folder}\n".encode())
        return await self.wait()

    async def wait(self) -> int:
        """The next number that it says: of the process that it has begun, or how that one has ended."""
        assert self._program.stdout is not None
        return int(await self._program.stdout.readline())


@asynccontextmanager
async def sitting(url: str, kind: str) -> AsyncIterator[Sitter]:
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lab.sittings", url, kind, stdin=PIPE, stdout=PIPE, env=environ
    )
    try:
        yield Sitter(program)
    finally:
        program.kill()
        await program.wait()


async def test_an_experiment_killed_ten_times_has_the_rows_of_an_undisturbed_one_and_pays_no_trial_twice(
    tmp_path: Path,
) -> None:
    told = await compare(tmp_path, "sums", KILLS, Counting())

    assert untime(told.calm) == untime(told.killed)
    assert len(told.undisturbed) == CALLS == len(set(told.undisturbed))
    assert set(told.asked) == set(told.undisturbed)
    again = Counter(told.asked).total() - CALLS  # what was being said when the process died, and nothing else
    assert again <= KILLS * CONCURRENCY


async def test_a_killed_conversation_goes_on_with_what_was_said_and_its_user_says_nothing_twice(tmp_path: Path) -> None:
    told = await compare(tmp_path, "talks", TALK_KILLS, Counting(converse))

    assert untime(told.calm) == untime(told.killed)
    assert [(row.outcome, row.turns, row.user_calls) for row in told.killed] == [(Outcome.PASSED, 2, 3)] * TALKS
    assert len(told.undisturbed) == TALK_CALLS == len(set(told.undisturbed))
    assert set(told.asked) == set(told.undisturbed)
    assert Counter(told.asked).total() - TALK_CALLS <= TALK_KILLS * CONCURRENCY


def converse(messages: Sequence[Message]) -> str:
    """What a customer says, by the words that it has said; what the agent says, by the last question."""
    who = re.search(r"You are customer (\d+)", messages[0]["content"])
    if who is None:
        numbers = re.findall(r"What is (\d+) \+ (\d+)\?", messages[-1]["content"])[-1]
        return str(sum(map(int, numbers)))
    number, said = int(who[1]), sum(message["role"] == "assistant" for message in messages)
    return (f"What is {number} + 9?", f"What is {number} + {number + 1}?", STOP)[said]


@dataclass(frozen=True)
class Told:
    """The rows of an experiment that nobody disturbed, and of one that was killed; what the model was asked."""

    calm: Sequence[Trial]
    killed: Sequence[Trial]
    undisturbed: Sequence[str]
    asked: Sequence[str]


async def compare(folder: Path, kind: str, kills: int, model: Counting) -> Told:
    """Run one undisturbed, and one whose process is killed so many times."""
    chooser = random.Random(11)
    async with Server(play_awkwardly(model.reply, [])) as server, sitting(server.base_url, kind) as sitter:
        await sitter.begin(folder / "calm")
        assert await sitter.wait() == 0
        undisturbed = list(model.asked)
        model.asked.clear()
        for _ in range(kills):
            child = await sitter.begin(folder / "killed")
            await model.hear(chooser.randint(1, 4))
            os.kill(child, signal.SIGKILL)
            assert await sitter.wait() == -signal.SIGKILL
        await sitter.begin(folder / "killed")
        assert await sitter.wait() == 0
    calm, killed = (list(read_rows(folder / name / "trials.jsonl")) for name in ("calm", "killed"))
    return Told(calm, killed, undisturbed, model.asked)
