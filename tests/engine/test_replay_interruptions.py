"""Runs that were left anywhere, waited for people and were forked replay as they went, and so does any part of them."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent_brain.brain import Brain
from agent_brain.core.errors import ModelError, ModelErrorKind
from agent_brain.core.events import Event
from agent_brain.core.items import Message, Observation, OutcomeStatus
from agent_brain.core.pauses import Pause, PauseKind
from agent_brain.core.records import Status
from agent_brain.core.store import Commit
from agent_brain.engine.export import read_export, write_export
from agent_brain.engine.limits import Limits
from agent_brain.engine.replay import replay
from agent_brain.engine.telling import tell
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.asking import AskPerson
from agent_brain.tools.function_tool import tool

ACTIONS = (
    '{"name": "read", "args": {"number": 1}}',
    '{"name": "write", "args": {"number": 2}}',
    '{"name": "pay", "args": {"number": 3}}',
    '{"name": "ask_person", "args": {"question": "How many?"}}',
    '{"name": "no_such_tool", "args": {}}',
    '{"name": "write", "args": {"number": "four"}}',
)
ROUNDS_MAX = 30


class House:
    """A brain whose parts draw lots, and what happens to its runs."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.is_silent = False
        limits = Limits(model_calls=self.chance.randrange(3, 12), tool_calls=8, faults=3)
        tools = [*self._make_tools(), AskPerson(default="nothing")]
        self.brain = Brain(
            model=ScriptedModel(self._say), tools=tools, limits=limits, store=MemoryStore(), asks_for_more=seed % 3 == 0
        )

    def _make_tools(self) -> list[Any]:
        async def work(number: int) -> Observation:
            assert not self.is_silent, "a replay has run a tool"
            for _ in range(self.chance.randrange(6)):
                await asyncio.sleep(0)
            return Observation(str(number), self.chance.choice(list(OutcomeStatus)))

        options: dict[str, Any] = {"read": {"read_only": True}, "write": {}, "pay": {"needs_approval": True}}
        return [tool(work, name=name, description=name, **given) for name, given in options.items()]

    def _say(self, messages: Sequence[Message]) -> Line:
        assert not self.is_silent, "a replay has asked a model"
        lot = self.chance.random()
        if lot < 0.1:
            return ModelError(ModelErrorKind.SERVER, "no power")
        if lot < 0.3:
            return self.chance.choice(["It is clear.", "", "  So.  ", '{"name": "read", "args": {'])
        drawn = self.chance.choices(ACTIONS, k=self.chance.randrange(1, 4))
        return drawn[0] if len(drawn) == 1 else f"[{', '.join(drawn)}]"

    async def live(self, run_id: str) -> str:
        """A run until it has ended, or nobody takes it on any more; gives the last fork's name."""
        await self._watch(self.brain.stream("Do it.", run_id=run_id))
        for _ in range(ROUNDS_MAX):
            env = await self.brain.load(run_id)
            if env.status in (Status.ANSWERED, Status.LIMITED):
                break
            if self.chance.random() < 0.2:
                run_id = await self.brain.fork(run_id, self.chance.randrange(1, env.head + 1))
            elif env.open_pauses and self.chance.random() < 0.9:
                replies = {pause.pause_id: self._reply(pause) for pause in env.open_pauses[: self.chance.randrange(3)]}
                await self._watch(self.brain.resume(run_id, replies))
            else:
                await self._watch(self.brain.resume(run_id))
        return run_id

    def _reply(self, pause: Pause) -> object:
        match pause.kind:
            case PauseKind.APPROVAL | PauseKind.DOUBT:
                return self.chance.choice([True, False, {"approve": True, "args": {"number": 5}}])
            case PauseKind.BUDGET:
                return self.chance.choice([0, 2])
            case PauseKind.QUESTION:
                return self.chance.choice(["seven", ""])

    async def _watch(self, events: AsyncGenerator[Event, None]) -> None:
        """To the end, or not."""
        left = self.chance.choice([3, 9, 20, 50, 1000])
        async with aclosing(events):
            async for _ in events:
                left -= 1
                if left == 0:
                    return


def cut(commits: Sequence[Commit], head: int) -> list[Commit]:
    kept = [replace(commit, records=commit.records[: max(0, head + 1 - commit.first)]) for commit in commits]
    return [commit for commit in kept if commit.records]


@given(seed=st.integers(min_value=0, max_value=2**64))
async def test_whatever_happened_to_a_run_happens_again(seed: int) -> None:
    house = House(seed)
    run_id = await house.live("first")
    house.is_silent = True
    commits = [commit async for commit in house.brain.store.read(run_id)]
    found = await replay(commits, house.brain)
    part = await replay(cut(commits, house.chance.randrange(1, commits[-1].last + 1)), house.brain)
    exported = read_export([line async for line in write_export(house.brain.store, run_id)])
    from_export = await replay(exported.commits, house.brain)

    assert found.is_same, found.text()
    assert part.is_same, part.text()
    assert from_export.is_same, from_export.text()
    assert tell(commits).usage == (await house.brain.load(run_id)).usage
