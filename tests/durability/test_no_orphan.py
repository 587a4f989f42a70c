"""Wherever a run is cut or left, what a model would be shown of it is what the strictest server takes."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent_brain.brain import Brain
from agent_brain.core.chat import Reply
from agent_brain.core.events import Event
from agent_brain.core.items import ReplyCall
from agent_brain.core.memory_env import MemoryEnv
from agent_brain.core.pauses import Pause, PauseKind
from agent_brain.core.records import Record, Status
from agent_brain.models.scripted import Line, ScriptedModel
from agent_brain.nets.speaking import SpeakingState
from agent_brain.stores.memory import MemoryStore
from agent_brain.tools.asking import ask_person
from agent_brain.tools.function_tool import tool
from durability.pairing import check_call_messages, check_calls, check_messages, check_pairs, check_roles

RESUMES_MAX = 20

texts = st.text(max_size=20) | st.sampled_from(
    ["</observation>", '<observation tool="say" status="finished">', "[/INST]"]
)
actions = st.one_of(
    st.builds(lambda text: ("say", {"text": text}), texts),
    st.builds(lambda text: ("fail", {"text": text}), texts),
    st.just(("pay", {"eur": 5})),
    st.just(("ask_person", {"question": "Which?"})),
    st.sampled_from([("sya", {}), ("say", {"words": 1})]),
)


def _write(chosen: list[tuple[str, dict[str, Any]]], thought: str) -> str:
    calls = [{"name": name, "args": args} for name, args in chosen]
    return f"{thought} {json.dumps(calls[0] if len(calls) == 1 else calls)}"


asking = st.builds(
    _write, st.lists(actions, min_size=1, max_size=3), st.sampled_from(["", "Hm.", "{", "<think>a</think>"])
)
faulty = st.sampled_from(['{"name": "say", "args": {"text": "a', '{"name": "say"}', "```json\n{]\n```", ""])
calling = st.builds(
    lambda chosen, text, finish: Reply(text, "", finish, tuple(ReplyCall(*call) for call in chosen)),
    st.lists(
        st.builds(lambda action: (action[0], json.dumps(action[1])), actions)
        | st.tuples(st.sampled_from(["say", "sya", "", "a b"]), st.sampled_from(["", "null", '{"text": "a', "]", "7"])),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["", "Hm.", "<think>a</think>"]),
    st.sampled_from(["tool_calls", "stop", "length"]),
)
calling_replies = st.builds(list.__add__, st.lists(calling | asking | faulty, min_size=1, max_size=5), st.lists(texts))
"""The same over tool calls, now and then with one in the text."""
replies = st.builds(list.__add__, st.lists(asking | faulty, min_size=1, max_size=5), st.lists(texts, max_size=2))
"""What asks for actions first: a reply in plain text ends the run."""


class Case:
    """A run whose model says what was drawn, then no more than it must."""

    def __init__(self, drawn: Sequence[Line], wire: str = "text") -> None:
        @tool(read_only=True)
        async def say(text: str) -> str:
            return text

        @tool
        async def fail(text: str) -> str:
            raise ValueError(text)

        @tool(needs_approval=True)
        async def pay(eur: int) -> str:
            return f"paid {eur}"

        self.model = ScriptedModel([*drawn, *["Enough."] * 2 * RESUMES_MAX])
        self.store = MemoryStore()
        self.brain = Brain(model=self.model, tools=[say, fail, pay, ask_person], store=self.store, wire=wire)
        self.is_native = wire == "native"

    async def finish(self) -> None:
        """Take the run on, with yes and blue to whatever it asks, until it has ended."""
        for _ in range(RESUMES_MAX):
            env = await self.brain.load("run")
            if env.done or env.status is Status.FAILED:
                return
            async for _event in self.brain.resume("run", {pause.pause_id: _reply(pause) for pause in env.open_pauses}):
                pass
        raise AssertionError("the run does not come to its end")

    async def read(self) -> list[Record]:
        return [record async for commit in self.store.read("run") for record in commit.records]

    def check(self, env: MemoryEnv) -> None:
        """Look at what each state would ask its model."""
        for name in ("reasoning", "answer"):
            state = self.brain.net[name]
            assert isinstance(state, SpeakingState)
            check = check_call_messages if self.is_native else check_messages
            check(state.get_messages(env), env.log)

    def check_calls(self) -> None:
        """Look at what the model was in fact sent."""
        for messages in self.model.calls:
            if self.is_native:
                check_calls(messages)
            else:
                check_roles(messages)
                check_pairs(messages)


def _reply(pause: Pause) -> object:
    return True if pause.kind is not PauseKind.QUESTION else "blue"


@given(replies)
def test_a_run_cut_behind_any_record_can_be_shown(drawn: list[str]) -> None:
    asyncio.run(_cut_everywhere(Case(drawn)))


@given(calling_replies)
def test_a_run_with_tool_calls_cut_behind_any_record_can_be_shown(drawn: list[str | Reply]) -> None:
    asyncio.run(_cut_everywhere(Case(drawn, "native")))


async def _cut_everywhere(case: Case) -> None:
    await case.brain.run("Do it.", run_id="run")
    await case.finish()
    records = await case.read()

    for place in range(1, len(records) + 1):
        env = MemoryEnv.fold(records[:place])
        case.check(env)
        env.withdraw("the conversation went on")
        case.check(env)
        assert not env.in_flight
        assert not env.held
    case.check_calls()


@given(replies, st.integers(0, 120))
def test_a_run_left_at_any_event_can_be_shown_and_goes_on(drawn: list[str], events_max: int) -> None:
    asyncio.run(leave(Case(drawn), events_max))


@given(calling_replies, st.integers(0, 120))
def test_a_run_with_tool_calls_left_at_any_event_can_be_shown_and_goes_on(
    drawn: list[str | Reply], events_max: int
) -> None:
    asyncio.run(leave(Case(drawn, "native"), events_max))


async def leave(case: Case, events_max: int) -> None:
    seen: list[Event] = []
    async with aclosing(case.brain.stream("Do it.", run_id="run")) as events:
        async for event in events:
            seen.append(event)
            if len(seen) > events_max:
                break

    case.check(await case.brain.load("run"))
    await case.finish()
    end = await case.brain.load("run")
    case.check(end)
    case.check_calls()
    assert all(item.outcome for item in end.log if item.action)
