"""One Brain serves a thousand runs at once, and nothing of one is in another."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import fields
from typing import Any

import pytest

from agent_brain.brain import Brain
from agent_brain.core.chat import Delta, Reply
from agent_brain.core.events import Piece
from agent_brain.core.items import ItemKind, Message
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.state import State, StateType
from agent_brain.models.scripted import ScriptedModel
from agent_brain.nets.react import react, react_brief
from agent_brain.nets.speaking import SpeakingState
from agent_brain.tools.function_tool import tool

RUNS = 1000


@tool
async def mark(name: str) -> str:
    """Mark a name."""
    await asyncio.sleep(0)
    return f"marked {name}"


class Echo:
    """Works with the name in its own prompt and gives way to other runs between any two pieces of text."""

    name = "echo"

    async def stream(self, messages: Sequence[Message]) -> AsyncGenerator[Delta, None]:
        names = set(re.findall(r"N\d+N", "".join(message["content"] for message in messages)))
        [name] = names  # a second name would be another run's
        seen = sum("<observation tool=" in message["content"] for message in messages)
        text = f"I, {name}, say so."
        if "<instruction>" not in messages[-1]["content"] and seen < 2:
            text = f'I mark {name}. {{"name": "mark", "args": {{"name": "{name}-{seen}"}}}}'
        for piece in re.findall(r".{1,7}", text):
            await asyncio.sleep(0)
            yield Delta(piece)
        yield Delta(finish="stop")


async def test_a_thousand_runs_at_once_on_one_brain_do_not_mix() -> None:
    brain = Brain(model=Echo(), tools=[mark])
    before = repr(brain.net.states)

    results = await asyncio.gather(*(brain.run(f"Who are you, N{number}N?") for number in range(RUNS)))

    for number, result in enumerate(results):
        name = f"N{number}N"
        assert result.answer == f"I, {name}, say so."
        texts = [item.text for item in result.env.log] + [str(item.action) for item in result.env.log if item.action]
        assert {found for text in texts for found in re.findall(r"N\d+N", text)} == {name}
        outcomes = [item.outcome.text for item in result.env.log if item.kind is ItemKind.ACTION and item.outcome]
        assert outcomes == [f"marked {name}-0", f"marked {name}-1"]
    assert len({result.run_id for result in results}) == RUNS
    assert repr(brain.net.states) == before


def test_the_shipped_states_cannot_hold_anything_that_changes() -> None:
    def attributes(value: Any) -> set[str]:
        return set(vars(value)) if hasattr(value, "__dict__") else set()

    for net in (react, react_brief):
        for state in net.states.values():
            assert attributes(state) <= {field.name for field in fields(state)} | {"_is_sealed"}  # type: ignore[arg-type]
            assert state.__dataclass_params__.frozen  # type: ignore[attr-defined]


class Keeping(SpeakingState):
    """Tries to remember something between two runs, as a subclass without a decorator of its own can."""

    def _learn(self, env: MemoryEnv, reply: Reply) -> None:
        self.seen = reply.text


class Plain(State):
    """The same, without being a dataclass."""

    async def _run(self, env: MemoryEnv) -> AsyncGenerator[Piece, None]:
        yield "hm"
        self.seen = env.goal

    async def _transition(self, env: MemoryEnv) -> None:
        env.set_state(StateType.REASONING)


@pytest.mark.parametrize("state", [Keeping(), Plain()])
async def test_a_state_that_tries_to_keep_something_fails_at_once_and_says_where_it_belongs(state: State) -> None:
    net = react.extend("keeping", {"keeping": state}, {StateType.ACTION: {"keeping"}, "keeping": {StateType.REASONING}})
    brain = Brain(net, model=ScriptedModel(['{"name": "mark", "args": {"name": "x"}}', "hm"]), tools=[mark])
    with pytest.raises(AttributeError, match="cannot keep 'seen': a state serves many runs at once"):
        await brain.run("Who are you?")
